// Scenarios B4: an hour as a team with ordinary tools has it, a look each minute, all rules side by side.
// Never draws. Called by the list of scenarios.
import { ROLL_BACK } from '../bound.ts';
import type { Truth } from '../truth/truth.ts';
import { type Case, percent, type Scenario } from './scenario.ts';
import { change } from './worse.ts';

const RULES = [
  'serin',
  'serin bare',
  'lm-betabin 2',
  'flagger',
  'argo',
  'argo limit 2',
  'kayenta',
  'kayenta 5 min',
  'kayenta once',
  'mw95',
  'naive-z 100',
] as const;

const mirror = (perSecond: number, stable: number, canary: number): Truth => ({
  traffic: { arms: 'mirror', perSecond },
  blockSeconds: 5,
  seconds: 3600,
  stable,
  canary,
  scrapes: { everySeconds: 5, pods: { canary: 1, stable: 2 } },
});

const H1: Scenario = {
  id: 'H1',
  title: 'An hour with an equal canary',
  says: 'A mirror, scraped every 5 s. Flagger’s and Argo’s limit is 1 % of failures in a minute; Kayenta and Mann–Whitney see one point a minute.',
  kind: 'equal',
  rules: RULES,
  runs: 1000,
  rivalRuns: 300,
  hasCurve: true,
  asks: [
    { rule: 'serin', figure: 'rolledBack', atMost: 0.01 },
    { rule: 'serin bare', figure: 'rolledBack', atMost: 0.01 },
  ],
  cases: [1, 10].flatMap((perSecond) =>
    [0.001, 0.005, 0.008, 0.01].map((p) => ({
      name: `${perSecond} a second, ${percent(p)}`,
      truth: mirror(perSecond, p, p),
    })),
  ),
};

const H2: Scenario = {
  id: 'H2',
  title: 'An hour with a worse canary',
  says: 'The same, and what each rule takes to see it.',
  kind: 'worse',
  rules: RULES,
  runs: 300,
  cases: (
    [
      [10, 0.001, 0.02],
      [10, 0.01, 0.015],
      [10, 0, 0.01],
      [10, 0.001, 0.3],
      [100, 0.001, 0.02],
      [100, 0.01, 0.015],
      [1, 0.001, 0.02],
    ] as const
  ).map(
    ([perSecond, stable, canary]): Case => ({
      name: `${perSecond} a second, ${change(stable, canary)}`,
      truth: mirror(perSecond, stable, canary),
      bound: { kind: 'rates', wanted: ROLL_BACK },
    }),
  ),
};

const STEPS = { arms: 'split', perSecond: 50, shares: [0.001, 0.01, 0.1, 0.5] } as const;
const EACH_SECOND = { everySeconds: 1, pods: { canary: 1, stable: 2 } } as const;

const R1: Scenario = {
  id: 'R1',
  title: 'Good releases, step by step',
  says: 'Fifty requests a second of which the canary gets 0.1, 1, 10 and 50 %, five minutes each, scraped every second.',
  kind: 'equal',
  rules: ['serin', 'serin bare', 'flagger', 'argo', 'kayenta'],
  runs: 1000,
  asks: [{ rule: 'serin', figure: 'rolledBack', atMost: 0.01 }],
  cases: [0.001, 0.005, 0.02].map((p) => ({
    name: `${percent(p)} on both`,
    truth: { traffic: STEPS, blockSeconds: 1, seconds: 1200, stable: p, canary: p, scrapes: EACH_SECOND },
  })),
};

const R2: Scenario = {
  id: 'R2',
  title: 'It turns bad with users on it',
  says: 'The canary has 10 % of fifty requests a second when 30 % of its answers begin to fail, after three minutes; scraped every second. Counted from there; the failed answers went to users. What a controller takes to write routes comes on top, for all rules.',
  kind: 'worse',
  rules: ['serin', 'serin bare', 'lm-betabin 2', 'flagger', 'argo', 'kayenta'],
  runs: 300,
  cases: [0, 0.001].map((stable) => ({
    name: `live 10 %, ${percent(stable)} → 30 %`,
    truth: {
      traffic: { ...STEPS, shares: [0.1] },
      blockSeconds: 1,
      seconds: 900,
      stable,
      canary: 0.3,
      onsetSeconds: 180,
      scrapes: EACH_SECOND,
    },
    bound: { kind: 'rates', wanted: ROLL_BACK },
  })),
};

export const HOUR: readonly Scenario[] = [H1, H2, R1, R2];
