// Scenarios P1 and P2 of the protocol: what a promotion takes, and how often it is wrong at the tolerance and beyond.
// Never draws. Called by the list of scenarios.
import { PROMOTE } from '../bound.ts';
import type { Truth } from '../truth/truth.ts';
import { type Ask, type Case, percent, type Scenario } from './scenario.ts';

const ERRORS = 'serin errors +0.5pp';
const RULES = [ERRORS, 'serin +0.5pp', 'flagger', 'argo limit 2', 'kayenta', 'mw95'] as const;

const rates = (stable: number, canary: number, perSecond = 50): Truth => ({
  traffic: { arms: 'mirror', perSecond },
  blockSeconds: 2,
  seconds: 900,
  stable,
  canary,
  mayPromote: true,
  scrapes: { everySeconds: 2, pods: { canary: 1, stable: 2 } },
});

function promoted(perSecond: number, p: number): Case {
  // Without errors all runs are alike but for the scrape that the last block waits for: a seventh of the bound.
  const [median, p95] = p === 0 ? [1.7, 1.85] : [2, 4.5];
  return {
    name: `${perSecond} a second, ${percent(p)} on both`,
    truth: rates(p, p, perSecond),
    bound: { kind: 'margin', delta: 0.005, wanted: PROMOTE },
    asks:
      perSecond < 50
        ? []
        : [
            { rule: ERRORS, figure: 'medianByBound', atMost: median },
            { rule: ERRORS, figure: 'p95ByBound', atMost: p95 },
          ],
    isLong: perSecond < 50,
  };
}

const P1: Scenario = {
  id: 'P1',
  title: 'An equal canary is promoted',
  says: 'A mirror, scraped every two seconds, at most 15 minutes, tolerance 0.5 percentage points; until the answer is known, with the scrape that it waits for. The first rule is the gate `errors` alone, the second all default gates: the others have to have seen something too. Rivals promote when the time is over, whatever they have seen.',
  kind: 'equalToPromote',
  rules: RULES,
  runs: 1000,
  fastRuns: 40,
  cases: [promoted(50, 0), promoted(50, 0.001), promoted(50, 0.01), promoted(5, 0.001), promoted(1, 0.001)],
};

const asks = (atMost: number): readonly Ask[] =>
  [ERRORS, 'serin +0.5pp'].map((rule) => ({ rule, figure: 'promoted', atMost }));

const P2: Scenario = {
  id: 'P2',
  title: 'A canary at the tolerance, and at twice the tolerance',
  says: 'As P1, with 50 pairs a second. At the tolerance itself no answer is right; promotions are bounded at 5 %, beyond it any promotion is wrong.',
  kind: 'tooBad',
  rules: RULES,
  runs: 2000,
  rivalRuns: 1000,
  fastRuns: 20,
  cases: [
    { name: '1 → 1.5 %, at the tolerance', truth: rates(0.01, 0.015), asks: asks(0.05) },
    { name: '0.1 → 0.6 %, at the tolerance', truth: rates(0.001, 0.006), asks: asks(0.05) },
    { name: '1 → 2 %, twice', truth: rates(0.01, 0.02), asks: asks(0.005) },
    { name: '0.1 → 1.1 %, twice', truth: rates(0.001, 0.011), asks: asks(0.005) },
    { name: '1 → 5 %', truth: rates(0.01, 0.05), asks: asks(0.005) },
  ],
};

export const PROMOTION: readonly Scenario[] = [P1, P2];
