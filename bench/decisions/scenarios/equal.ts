// Scenarios N1 to N8 of the protocol: the canary is equal, and whatever rolls it back is wrong.
// Never draws. Called by the list of scenarios.
import { ISTIO_EDGES } from '../../../test/support/istio-edges.ts';
import type { LatencyTruth, Scrapes, Traffic, Truth } from '../truth/truth.ts';
import { type Ask, type Case, percent, type Scenario } from './scenario.ts';

const JUDGES = ['flagger', 'argo limit 2', 'kayenta', 'mw95', 'naive-z 100'] as const;

const falseAtMost = (rule: string, atMost: number): Ask => ({ rule, figure: 'rolledBack', atMost });

export const even = (p: number): Pick<Truth, 'stable' | 'canary'> => ({ stable: p, canary: p });

/** Fifty canary requests a second. */
const ARMS: readonly (readonly [string, string, Traffic])[] = [
  ['N1', 'mirror', { arms: 'mirror', perSecond: 50 }],
  ['N1-95', '95/5', { arms: 'split', perSecond: 1000, shares: [0.05] }],
  ['N1-99', '99/1', { arms: 'split', perSecond: 5000, shares: [0.01] }],
];

const N1: readonly Scenario[] = ARMS.map(([id, name, traffic]) => ({
  id,
  title: `An equal canary, nothing else: ${name}`,
  says: 'Independent failures at the same rate. Fifty canary requests a second, 100,000 of them; a look after every second, the shortest block there is; rules by the minute look 33 times. Blocks are drawn.',
  kind: 'equal',
  rules: ['serin blocks', 'serin bare', 'lm-betabin 2', 'lm-betabin 2 two-sided', ...JUDGES],
  runs: 10_000,
  rivalRuns: 2000,
  ...(name === 'mirror' ? { fastRuns: 100 } : {}),
  asks: ['serin blocks', 'serin bare'].map((rule) => ({ ...falseAtMost(rule, 0.012), isShown: true })),
  cases: [0.0001, 0.001, 0.01, 0.05, 0.2].map(
    (p): Case => ({
      name: `${name}, ${percent(p)}`,
      truth: { traffic, blockSeconds: 1, seconds: 2000, blocksPerLook: 100, ...even(p) },
      isLong: p !== 0.01,
    }),
  ),
}));

const N2: Scenario = {
  id: 'N2',
  title: 'Weights and traffic move, and so does the failure rate',
  says: 'An hour: live weight 1, 5, 25, 50 %, traffic in a wave of one to five times 100 requests a second, the failure rate of both from 0.2 % to 1.2 %, scraped every 5 s. Whoever pools the counts of an hour compares the early stable with the late canary.',
  kind: 'equal',
  rules: ['serin', 'serin bare', 'lm-betabin 2', ...JUDGES],
  runs: 1000,
  fastRuns: 20,
  asks: [falseAtMost('serin', 0.01), falseAtMost('serin bare', 0.01)],
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
        scrapes: { everySeconds: 5, pods: { canary: 2, stable: 4 } },
        ...even(0.002),
      },
    },
  ],
};

const incidents = (traffic: Traffic, laterSeconds?: number): Truth => ({
  traffic,
  blockSeconds: 15,
  seconds: 3600,
  swings: [{ kind: 'incidents', factor: 30, everySeconds: 300, lastSeconds: 20 }],
  scrapes: {
    everySeconds: 15,
    pods: { canary: 1, stable: 2 },
    ...(laterSeconds === undefined ? {} : { laterSeconds }),
  },
  ...even(0.004),
});

const MIRROR_50: Traffic = { arms: 'mirror', perSecond: 50 };
const SPLIT_1000: Traffic = { arms: 'split', perSecond: 1000, shares: [0.05] };

/** Nothing fails more than usual: there is more traffic for a while, of both. */
const busy = (factor: number, lastSeconds: number, perSecond: number, scrapes: Partial<Scrapes>): Truth => ({
  traffic: { arms: 'mirror', perSecond, swings: [{ kind: 'incidents', factor, everySeconds: 300, lastSeconds }] },
  blockSeconds: 15,
  seconds: 1800,
  scrapes: { everySeconds: 15, pods: { canary: 2, stable: 3 }, ...scrapes },
  ...even(0.004),
});

