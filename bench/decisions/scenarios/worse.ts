// Scenarios A1 to A5 of the protocol: the canary is worse, and the question is what it takes to see it.
// Never draws. Called by the list of scenarios.

import { ISTIO_EDGES } from '../../../test/support/istio-edges.ts';
import { type Bound, boundOfRates, ROLL_BACK } from '../bound.ts';
import { NATIVE_EDGES } from '../truth/latency.ts';
import type { LatencyChange, Scrapes, Traffic, Truth } from '../truth/truth.ts';
import { type Ask, type Case, percent, type Scenario } from './scenario.ts';

const RATES: Bound = { kind: 'rates', wanted: ROLL_BACK };

const REGRESSIONS = [
  [0.001, 0.02],
  [0.001, 0.005],
  [0.01, 0.015],
  [0.01, 0.02],
  [0.01, 0.05],
  [0.00001, 0.01],
  [0.001, 0.3],
] as const;

/** Pairs, and one block of five in the pipeline. */
const SHIPPED_AT_MOST: Readonly<Record<string, number>> = {
  '0.1 % → 2 %': 805,
  '1 % → 5 %': 505,
  '0.1 % → 30 %': 50,
};

export const change = (stable: number, canary: number): string =>
  `${stable < 0.0001 ? '~0' : percent(stable)} → ${percent(canary)}`;

/** Five canary requests to a block; as long as sixty times the bound, since some runs are unlucky. */
function detection(arms: 'mirror' | '95/5', stable: number, canary: number): Case {
  const isMirror = arms === 'mirror';
  const needed = boundOfRates(isMirror ? 'mirror' : 'split', { canary, stable }, isMirror ? 0.5 : 0.05, ROLL_BACK);
  const traffic: Traffic = isMirror
    ? { arms: 'mirror', perSecond: 50 }
    : { arms: 'split', perSecond: 1000, shares: [0.05] };
  const blocks = Math.ceil((60 * needed) / (isMirror ? 5 : 100)) + 200;
  const shipped = isMirror ? SHIPPED_AT_MOST[change(stable, canary)] : undefined;
  const asks: readonly Ask[] = [
    // A single block is already more than the bound for thirty per cent.
    ...(canary > 0.1 ? [] : [ask('serin bare', 'medianByBound', isMirror ? 1.6 : 1.9)]),
    ...(shipped === undefined ? [] : [ask('serin blocks', 'median', shipped)]),
  ];
  return {
    name: `${arms}, ${change(stable, canary)}`,
    truth: { traffic, blockSeconds: 0.1, seconds: blocks / 10, stable, canary },
    bound: RATES,
    asks,
    isLong: canary - stable < 0.015,
    ...runsFor(isMirror, stable, canary),
  };
}

function runsFor(isMirror: boolean, stable: number, canary: number): Pick<Case, 'runs'> {
  if (canary - stable < 0.006) return { runs: 500 };
  // The third error decides, on a grid of a hundred requests: half of all runs are done by 5,400 or 5,500, and the two differ by one run in eighty.
  return !isMirror && stable < 0.0001 ? { runs: 10_000 } : {};
}

const ask = (rule: string, figure: Ask['figure'], atMost: number): Ask => ({ rule, figure, atMost });

const A1: Scenario = {
  id: 'A1',
  title: 'More failures',
  says: 'Fifty canary requests a second, a look after every five; blocks are drawn. Wald’s bound is the mean of any test that knows neither rate; the oracle knows both.',
  kind: 'worse',
  rules: ['serin bare', 'serin blocks', 'lm-betabin 2', 'lm-betabin 50', 'oracle-sprt'],
  runs: 1000,
  fastRuns: 200,
  cases: (['mirror', '95/5'] as const).flatMap((arms) =>
    REGRESSIONS.map(([stable, canary]) => detection(arms, stable, canary)),
  ),
};

const A1S: Scenario = {
  id: 'A1-S',
  title: 'More failures, seen through scrapes',
  says: 'A mirror of 50 pairs a second, scraped every second, so that blocks have 50 pairs; until the answer is known, with the second or two that a scrape comes later.',
  kind: 'worse',
  rules: ['serin', 'serin bare', 'flagger', 'kayenta'],
  runs: 1000,
  rivalRuns: 300,
  cases: (
    [
      [0.001, 0.02],
      [0.01, 0.05],
      [0.001, 0.3],
    ] as const
  ).map(([stable, canary]) => ({
    name: change(stable, canary),
    truth: {
      traffic: { arms: 'mirror', perSecond: 50 },
      blockSeconds: 1,
      seconds: 900,
      stable,
      canary,
      scrapes: { everySeconds: 1, pods: { canary: 1, stable: 2 } },
    },
    bound: RATES,
  })),
};

const A2: Scenario = {
  id: 'A2',
  title: 'It turns bad later',
  says: 'A mirror of 50 pairs a second, scraped every second; 1 → 5 % after a while. Counted from there.',
  kind: 'worse',
  rules: ['serin', 'serin bare', 'lm-betabin 2', 'kayenta', 'flagger'],
  runs: 1000,
  rivalRuns: 300,
  cases: [0, 300, 1200].map((onsetSeconds) => ({
    name: onsetSeconds === 0 ? 'at once' : `after ${onsetSeconds / 60} min`,
    truth: {
      traffic: { arms: 'mirror', perSecond: 50 },
      blockSeconds: 1,
      seconds: onsetSeconds + 2400,
      stable: 0.01,
      canary: 0.05,
      onsetSeconds,
      scrapes: { everySeconds: 1, pods: { canary: 1, stable: 2 } },
    },
    bound: RATES,
    asks: onsetSeconds === 0 ? [] : [{ ...ask('serin', 'median', 2.5), besideCase: 'at once' }],
  })),
};

