// Scenarios A1 to A5 of the protocol: the canary is worse, and the question is what it takes to see it.
// Never draws. Called by the list of scenarios.

import { ISTIO_EDGES } from '../../../test/support/istio-edges.ts';
import { NATIVE_EDGES } from '../truth/latency.ts';
import type { LatencyChange, Traffic } from '../truth/truth.ts';
import { boundOfPairs, boundOfRequests, ROLL_BACK } from '../wald.ts';
import { type Bound, type Case, percent, type Scenario } from './scenario.ts';

export const RATES: Bound = { kind: 'rates', wanted: ROLL_BACK };

const REGRESSIONS = [
  [0.001, 0.02],
  [0.001, 0.005],
  [0.01, 0.015],
  [0.01, 0.02],
  [0.01, 0.05],
  [0.00001, 0.01],
  [0.001, 0.3],
] as const;

export const change = (stable: number, canary: number): string =>
  `${stable < 0.0001 ? '~0' : percent(stable)} → ${percent(canary)}`;

/** Five canary requests to a block; as long as sixty times the bound, since some runs are unlucky. */
function detection(arms: 'mirror' | '95/5', stable: number, canary: number): Case {
  const isMirror = arms === 'mirror';
  const rates = { canary, stable };
  const needed = isMirror ? boundOfPairs(rates, ROLL_BACK) : boundOfRequests(rates, 0.05, ROLL_BACK);
  const traffic: Traffic = isMirror
    ? { arms: 'mirror', perSecond: 50 }
    : { arms: 'split', perSecond: 1000, shares: [0.05] };
  const blocks = Math.ceil((60 * needed) / (isMirror ? 5 : 100)) + 200;
  return {
    name: `${arms}, ${change(stable, canary)}`,
    truth: { traffic, blockSeconds: 0.1, seconds: blocks / 10, stable, canary },
    bound: RATES,
    // A single block is already more than the bound for thirty per cent.
    ...(canary > 0.1 ? {} : { medianAtMost: isMirror ? 1.6 : stable < 0.0001 ? 2 : 1.9 }),
    isLong: canary - stable < 0.008,
  };
}

const A1: Scenario = {
  id: 'A1',
  title: 'More failures',
  says: 'Fifty canary requests a second, a look after every five. Wald’s bound is the mean of any test that knows neither rate; the oracle knows both.',
  kind: 'worse',
  rules: ['serin-bare', 'serin-bare ship', 'lm-betabin 2', 'lm-betabin 50', 'oracle-sprt'],
  runs: 2000,
  fastRuns: 300,
  asked: { rule: 'serin-bare' },
  cases: (['mirror', '95/5'] as const).flatMap((arms) =>
    REGRESSIONS.map(([stable, canary]) => detection(arms, stable, canary)),
  ),
};

const A2: Scenario = {
  id: 'A2',
  title: 'It turns bad later',
  says: 'A mirror of 50 pairs a second, blocks of a second, an hour; 1 → 5 % after a while. Counted from there.',
  kind: 'worse',
  rules: ['serin-bare', 'serin-bare onset', 'lm-betabin 2', 'kayenta', 'flagger'],
  runs: 2000,
  fastRuns: 200,
  cases: [0, 300, 1200].map((onsetSeconds) => ({
    name: onsetSeconds === 0 ? 'at once' : `after ${onsetSeconds / 60} min`,
    truth: {
      traffic: { arms: 'mirror', perSecond: 50 },
      blockSeconds: 1,
      seconds: 3600,
      stable: 0.01,
      canary: 0.05,
      onsetSeconds,
    },
    bound: RATES,
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

const A3: Scenario = {
  id: 'A3',
  title: 'Slower',
  says: 'A mirror of 10 pairs a second for an hour; lognormal, median 50 ms, log-sd 0.8. The bound is that of what the buckets show.',
  kind: 'worse',
  rules: ['flagger p99', 'kayenta p95', 'kayenta p99'],
  runs: 500,
  fastRuns: 30,
  cases: (['Istio', 'native'] as const).flatMap((buckets) =>
    SLOWER.map(([name, canary]) => ({
      name: `${buckets}, ${name}`,
      truth: {
        traffic: { arms: 'mirror', perSecond: 10 },
        blockSeconds: 10,
        seconds: 3600,
        stable: 0,
        canary: 0,
        latency: { medianMs: 50, logSd: 0.8, edges: buckets === 'Istio' ? ISTIO_EDGES : NATIVE_EDGES, canary },
      },
      bound: { kind: 'buckets', wanted: ROLL_BACK } as const,
      isLong: buckets === 'native',
    })),
  ),
};

const UNSEEN = { traffic: { arms: 'mirror', perSecond: 50 }, blockSeconds: 5, seconds: 900 } as const;

const A4: Scenario = {
  id: 'A4',
  title: 'A canary that does not answer',
  says: 'A mirror of 50 pairs a second for 15 minutes, 0.1 % failures on both, but copies do not arrive: Istio counts nothing where a mirrored request meets nobody. Any promotion is wrong.',
  kind: 'tooBad',
  rules: ['serin-bare', 'flagger', 'argo limit 2', 'kayenta', 'mw95'],
  runs: 1000,
  fastRuns: 100,
  cases: [
    { name: '5 % of copies refused', truth: { ...UNSEEN, stable: 0.001, canary: 0.001, lost: 0.05 } },
    { name: 'silent after 5 min', truth: { ...UNSEEN, stable: 0.001, canary: 0.001, silentFromSeconds: 300 } },
    { name: 'silent from the start', truth: { ...UNSEEN, stable: 0.001, canary: 0.001, silentFromSeconds: 0 } },
  ],
};

const LOW = { traffic: { arms: 'mirror', perSecond: 1 }, blockSeconds: 5, seconds: 900 } as const;

const A5: Scenario = {
  id: 'A5',
  title: 'One request a second',
  says: 'A mirror for 15 minutes. No answer is allowed; a promotion of the worse one is not.',
  kind: 'tooBad',
  rules: ['serin-bare both +0.5pp', 'flagger', 'argo limit 2', 'kayenta', 'mw95'],
  runs: 2000,
  fastRuns: 200,
  cases: [
    { name: '0.1 → 2 %', truth: { ...LOW, stable: 0.001, canary: 0.02 } },
    { name: '0.1 → 30 %', truth: { ...LOW, stable: 0.001, canary: 0.3 } },
  ],
};

export const WORSE: readonly Scenario[] = [A1, A2, A3, A4, A5];