const N3: Scenario = {
  id: 'N3',
  title: 'Incidents and busy times of both, scraped at different times',
  says: 'An hour, 0.4 % failures, thirty times as many for 20 s every five minutes, on both. The canary is scraped some seconds after stable, every 15 s, or each pod at a time of its own. Whoever takes a scrape of the one for the same time as a scrape of the other (no rule here does) rolls back 56 % of these canaries at 6 s and nearly all at 12 s. In the lines of traffic nothing fails more than usual for half an hour, but every five minutes there is more traffic for a while: whoever forgets that copies are counted later than their requests takes them for lost. In the last one both rise together.',
  kind: 'equal',
  rules: ['serin', 'serin bare', 'lm-betabin 2', ...JUDGES],
  runs: 1000,
  rivalRuns: 300,
  fastRuns: 20,
  asks: [falseAtMost('serin', 0.01)],
  cases: [
    { name: 'mirror, 0 s later', truth: incidents(MIRROR_50, 0), isLong: true },
    { name: 'mirror, 6 s later', truth: incidents(MIRROR_50, 6), isLong: true },
    { name: 'mirror, 12 s later', truth: incidents(MIRROR_50, 12) },
    { name: 'mirror, by chance', truth: incidents(MIRROR_50), isLong: true },
    { name: '95/5, 12 s later', truth: incidents(SPLIT_1000, 12), isLong: true },
    { name: '95/5, by chance', truth: incidents(SPLIT_1000), isLong: true },
    { name: 'traffic × 20 for 20 s, 12 s later', truth: busy(20, 20, 50, { laterSeconds: 12 }) },
    { name: 'traffic × 3 for 60 s, clocks 30 s apart', truth: busy(3, 60, 200, { skewSeconds: 30 }), isLong: true },
    {
      name: 'traffic × 3 for 30 s, scraped every 5 s, clocks 30 s apart',
      truth: busy(3, 30, 50, { skewSeconds: 30, everySeconds: 5 }),
      isLong: true,
    },
    {
      name: 'failures × 75 and traffic × 5 for 20 s, scraped every 30 s',
      truth: {
        ...busy(5, 20, 500, { everySeconds: 30 }),
        blockSeconds: 30,
        swings: [{ kind: 'incidents', factor: 75, everySeconds: 300, lastSeconds: 20 }],
      },
    },
  ],
};

const N4: Scenario = {
  id: 'N4',
  title: 'Failures in one-sided bursts',
  says: 'A mirror of 50 pairs a second for an hour, 1 % failures, but they come in clusters (compound Poisson with geometric clusters): one retrying user, one batch job. Serin measures how much stable’s errors scatter in the hour before; bare rules know nothing of it.',
  kind: 'equal',
  rules: ['serin', 'serin bare', 'lm-betabin 2', ...JUDGES],
  runs: 1000,
  rivalRuns: 300,
  asks: [falseAtMost('serin', 0.015)],
  cases: [2, 5, 10].map((burst) => ({
    name: `mean cluster ${burst}`,
    truth: {
      traffic: MIRROR_50,
      blockSeconds: 5,
      seconds: 3600,
      burst,
      scrapes: { everySeconds: 5, pods: { canary: 2, stable: 4 } },
      ...even(0.01),
    },
  })),
};

const N5: Scenario = {
  id: 'N5',
  title: 'Pods differ, versions do not',
  says: 'Live 95/5 of 200 requests a second for an hour, 0.5 % failures; each pod has a factor of its own, ten stable pods. With one canary pod its factor is the version’s. `serin errors 1.25 ×` tolerates a quarter more and 0.2 points.',
  kind: 'equal',
  rules: ['serin', 'serin errors 1.25 ×', 'serin bare', ...JUDGES],
  runs: 1000,
  rivalRuns: 300,
  cases: [0.1, 0.2, 0.4].flatMap((logSd) =>
    [1, 3, 5].map(
      (canary): Case => ({
        name: `log-sd ${logSd}, ${canary} canary pods`,
        truth: {
          traffic: { arms: 'split', perSecond: 200, shares: [0.05] },
          blockSeconds: 5,
          seconds: 3600,
          scrapes: { everySeconds: 5, pods: { logSd, canary, stable: 10 } },
          ...even(0.005),
        },
        ...(logSd > 0.2 ? { runs: 300 } : { asks: [falseAtMost('serin errors 1.25 ×', 0.02)] }),
      }),
    ),
  ),
};