const SLOWER: readonly (readonly [string, LatencyChange])[] = [
  ['× 1.1', { factor: 1.1 }],
  ['× 1.2', { factor: 1.2 }],
  ['× 1.5', { factor: 1.5 }],
  ['× 2', { factor: 2 }],
  ['2 % of requests × 10', { tail: { share: 0.02, factor: 10 } }],
  ['1 % of requests + 2 s', { tail: { share: 0.01, addMs: 2000 } }],
  ['all + 15 ms', { addMs: 15 }],
];

/** Pairs. What reads samples has to wait for whole blocks and for each pod's next scrape too: thirty seconds of ten a second. */
const SEEN_BY: readonly Ask[] = [
  ask('serin bare latency', 'median', 800),
  ask('serin blocks latency 1 ×', 'median', 800),
  ask('serin latency 1 ×', 'median', 800 + 300),
];

const A3: Scenario = {
  id: 'A3',
  title: 'Slower',
  says: 'A mirror of 10 pairs a second for an hour; lognormal, median 50 ms, log-sd 0.8. The bound is that of what the buckets show. `serin` tolerates 1.2 times or 15 ms more, whichever is more, and so nothing of × 1.1, × 1.2 and 15 ms; `serin latency 1 ×` tolerates nothing. Both read samples, in blocks of 10 s; `serin blocks latency 1 ×` is the same gate and the bare process one test, both told of ten pairs at a time.',
  kind: 'worse',
  rules: [
    'serin',
    'serin latency 1 ×',
    'serin blocks latency 1 ×',
    'serin bare latency',
    'flagger p99',
    'kayenta p95',
    'kayenta p99',
  ],
  runs: 1000,
  rivalRuns: 300,
  cases: (['Istio', 'native'] as const).flatMap((buckets) =>
    SLOWER.map(
      ([name, canary]): Case => ({
        name: `${buckets}, ${name}`,
        truth: {
          traffic: { arms: 'mirror', perSecond: 10 },
          blockSeconds: 1,
          seconds: 3600,
          stable: 0,
          canary: 0,
          latency: { medianMs: 50, logSd: 0.8, edges: buckets === 'Istio' ? ISTIO_EDGES : NATIVE_EDGES, canary },
          scrapes: { everySeconds: 5, pods: { canary: 1, stable: 2 } },
        },
        bound: { kind: 'buckets', wanted: ROLL_BACK } as const,
        asks: name === '× 1.2' && buckets === 'Istio' ? SEEN_BY : [],
        ...(buckets === 'native' ? { runs: 300 } : {}),
      }),
    ),
  ),
};

const unseen = (own: Partial<Truth>, scrapes: Partial<Scrapes> = {}): Truth => ({
  traffic: { arms: 'mirror', perSecond: 50 },
  blockSeconds: 5,
  seconds: 900,
  stable: 0.001,
  canary: 0.001,
  mayPromote: true,
  scrapes: { everySeconds: 5, pods: { canary: 2, stable: 3 }, ...scrapes },
  ...own,
});

const A4: Scenario = {
  id: 'A4',
  title: 'A canary that does not answer',
  says: 'A mirror of 50 pairs a second for 15 minutes, 0.1 % failures on both, but copies do not arrive: Istio counts nothing where a mirrored request meets nobody. Or the containers of the canary restart every two minutes. Any promotion is wrong. A controller also rolls back what it cannot observe, and what is not ready: that is not played here.',
  kind: 'odd',
  rules: ['serin', 'flagger', 'argo limit 2', 'kayenta', 'mw95'],
  runs: 1000,
  rivalRuns: 300,
  fastRuns: 20,
  asks: [{ rule: 'serin', figure: 'promoted', atMost: 0 }],
  cases: [
    { name: '5 % of copies refused', truth: unseen({ lost: 0.05 }) },
    { name: 'silent after 5 min', truth: unseen({ silentFromSeconds: 300, mayPromote: false }) },
    { name: 'silent from the start', truth: unseen({ silentFromSeconds: 0 }) },
    { name: 'restarts every 2 min', truth: unseen({}, { crashEverySeconds: 120 }) },
  ],
};

const low = (canary: number): Truth => ({
  traffic: { arms: 'mirror', perSecond: 1 },
  blockSeconds: 5,
  seconds: 900,
  stable: 0.001,
  canary,
  mayPromote: true,
  scrapes: { everySeconds: 5, pods: { canary: 1, stable: 2 } },
});

const A5: Scenario = {
  id: 'A5',
  title: 'One request a second',
  says: 'A mirror for 15 minutes. No answer is allowed; a promotion of the worse one is not.',
  kind: 'tooBad',
  rules: ['serin errors +0.5pp', 'flagger', 'argo limit 2', 'kayenta', 'mw95'],
  runs: 2000,
  rivalRuns: 300,
  asks: [{ rule: 'serin errors +0.5pp', figure: 'promoted', atMost: 0.05 }],
  cases: [
    { name: '0.1 → 2 %', truth: low(0.02) },
    { name: '0.1 → 30 %', truth: low(0.3) },
  ],
};

export const WORSE: readonly Scenario[] = [A1, A1S, A2, A3, A4, A5];
