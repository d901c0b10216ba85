// Scenarios N1 to N8 of the protocol: the canary is equal, and whatever rolls it back is wrong.
// Never draws. Called by the list of scenarios.
import { ISTIO_EDGES } from '../../../test/support/istio-edges.ts';
import type { Scrapes, Traffic, Truth } from '../truth/truth.ts';
import { type Case, percent, type Scenario } from './scenario.ts';

const JUDGES = ['flagger', 'argo limit 2', 'kayenta', 'mw95', 'naive-z 100'] as const;

/** Fifty canary requests a second. */
const ARMS: readonly (readonly [string, string, Traffic])[] = [
  ['N1', 'mirror', { arms: 'mirror', perSecond: 50 }],
  ['N1-95', '95/5', { arms: 'split', perSecond: 1000, shares: [0.05] }],
  ['N1-99', '99/1', { arms: 'split', perSecond: 5000, shares: [0.01] }],
];

const even = (p: number): Pick<Truth, 'stable' | 'canary'> => ({ stable: p, canary: p });

const N1: readonly Scenario[] = ARMS.map(([id, name, traffic]) => ({
  id,
  title: `An equal canary, nothing else: ${name}`,
  says: 'Independent failures at the same rate. Fifty canary requests a second, 100,000 of them, a look after every five; rules by the minute look 33 times.',
  kind: 'equal',
  rules: ['serin-bare', 'lm-betabin 2', 'lm-betabin 2 two-sided', ...JUDGES],
  runs: 10_000,
  ...(name === 'mirror' ? { fastRuns: 200 } : {}),
  asked: { rule: 'serin-bare', falseAtMost: 0.012 },
  cases: [0.0001, 0.001, 0.01, 0.05, 0.2].map(
    (p): Case => ({
      name: `${name}, ${percent(p)}`,
      truth: { traffic, blockSeconds: 0.1, seconds: 2000, ...even(p) },
      isLong: p > 0.01,
    }),
  ),
}));

const N2: Scenario = {
  id: 'N2',
  title: 'Weights and traffic move, and so does the failure rate',
  says: 'An hour: live weight 1, 5, 25, 50 %, traffic in a wave of one to five times 100 requests a second, the failure rate of both from 0.2 % to 1.2 %. Whoever pools the counts of an hour compares the early stable with the late canary.',
  kind: 'equal',
  rules: ['serin-bare', 'lm-betabin 2', ...JUDGES],
  runs: 2000,
  fastRuns: 200,
  asked: { rule: 'serin-bare', falseAtMost: 0.016 },
  cases: [
    {
      name: 'split 1 → 50 %',
      truth: {
        traffic: {
          arms: 'split',
          perSecond: 100,
          shares: [0.01, 0.05, 0.25, 0.5],
          swings: [{ kind: 'wave', factor: 5, periodSeconds: 3600 }],
        },
        blockSeconds: 5,
        seconds: 3600,
        swings: [{ kind: 'drift', factor: 6 }],
        ...even(0.002),
      },
    },
  ],
};

const INCIDENTS: Pick<Truth, 'traffic' | 'blockSeconds' | 'seconds' | 'swings' | 'stable' | 'canary'> = {
  traffic: { arms: 'mirror', perSecond: 50 },
  blockSeconds: 15,
  seconds: 3600,
  swings: [{ kind: 'incidents', factor: 30, everySeconds: 300, lastSeconds: 20 }],
  ...even(0.004),
};

const scraped = (laterSeconds: readonly number[], reading: Scrapes['reading']): Truth => ({
  ...INCIDENTS,
  scrapes: { everySeconds: 15, laterSeconds, reading },
});

const N3: Scenario = {
  id: 'N3',
  title: 'Incidents of both, scraped at different times',
  says: 'A mirror of 50 pairs a second for an hour, 0.4 % failures, thirty times as many for 20 s every five minutes, on both. The canary is scraped some seconds after stable, every 15 s. Raw: the difference of two scrapes is one block. Grid: counters are read between the scrapes, at common times.',
  kind: 'equal',
  rules: ['serin-bare', 'lm-betabin 2', ...JUDGES],
  runs: 2000,
  fastRuns: 200,
  cases: [
    { name: 'raw, 2 s later', truth: scraped([2], 'raw') },
    { name: 'raw, 6 s later', truth: scraped([6], 'raw') },
    { name: 'raw, 12 s later', truth: scraped([12], 'raw') },
    { name: 'grid, 0 to 12 s later', truth: scraped([0, 2, 4, 6, 8, 10, 12], 'grid') },
  ],
};

