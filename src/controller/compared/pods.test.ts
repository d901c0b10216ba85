import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { every, steady } from '../../../test/support/raw-series.ts';
import {
  type ErrorSamples,
  errorBlocks,
  type OfVersions,
  type PodFacts,
  timingOf,
} from '../../analysis/blocks/blocks.ts';
import type { Deployment, Pod, Service } from '../../api/kubernetes.ts';
import { toTime } from '../../lib/time.ts';
import { keptFacts, podFactsOf } from './pods.ts';

const readinessProbe = { httpGet: { port: 8080, path: '/ready' }, periodSeconds: 5 };
const startupProbe = { httpGet: { port: 8080, path: '/ready' }, periodSeconds: 1, failureThreshold: 20 };

const deployment = (version: string, probes: object = {}): Deployment =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `checkout-${version}`, namespace: 'prod' },
    spec: {
      selector: { matchLabels: { version } },
      template: {
        metadata: { labels: { version } },
        spec: { containers: [{ name: 'app', image: 'a', ports: [{ containerPort: 8080 }], ...probes }] },
      },
    },
  }) as unknown as Deployment;

const service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'checkout', namespace: 'prod' },
  spec: { ports: [{ port: 80, targetPort: 8080 }] },
} as unknown as Service;

const time = (seconds: number) => toTime(seconds * 1000);
const running = (seconds: number) => ({ running: { startedAt: time(seconds) } });
const terminated = (from: number, to: number) => ({
  terminated: { exitCode: 1, startedAt: time(from), finishedAt: time(to) },
});
const ready = (seconds: number) => ({
  conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: time(seconds) }],
});

