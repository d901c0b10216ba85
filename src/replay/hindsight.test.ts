import { describe, expect, it } from 'vitest';
import type { Release } from '../api/release.ts';
import { resolvePolicy } from '../api/release.ts';
import { localSource } from '../metrics/local.ts';
import { createStore, type SeriesStore } from '../series/store.ts';
import { createHindsight, type HindsightOptions } from './hindsight.ts';

const SCRAPE_MS = 5000;
const BEGAN = Date.parse('2026-01-01T00:00:00Z');
const LABELS = { namespace: 'prod', app: 'checkout' };
const PAIR = {
  stable: { deployment: 'checkout-v1', labels: { ...LABELS, version: 'v1' } },
  canary: { deployment: 'checkout-v2', labels: { ...LABELS, version: 'v2' } },
};
const ERRORS =
  'sum(rate(http_requests_total{$canary,code=~"5.."}[1m])) / sum(rate(http_requests_total{$canary}[1m])) > 0.01';

const release: Release = {
  apiVersion: 'serin.dev/v1alpha1',
  kind: 'Release',
  metadata: { name: 'checkout-v2', namespace: 'prod' },
  spec: {
    service: 'checkout',
    canary: { deployment: 'checkout-v2' },
    plan: [
      { baseline: { for: '1m' } },
      { mirror: { traffic: '100%', for: '5m' } },
      { shift: { traffic: '10%', for: '5m' } },
    ],
    gates: { errors: { promql: ERRORS } },
    minRequests: 500,
  },
};

function policy(): HindsightOptions['policy'] {
  const resolved = resolvePolicy(release, []);
  if (!resolved.ok) throw new Error('the policy is whole');
  return resolved.value;
}

interface Samples {
  /** Requests per second of each version, and the canary's share of failed ones. */
  readonly rate?: number;
  readonly errors?: number;
  readonly up?: boolean;
  readonly only?: 'stable' | 'canary';
}

/** Two minutes of both versions. */
function recorded({ rate = 50, errors = 0, up = true, only }: Samples): SeriesStore {
  const store = createStore({ retentionMs: 3_600_000 });
  for (const [name, { labels }] of Object.entries(PAIR)) {
    if (only !== undefined && name !== only) continue;
    const target = { ...labels, pod: `${name}-1`, instance: `${name}-1` };
    const bad = name === 'canary' ? errors : 0;
    for (let seconds = 0; seconds <= 120; seconds += 5) {
      const at = BEGAN + seconds * 1000;
      if (up) store.append({ ...target, __name__: 'up' }, at, 1);
      store.append(
        { ...target, __name__: 'http_requests_total', method: 'GET', code: '200' },
        at,
        seconds * rate * (1 - bad),
      );
      if (bad > 0)
        store.append(
          { ...target, __name__: 'http_requests_total', method: 'GET', code: '500' },
          at,
          seconds * rate * bad,
        );
    }
  }
  return store;
}

async function verdictAfter(seconds: number, store: SeriesStore, stepIndex = 1) {
  const metrics = localSource({ store, scrapeIntervalMs: SCRAPE_MS });
  const hindsight = createHindsight({ pair: PAIR, policy: policy(), stepIndex, beganAt: BEGAN, metrics });
  const [verdict] = await hindsight.at(BEGAN + seconds * 1000);
  return verdict === undefined ? undefined : `${verdict.verdict} ${verdict.reason}`;
}

describe('in hindsight', () => {
  it('a gate passes once its window is of the step alone and requests are enough', async () => {
    const store = recorded({});
    expect(await verdictAfter(5, store)).toBe('inconclusive LowTraffic');
    expect(await verdictAfter(55, store)).toBe('inconclusive WindowTooEarly');
    expect(await verdictAfter(60, store)).toBe('pass Passed');
  });

  it('a gate fails once its window begins after the last scrape without traffic', async () => {
    const store = recorded({ errors: 0.05 });
    expect(await verdictAfter(55, store)).toBe('inconclusive WindowTooEarly');
    expect(await verdictAfter(60, store)).toBe('fail ThresholdExceeded');
  });

  it('requests are counted from the beginning of the step, not of the samples', async () => {
    const metrics = localSource({ store: recorded({ rate: 10 }), scrapeIntervalMs: SCRAPE_MS });
    const beganAt = BEGAN + 60_000;
    const hindsight = createHindsight({ pair: PAIR, policy: policy(), stepIndex: 1, beganAt, metrics });
    const { traffic } = await hindsight.look(BEGAN + 120_000);
    // The last scrape may still be under way elsewhere: what is counted ends one interval ago.
    expect(traffic.canary.sinceCount).toBe(550);
  });

  it('requests of probes are no requests', async () => {
    const metrics = localSource({ store: recorded({ rate: 10 }), scrapeIntervalMs: SCRAPE_MS });
    const pair = { ...PAIR, canary: { ...PAIR.canary, probesPerPod: 10 } };
    const hindsight = createHindsight({ pair, policy: policy(), stepIndex: 1, beganAt: BEGAN, metrics });
    const { traffic } = await hindsight.look(BEGAN + 120_000);
    expect(traffic.stable.sinceCount).toBe(1150);
    expect(traffic.canary.sinceCount).toBe(0);
  });

  it('samples that have grown old decide nothing', async () => {
    expect(await verdictAfter(136, recorded({ errors: 0.05 }))).toBe('inconclusive Stale');
  });

  it('any series of a version shows that it is up, where there is no `up` at all', async () => {
    expect(await verdictAfter(120, recorded({ up: false }))).toBe('pass Passed');
    expect(await verdictAfter(120, recorded({ up: false, errors: 0.05 }))).toBe('fail ThresholdExceeded');
    expect(await verdictAfter(136, recorded({ up: false }))).toBe('inconclusive Stale');
  });

  it('a series that has ended shows nothing any more', async () => {
    const store = recorded({ up: false });
    for (const { labels } of store.select([], BEGAN, BEGAN + 120_000)) store.appendStale(labels, BEGAN + 135_000);
    expect(await verdictAfter(136, store)).toBe('inconclusive Stale');
  });

  it('a version without `up` is not up, where others have one', async () => {
    const store = recorded({ up: false, errors: 0.05 });
    store.append({ __name__: 'up', job: 'something else' }, BEGAN + 5000, 1);
    expect(await verdictAfter(120, store)).toBe('inconclusive Stale');
  });

  it('a canary without samples is inconclusive, whatever stable does', async () => {
    expect(await verdictAfter(120, recorded({ only: 'stable' }))).toBe('inconclusive Stale');
  });

  it('metrics that cannot be read are inconclusive', async () => {
    const down = async (): Promise<never> => {
      throw new Error('connection refused');
    };
    const metrics = { scrapeIntervalMs: SCRAPE_MS, instant: down, select: down, freshAt: down };
    const hindsight = createHindsight({ pair: PAIR, policy: policy(), stepIndex: 1, beganAt: BEGAN, metrics });
    expect(await hindsight.at(BEGAN + 60_000)).toMatchObject([{ verdict: 'inconclusive', reason: 'QueryFailed' }]);
  });

  it('a step without canary traffic has no verdicts, and one that is not in the plan no hindsight', async () => {
    expect(await verdictAfter(120, recorded({}), 0)).toBeUndefined();
    await expect(verdictAfter(120, recorded({}), 7)).rejects.toThrow('the plan has no step 7');
  });
});