const N4: Scenario = {
  id: 'N4',
  title: 'Failures in one-sided bursts',
  says: 'A mirror of 50 pairs a second for an hour, 1 % failures, but they come in clusters (compound Poisson with geometric clusters): one retrying user, one batch job. Bare rules know nothing of dispersion.',
  kind: 'equal',
  rules: ['serin-bare', 'lm-betabin 2', ...JUDGES],
  runs: 1000,
  fastRuns: 100,
  cases: [2, 5, 10].map((burst) => ({
    name: `mean cluster ${burst}`,
    truth: {
      traffic: { arms: 'mirror', perSecond: 50 },
      blockSeconds: 2,
      seconds: 3600,
      burst,
      ...even(0.01),
    },
  })),
};

const N5: Scenario = {
  id: 'N5',
  title: 'Pods differ, versions do not',
  says: 'Live 95/5 of 200 requests a second for an hour, 0.5 % failures; each pod has a factor of its own, ten stable pods. With one canary pod its factor is the version’s.',
  kind: 'equal',
  rules: ['serin-bare', 'serin-bare +0.2pp', ...JUDGES],
  runs: 1000,
  fastRuns: 100,
  cases: [0.1, 0.2, 0.4].flatMap((logSd) =>
    [1, 3, 5].map((canary) => ({
      name: `log-sd ${logSd}, ${canary} canary pods`,
      truth: {
        traffic: { arms: 'split', perSecond: 200, shares: [0.05] },
        blockSeconds: 5,
        seconds: 3600,
        pods: { logSd, canary, stable: 10 },
        ...even(0.005),
      },
    })),
  ),
};

const N6: Scenario = {
  id: 'N6',
  title: 'Lost scrapes and counters that start anew',
  says: 'A mirror of 50 pairs a second for half an hour, 0.5 % failures, scraped every 5 s, read on the grid; the canary’s counters start anew every three minutes, so that a few of its requests are never seen.',
  kind: 'equal',
  rules: ['serin-bare', 'lm-betabin 2', ...JUDGES],
  runs: 2000,
  fastRuns: 100,
  asked: { rule: 'serin-bare', falseAtMost: 0.016 },
  cases: [0, 0.3].map((loss) => ({
    name: `${percent(loss)} of scrapes lost`,
    truth: {
      traffic: { arms: 'mirror', perSecond: 50 },
      blockSeconds: 5,
      seconds: 1800,
      scrapes: { everySeconds: 5, laterSeconds: [0, 1, 2, 3, 4], loss, resetEverySeconds: 180, reading: 'grid' },
      ...even(0.005),
    },
  })),
};

const N7: Scenario = {
  id: 'N7',
  title: 'A gauge with memory',
  says: 'An hour of one-minute points of, say, CPU per request: its logarithm is an AR(1) with deviation 0.15 in each version; with a trend, a common wave of one to three times lies on both.',
  kind: 'equal',
  rules: ['kayenta gauge', 'kayenta gauge once', 'mw95 gauge'],
  runs: 4000,
  fastRuns: 400,
  cases: [false, true].flatMap((hasTrend) =>
    [0, 0.3, 0.6, 0.8, 0.9].map((lag1) => ({
      name: `lag-1 ${lag1}${hasTrend ? ', with a trend' : ''}`,
      truth: {
        traffic: { arms: 'mirror', perSecond: 1 },
        blockSeconds: 60,
        seconds: 3600,
        gauge: {
          lag1,
          sd: 0.15,
          factor: 1,
          ...(hasTrend ? { trend: [{ kind: 'wave', factor: 3, periodSeconds: 3600 }] } : {}),
        },
        ...even(0),
      },
    })),
  ),
};

const N8: Scenario = {
  id: 'N8',
  title: 'Latency drifts and has spikes',
  says: 'A mirror of 10 pairs a second for an hour; lognormal, median 50 ms, log-sd 0.8, Istio’s buckets; the median of both drifts to 1.5 times, and is three times as long for 20 s every five minutes. Stairs: each version’s histogram is merged every 5 s at a phase of its own.',
  kind: 'equal',
  rules: ['flagger p99', 'kayenta p95', 'kayenta p99'],
  runs: 1000,
  fastRuns: 30,
  cases: [false, true].map((hasStairs) => ({
    name: hasStairs ? 'with stairs of 5 s' : 'as it happens',
    truth: {
      traffic: { arms: 'mirror', perSecond: 10 },
      blockSeconds: hasStairs ? 1 : 10,
      seconds: 3600,
      latency: {
        medianMs: 50,
        logSd: 0.8,
        edges: ISTIO_EDGES,
        canary: {},
        swings: [
          { kind: 'drift', factor: 1.5 },
          { kind: 'incidents', factor: 3, everySeconds: 300, lastSeconds: 20 },
        ],
        ...(hasStairs ? { flushSeconds: 5 } : {}),
      },
      ...even(0),
    },
    isLong: hasStairs,
  })),
};

export const EQUAL: readonly Scenario[] = [...N1, N2, N3, N4, N5, N6, N7, N8];