const pod = (status: object, metadata: object = {}, version = 'v2'): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${version}-a`, namespace: 'prod', labels: { version }, ...metadata },
    spec: { containers: [{ name: 'app' }] },
    status,
  }) as unknown as Pod;

const one = (state: object, restartCount = 0, lastState?: object) => ({
  name: 'app',
  restartCount,
  state,
  ...(lastState && { lastState }),
});

function factsOf(pods: readonly Pod[], { probes = {}, countsProbes = true } = {}): OfVersions<readonly PodFacts[]> {
  const version = (name: string) => ({ deployment: deployment(name, probes), configs: [] });
  return podFactsOf({ canary: version('v2'), stable: version('v1') }, pods, service, countsProbes);
}
const factOf = (of: Pod, options = {}) => factsOf([of], options).canary[0];

describe('what is known of a pod', () => {
  it('is when its first container started, and when it was ready', () => {
    const containerStatuses = [one(running(9)), one(running(5))];
    expect(factOf(pod({ containerStatuses, ...ready(12) }))).toEqual({
      name: 'v2-a',
      startedAt: 5_000,
      readyAt: 12_000,
    });
  });

  it('is its first start after one restart, and none after more', () => {
    const start = (status: object) => factOf(pod({ containerStatuses: [status] }))?.startedAt;
    expect(start(one(running(40), 1, terminated(5, 30)))).toBe(5_000);
    expect(start(one({ waiting: { reason: 'CrashLoopBackOff' } }, 1, terminated(5, 30)))).toBe(5_000);
    expect(start(one(terminated(5, 30)))).toBe(5_000);
    expect(start(one(running(40), 2, terminated(31, 39)))).toBeUndefined();
    expect(start(one({ waiting: { reason: 'ContainerCreating' } }))).toBeUndefined();
  });

  it('is no start where one container does not tell it any more: it may have been the first', () => {
    const containerStatuses = [one(running(40), 2, terminated(31, 39)), one(running(6))];
    expect(factOf(pod({ containerStatuses }))).toEqual({ name: 'v2-a' });
    const other = [one({ waiting: { reason: 'ContainerCreating' } }), one(running(6))];
    expect(factOf(pod({ containerStatuses: other }))?.startedAt).toBe(6_000);
  });

  it('is that it is ready no more often than it is', () => {
    const conditions = [{ type: 'Ready', status: 'False', lastTransitionTime: time(12) }];
    expect(factOf(pod({ conditions }))).toEqual({ name: 'v2-a' });
  });

  it('is when it will have ended once it is deleted, whichever time the server puts on that', () => {
    expect(factOf(pod({}, { deletionTimestamp: time(100) }))?.endedAt).toBe(130_000);
  });

  it('is when its last container ended, once it is not to begin anew', () => {
    const containerStatuses = [one(terminated(5, 30)), one(terminated(5, 33))];
    expect(factOf(pod({ phase: 'Failed', containerStatuses }))?.endedAt).toBe(33_000);
    expect(factOf(pod({ phase: 'Running', containerStatuses }))?.endedAt).toBeUndefined();
    expect(factOf(pod({ phase: 'Failed' }))?.endedAt).toBeUndefined();
  });

  it('is what its probes add, where they are counted', () => {
    const status = { containerStatuses: [one(running(5))] };
    const probes = { readinessProbe, startupProbe };
    expect(factOf(pod(status), { probes })?.probes).toEqual({
      perSecond: 0.2,
      starting: { perSecond: 1, until: 25_000 },
    });
    expect(factOf(pod(status), { probes: { readinessProbe } })?.probes).toEqual({ perSecond: 0.2 });
    expect(factOf(pod(status))?.probes).toBeUndefined();
    expect(factOf(pod(status), { probes, countsProbes: false })).toEqual({ name: 'v2-a', startedAt: 5_000 });
  });

  it("is of each version's own pods", () => {
    const { canary, stable } = factsOf([pod({}), pod({}, {}, 'v1')]);
    expect([canary, stable]).toEqual([[{ name: 'v2-a' }], [{ name: 'v1-a' }]]);
    const gone = podFactsOf({ canary: { configs: [] }, stable: { configs: [] } }, [pod({})], service, true);
    expect(gone).toEqual({ canary: [], stable: [] });
  });
});

describe('what is kept of a pod', () => {
  const look = { at: 60_000, since: 0 };

  it('is its first start and its first readiness, whatever it says later', () => {
    const before = [{ name: 'a', startedAt: 5_000, readyAt: 9_000 }];
    expect(keptFacts(before, [{ name: 'a', startedAt: 40_000, readyAt: 50_000 }], look)).toEqual(before);
    expect(keptFacts(before, [{ name: 'a' }], look)).toEqual(before);
    expect(keptFacts([{ name: 'a' }], before, look)).toEqual(before);
  });

  it('is that it ended by now, once it is gone, and no later than it was said before', () => {
    const kept = keptFacts(
      [
        { name: 'a', startedAt: 5_000 },
        { name: 'b', endedAt: 55_000 },
      ],
      [],
      look,
    );
    expect(kept).toEqual([
      { name: 'a', startedAt: 5_000, endedAt: 60_000 },
      { name: 'b', endedAt: 55_000 },
    ]);
    expect(keptFacts(kept, [], { at: 90_000, since: 0 })).toEqual(kept);
    expect(keptFacts(kept, [{ name: 'a' }], { at: 90_000, since: 0 })[0]).toEqual({ name: 'a', startedAt: 5_000 });
  });

  it('is nothing any more once no sample of its time is read', () => {
    const kept = keptFacts([{ name: 'a' }], [], look);
    expect(keptFacts(kept, [], { at: 90_000, since: 60_000 })).toEqual(kept);
    expect(keptFacts(kept, [], { at: 90_000, since: 60_001 })).toEqual([]);
  });

  it('gives the same blocks, whenever somebody looked while a pod came to its end', () => {
    const timing = timingOf(5_000);
    const reading = { timing, attemptBegan: 0, warmUpMs: 0, lengthMs: 5_000 };
    const nobody: ErrorSamples = { requests: [], errors: [], up: [], pods: [] };
    const END_S = 32;
    const regular = every(5, 0, 120);
    const until = (seconds: number) => regular.filter((second) => second <= Math.min(seconds, END_S));
    const told = (looks: readonly number[]) => {
      let cursor = { at: 0 };
      let facts: readonly PodFacts[] = [];
      const blocks = looks.flatMap((second) => {
        const at = second * 1000;
        facts = keptFacts(facts, second < END_S ? [{ name: 'a', startedAt: 0 }] : [], {
          at,
          since: cursor.at - 80_000,
        });
        const canary = { ...nobody, requests: [steady('a', until(second), 10)], pods: facts };
        const stable = {
          ...nobody,
          requests: [
            steady(
              's',
              regular.filter((one) => one <= second),
              10,
            ),
          ],
        };
        const { blocks: closed, cursor: next } = errorBlocks(cursor, { canary, stable }, reading, at);
        cursor = next;
        return closed;
      });
      return blocks;
    };
    const whole = told([30, 120]);
    expect(whole).toHaveLength(24);
    expect(whole.reduce((sum, { canary }) => sum + canary.requests, 0)).toBe(60);
    void fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 119 }), { maxLength: 20 }), (seconds) => {
        const looks = [...seconds.toSorted((a, b) => a - b), 120];
        // Who has never been seen is not known at all.
        fc.pre(looks[0] !== undefined && looks[0] < END_S);
        expect(told(looks)).toEqual(whole);
      }),
    );
  });
});
