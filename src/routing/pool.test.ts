import { describe, expect, it } from 'vitest';
import { accepted, must, routes, rule } from '../../test/support/routes.ts';
import { NONE } from '../lib/share.ts';
import { render } from './render.ts';
import { strip } from './strip.ts';

describe('the pool', () => {
  const objects = routes('[{ route: [{ destination: { host: checkout, subset: v1 } }] }]');
  const pooled = (spec: object) => {
    const before = { ...objects, destinationRule: rule(spec) };
    const identity = accepted(before);
    const after = must(render(before, identity, { canary: NONE, pool: true }));
    expect(must(render(after, identity, { canary: NONE, pool: true }))).toEqual(after);
    expect(strip(after, identity)).toEqual(before);
    return after.destinationRule.spec.subsets?.find(({ name }) => name === 'v2')?.trafficPolicy;
  };
  const LIMITS = {
    tcp: { maxConnections: 1024, connectTimeout: '1s' },
    http: { http1MaxPendingRequests: 1024, http2MaxRequests: 1024 },
  };

  it('bounds the canary subset alone', () => {
    expect(pooled({})).toEqual({ connectionPool: LIMITS });
    const identity = accepted(objects);
    const { destinationRule } = must(render(objects, identity, { canary: NONE, pool: true }));
    expect(destinationRule.spec.subsets?.[1]).toEqual({ name: 'v1', labels: { version: 'v1' } });
  });

  it('is a full copy of the inherited block, never raises a lower limit, and counts zero as not set', () => {
    const connectionPool = {
      tcp: { maxConnections: 10, connectTimeout: '250ms', tcpKeepalive: { probes: 3 } },
      http: { http1MaxPendingRequests: 0, http2MaxRequests: 2000, idleTimeout: '30s' },
    };
    expect(pooled({ trafficPolicy: { connectionPool, loadBalancer: { simple: 'RANDOM' } } })).toEqual({
      connectionPool: {
        tcp: { maxConnections: 10, connectTimeout: '250ms', tcpKeepalive: { probes: 3 } },
        http: { http1MaxPendingRequests: 1024, http2MaxRequests: 1024, idleTimeout: '30s' },
      },
    });
  });

  it("keeps the limits of the rule's port-level settings, which the subset's pool replaces", () => {
    const portLevelSettings = [{ port: { number: 80 }, connectionPool: { tcp: { maxConnections: 5 } } }];
    expect(pooled({ trafficPolicy: { portLevelSettings } })?.connectionPool?.tcp?.maxConnections).toBe(5);
  });

  it("starts from the subset's own block where it has one, and gives exactly that back", () => {
    const own = { connectionPool: { http: { maxRetries: 1 } }, outlierDetection: { interval: '5s' } };
    const subsets = [{ name: 'v1' }, { name: 'v2', trafficPolicy: own }];
    const trafficPolicy = { connectionPool: { tcp: { maxConnections: 1 } } };
    expect(pooled({ subsets, trafficPolicy })).toEqual({
      ...own,
      connectionPool: { ...LIMITS, http: { ...LIMITS.http, maxRetries: 1 } },
    });
  });
});
