// What the samples of real clusters are like: buckets that cannot tell, artefacts of scrapes and clocks, callers that are not mirrored.
// Never draws. Called by the list of scenarios.
import { ISTIO_EDGES } from '../../../test/support/istio-edges.ts';
import type { Scrapes, Truth } from '../truth/truth.ts';
import { type Case, percent, type Scenario } from './scenario.ts';

const PODS = { canary: 2, stable: 3 } as const;

const near = (factor: number, logSd: number): Case => ({
  name: `log-sd ${logSd}, canary × ${factor}`,
  truth: {
    traffic: { arms: 'mirror', perSecond: 10 },
    blockSeconds: 10,
    seconds: 3600,
    stable: 0,
    canary: 0,
    latency: { medianMs: 235, logSd, edges: ISTIO_EDGES, canary: { factor } },
    scrapes: { everySeconds: 5, pods: { canary: 1, stable: 2 } },
  },
});

const L1: Scenario = {
  id: 'L1',
  title: 'Latency just below an edge of a bucket',
  says: 'Stable’s median is 235 ms, Istio’s edge 250 ms, the canary slower within the tolerated factor of 1.2: nearly all of its answers are in the next bucket. A mirror of 10 pairs a second for an hour. Interpolation alone rolls back every canary of the first two lines.',
  kind: 'odd',
  rules: ['serin', 'kayenta p95', 'kayenta p99'],
  runs: 1000,
  rivalRuns: 200,
  fastRuns: 10,
  asks: [{ rule: 'serin', figure: 'rolledBack', atMost: 0.01 }],
  cases: [near(1.1, 0.05), near(1.1, 0.1), near(1.15, 0.15), near(1.1, 0.2), near(1.19, 0.3)],
};

interface Oddity {
  readonly name: string;
  readonly perSecond?: number;
  readonly truth?: Partial<Truth>;
  readonly scrapes?: Partial<Scrapes>;
  /** A canary without requests cannot be worse. */
  readonly alone?: boolean;
}

const ODDITIES: readonly Oddity[] = [
  { name: 'nothing odd' },
  { name: 'one request a second', perSecond: 1 },
  { name: 'no request reaches the canary', truth: { silentFromSeconds: 0 }, alone: true },
  { name: 'the canary is not scraped', scrapes: { canaryUnseen: true }, alone: true },
  { name: '20 % of scrapes fail', scrapes: { loss: 0.2 } },
  { name: 'counters anew every 3 min', scrapes: { resetEverySeconds: 180 } },
  { name: 'clocks up to 30 s apart', scrapes: { skewSeconds: 30 } },
  { name: '3 % of callers not mirrored', truth: { lost: 0.03 } },
];

function odd({ name, perSecond = 50, truth, scrapes }: Oddity, stable: number, canary: number): Case {
  const isWorse = canary > stable;
  return {
    name: `${percent(stable)} and ${percent(canary)}, ${name}`,
    truth: {
      traffic: { arms: 'mirror', perSecond },
      blockSeconds: 5,
      seconds: 1800,
      mayPromote: true,
      stable,
      canary,
      scrapes: { everySeconds: 5, pods: PODS, ...scrapes },
      ...truth,
    },
    asks: isWorse
      ? [{ rule: 'serin', figure: 'promoted', atMost: 0 }]
      : [
          { rule: 'serin', figure: 'rolledBack', atMost: 0.01 },
          ...(truth === undefined && scrapes?.canaryUnseen !== true
            ? []
            : [{ rule: 'serin', figure: 'promoted', atMost: 0 } as const]),
        ],
    isLong: isWorse,
  };
}

const D5: Scenario = {
  id: 'D5',
  title: 'Odd samples',
  says: 'A mirror of 50 pairs a second for half an hour, scraped every 5 s, default gates (0.2 points of errors tolerated); a promotion ends a run. No stable pod has a series of errors before its first, and none at all where nothing fails. An equal canary must not be rolled back, a worse one not promoted, and nothing without requests either.',
  kind: 'odd',
  rules: ['serin'],
  runs: 1000,
  fastRuns: 10,
  cases: [
    ...ODDITIES.map((one) => odd(one, 0.001, 0.001)),
    odd({ name: 'nothing fails' }, 0, 0),
    ...ODDITIES.filter(({ alone }) => alone !== true).map((one) => odd(one, 0.001, 0.01)),
    odd({ name: 'stable never fails' }, 0, 0.01),
  ],
};

export const ODD: readonly Scenario[] = [L1, D5];