const N6: Scenario = {
  id: 'N6',
  title: 'Lost scrapes, counters that start anew, a controller that is away',
  says: 'A mirror of 50 pairs a second for half an hour, scraped every 5 s, with the default tolerance of 0.2 points; a promotion ends a run. In every second line the same requests are scraped badly: 30 % of scrapes fail and leave staleness markers, all counters start anew every three minutes, and the controller looks after 1 s to 9 min, from what it had stored.',
  kind: 'odd',
  rules: ['serin'],
  runs: 1000,
  fastRuns: 20,
  cases: (
    [
      [0.005, 0.005],
      [0.005, 0.02],
      [0.001, 0.001],
    ] as const
  ).flatMap(([stable, canary]): readonly Case[] => {
    const name = `${percent(stable)} and ${percent(canary)}`;
    const truth = (scrapes: Partial<Scrapes>): Truth => ({
      traffic: MIRROR_50,
      blockSeconds: 5,
      seconds: 1800,
      mayPromote: true,
      stable,
      canary,
      scrapes: { everySeconds: 5, pods: { canary: 2, stable: 3 }, ...scrapes },
    });
    const isEqual = stable === canary;
    return [
      { name: `${name}, all scraped`, truth: truth({}) },
      {
        name: `${name}, badly`,
        likeCase: `${name}, all scraped`,
        truth: truth({ loss: 0.3, resetEverySeconds: 180, outages: true }),
        asks: [{ rule: 'serin', figure: 'differs', atMost: 0.01 }, ...(isEqual ? [falseAtMost('serin', 0.01)] : [])],
      },
    ];
  }),
};

const N7: Scenario = {
  id: 'N7',
  title: 'CPU with memory',
  says: 'A mirror of 10 pairs a second for two hours, scraped every 15 s; the logarithm of the CPU seconds of a request is an AR(1) from minute to minute, with deviation 0.15 in each version and of its own in each pod; with a trend, a common wave of one to three times lies on both. `serin cpu 1 ×` tolerates nothing, and takes blocks as long as stable’s hour before asks for; its evidence is approximate. Rivals see one point a minute.',
  kind: 'equal',
  rules: ['serin cpu 1 ×', 'kayenta gauge', 'kayenta gauge once', 'mw95 gauge'],
  runs: 1000,
  rivalRuns: 300,
  asks: [falseAtMost('serin cpu 1 ×', 0.015)],
  cases: [false, true].flatMap((hasTrend) =>
    [0, 0.3, 0.6, 0.8, 0.9].map((lag1) => ({
      name: `lag-1 ${lag1}${hasTrend ? ', with a trend' : ''}`,
      truth: {
        traffic: { arms: 'mirror', perSecond: 10 },
        blockSeconds: 60,
        seconds: 7200,
        gauge: {
          lag1,
          sd: 0.15,
          factor: 1,
          ...(hasTrend ? { trend: [{ kind: 'wave', factor: 3, periodSeconds: 3600 }] } : {}),
        },
        scrapes: { everySeconds: 15, pods: { canary: 2, stable: 4 } },
        ...even(0),
      },
    })),
  ),
};

const DRIFTING: LatencyTruth = {
  medianMs: 50,
  logSd: 0.8,
  edges: ISTIO_EDGES,
  canary: {},
  swings: [
    { kind: 'drift', factor: 1.5 },
    { kind: 'incidents', factor: 3, everySeconds: 300, lastSeconds: 20 },
  ],
};

const N8: Scenario = {
  id: 'N8',
  title: 'Latency drifts and has spikes',
  says: 'A mirror of 10 pairs a second for an hour, scraped every 5 s; lognormal, median 50 ms, log-sd 0.8, Istio’s buckets; the median of both drifts to 1.5 times, and is three times as long for 20 s every five minutes. Stairs: each pod’s histogram is merged every 5 s at a phase of its own. `serin latency 1 ×` tolerates nothing.',
  kind: 'equal',
  rules: ['serin', 'serin latency 1 ×', 'flagger p99', 'kayenta p95', 'kayenta p99'],
  runs: 1000,
  rivalRuns: 300,
  asks: ['serin', 'serin latency 1 ×'].map((rule) => falseAtMost(rule, 0.012)),
  cases: [false, true].map((hasStairs) => ({
    name: hasStairs ? 'with stairs of 5 s' : 'as it happens',
    truth: {
      traffic: { arms: 'mirror', perSecond: 10 },
      blockSeconds: 10,
      seconds: 3600,
      latency: { ...DRIFTING, ...(hasStairs ? { flushSeconds: 5 } : {}) },
      scrapes: { everySeconds: 5, pods: { canary: 1, stable: 2 } },
      ...even(0),
    },
  })),
};

export const EQUAL: readonly Scenario[] = [...N1, N2, N3, N4, N5, N6, N7, N8];
