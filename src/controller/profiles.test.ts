import { describe, expect, it } from 'vitest';
import { checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { driveRelease, readStatus } from '../../test/support/drive-release.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import {
  appTelemetry,
  envoyTelemetry,
  istioTelemetry,
  manyCallers,
  meshTelemetry,
  openTelemetry,
  type SimTelemetry,
} from '../../test/support/sim-telemetry.ts';
import type { KubeObject } from '../api/object.ts';
import type { ReleaseStatus } from '../release/status.ts';

interface Way {
  readonly telemetry: SimTelemetry;
  readonly metrics: object;
  readonly requests: string;
  readonly code: string;
}

const ISTIO = { metrics: { profile: 'istio' }, requests: 'istio_requests_total', code: 'response_code' };
const OWN_LABELS = { namespace: '$namespace', version: '$subset' };

const WAYS: Readonly<Record<string, Way>> = {
  app: { telemetry: appTelemetry, metrics: { profile: 'app' }, requests: 'http_requests_total', code: 'code' },
  'app under the names of OpenTelemetry': {
    telemetry: openTelemetry,
    metrics: {},
    requests: 'http_server_request_duration_seconds_count',
    code: 'http_response_status_code',
  },
  "istio, from each pod's proxy": { telemetry: istioTelemetry, ...ISTIO },
  'istio, from one proxy for all': { telemetry: meshTelemetry, ...ISTIO },
  envoy: {
    telemetry: envoyTelemetry,
    metrics: { profile: 'envoy' },
    requests: 'envoy_cluster_upstream_rq',
    code: 'response_code',
  },
  'selectors and labels of the user': {
    telemetry: openTelemetry,
    metrics: {
      requests: 'http_server_request_duration_seconds_count{$version, http_request_method!=""}',
      versions: { canary: OWN_LABELS, stable: OWN_LABELS },
    },
    requests: 'http_server_request_duration_seconds_count',
    code: 'http_response_status_code',
  },
};

function under({ metrics, requests, code }: Way): (object: KubeObject) => KubeObject {
  const rate = (more: string) => `sum(rate(${requests}{$canary${more}}[4s]))`;
  const gates = { errors: { promql: `${rate(`,${code}=~"5.."`)} / ${rate(`,${code}!=""`)} > 0.01` } };
  return (object) =>
    object.kind === 'ReleasePolicy' ? { ...object, spec: { ...(object.spec as object), metrics, gates } } : object;
}

interface Seen {
  readonly end: ReleaseStatus;
  /** Requests counted for an exposure, at each half second. */
  readonly counts: readonly (readonly [canary: number, stable: number])[];
}

async function decided(
  way: Way,
  prepare: (sim: SimCluster) => void = () => {},
  methods: unknown = 'all',
): Promise<Seen> {
  const sim = new SimCluster();
  sim.telemetry = way.telemetry;
  prepare(sim);
  const text = JSON.stringify(checkoutObjects().map(under(way))).replaceAll('"all"', JSON.stringify(methods));
  await sim.create([...(JSON.parse(text) as KubeObject[]), checkoutRelease()]);
  const counts: [number, number][] = [];
  const drive = {
    limitTicks: 150,
    each: ({ counts: now }: ReleaseStatus) => void counts.push([now?.canary ?? 0, now?.stable ?? 0]),
  };
  // A release that is held does not end by itself.
  const end = await driveRelease(sim, drive).catch(() => readStatus(sim));
  return { end, counts };
}

/** What was decided, and on what of each step. */
const told = ({ phase, steps, rollBack, history, conditions }: ReleaseStatus) => ({
  phase,
  steps: steps?.map((step) => [step.kind, step.traffic, step.confirmedAt, step.gates.map(({ verdict }) => verdict)]),
  rollBack: rollBack && [rollBack.outcome, rollBack.policy, rollBack.reason],
  decisions: history?.map(({ at, policy, kind, reason }) => [at, policy, kind, reason]),
  conditions: conditions?.map(({ type, reason }) => [type, reason]),
});

