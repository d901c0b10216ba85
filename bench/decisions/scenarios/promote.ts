// Scenarios P1 and P2 of the protocol: what a promotion takes, and how often it is wrong at the tolerance and beyond.
// Never draws. Called by the list of scenarios.
import type { Truth } from '../truth/truth.ts';
import { PROMOTE } from '../wald.ts';
import { percent, type Scenario } from './scenario.ts';

const BOTH = 'serin-bare both +0.5pp';
const RULES = [BOTH, 'flagger', 'argo limit 2', 'kayenta', 'mw95'] as const;

const rates = (stable: number, canary: number, perSecond = 50): Truth => ({
  traffic: { arms: 'mirror', perSecond },
  blockSeconds: 2,
  seconds: 900,
  stable,
  canary,
});

const P1: Scenario = {
  id: 'P1',
  title: 'An equal canary is promoted',
  says: 'A mirror, blocks of two seconds, at most 15 minutes, tolerance 0.5 percentage points. Rivals promote when the time is over, whatever they have seen.',
  kind: 'equalToPromote',
  rules: RULES,
  runs: 4000,
  fastRuns: 300,
  cases: (
    [
      [50, 0],
      [50, 0.001],
      [50, 0.01],
      [5, 0.001],
      [1, 0.001],
    ] as const
  ).map(([perSecond, p]) => ({
    name: `${perSecond} a second, ${percent(p)} on both`,
    truth: rates(p, p, perSecond),
    bound: { kind: 'promote', delta: 0.005, wanted: PROMOTE },
  })),
};

const P2: Scenario = {
  id: 'P2',
  title: 'A canary at the tolerance, and at twice the tolerance',
  says: 'As P1, with 50 pairs a second. At the tolerance itself no answer is right; promotions are bounded at 5 %, beyond it any promotion is wrong.',
  kind: 'tooBad',
  rules: RULES,
  runs: 4000,
  fastRuns: 300,
  asked: { rule: BOTH, falseAtMost: 0.05 },
  cases: [
    { name: '1 → 1.5 %, at the tolerance', truth: rates(0.01, 0.015) },
    { name: '0.1 → 0.6 %, at the tolerance', truth: rates(0.001, 0.006) },
    { name: '1 → 2 %, twice', truth: rates(0.01, 0.02) },
    { name: '0.1 → 1.1 %, twice', truth: rates(0.001, 0.011) },
    { name: '1 → 5 %', truth: rates(0.01, 0.05) },
  ],
};

export const PROMOTION: readonly Scenario[] = [P1, P2];