const bad = (sim: SimCluster) => {
  sim.canaryErrors = 0.05;
};
const leaking = (sim: SimCluster) => {
  sim.leak = 60;
};
const app = WAYS['app'] as Way;
const byApp = { good: decided(app), bad: decided(app, bad), leaking: decided(app, leaking) };

describe.each(Object.entries(WAYS))('a release whose requests are told by %s', (_, way) => {
  it('promotes a good canary, at the same times and on the same verdicts and counts as by the application itself', async () => {
    const [seen, reference] = [await decided(way), await byApp.good];
    expect(seen.end.phase).toBe('Promoted');
    expect(told(seen.end)).toEqual(told(reference.end));
    const off = seen.counts.map(([canary, stable], index) => {
      const [otherCanary = NaN, otherStable = NaN] = reference.counts[index] ?? [];
      return Math.max(Math.abs(canary - otherCanary), Math.abs(stable - otherStable));
    });
    expect(Math.max(...reference.counts.map(([canary]) => canary))).toBeGreaterThan(400);
    // Each scraped counter is a whole number, and they are not as many.
    expect(Math.max(...off)).toBeLessThanOrEqual(4);
  });

  it('rolls a bad canary back while it is mirrored', async () => {
    const [seen, reference] = [await decided(way, bad), await byApp.bad];
    expect(seen.end).toMatchObject({ phase: 'RolledBack', rollBack: { policy: 'gateFailed' } });
    expect(told(seen.end)).toEqual(told(reference.end));
  });

  it('is held for requests that reach the canary past the routes', async () => {
    const [seen, reference] = [await decided(way, leaking), await byApp.leaking];
    expect(reference.end.history).toContainEqual(expect.objectContaining({ reason: 'TrafficLeak' }));
    expect(told(seen.end)).toEqual(told(reference.end));
  });

  it('takes a canary that is not asked at all for unobservable or unanswered, never for good', async () => {
    const silent = (sim: SimCluster) => {
      sim.mirrored = 0;
    };
    const { end } = await decided(way, silent);
    expect(end).toMatchObject({ phase: 'RolledBack', rollBack: { policy: 'unobservable', reason: 'NoRequests' } });
  });
});

describe('copies of some methods, where the metric does not tell methods', () => {
  it.each(['istio, from one proxy for all', 'envoy'])(
    'by %s are as many as they are: none are missed',
    async (name) => {
      const few = (sim: SimCluster) => {
        sim.mirrored = 0.2;
      };
      const { end } = await decided(WAYS[name] as Way, few, ['GET', 'HEAD']);
      expect(end.phase).toBe('Promoted');
      const none = (sim: SimCluster) => {
        sim.mirrored = 0;
      };
      const without = await decided(WAYS[name] as Way, none, ['GET', 'HEAD']);
      // Nothing is proven either way: neither rolled back as silent, nor promoted on nothing.
      expect(without.end).toMatchObject({ phase: 'Running' });
    },
  );
});

describe('a release whose requests are told by the proxies of many callers, which come, go and begin anew', () => {
  const many = (more: (sim: SimCluster) => void = () => {}) =>
    decided(WAYS['envoy'] as Way, (sim) => {
      sim.telemetry = manyCallers();
      more(sim);
    });

  it('promotes a good canary on as many requests as there were', async () => {
    const [seen, reference] = [await many(), await byApp.good];
    expect(seen.end.phase).toBe('Promoted');
    const most = ({ counts }: Seen, version: 0 | 1) => Math.max(...counts.map((pair) => pair[version]));
    for (const version of [0, 1] as const)
      expect(Math.abs(most(seen, version) / most(reference, version) - 1)).toBeLessThan(0.03);
  });

  it('rolls a bad canary back, and holds for requests that no route sends', async () => {
    expect((await many(bad)).end).toMatchObject({ phase: 'RolledBack', rollBack: { policy: 'gateFailed' } });
    expect((await many(leaking)).end.history).toContainEqual(expect.objectContaining({ reason: 'TrafficLeak' }));
  });
});
