import { describe, expect, it } from 'vitest';
import { missed } from './asked.ts';
import type { Outcome } from './figures.ts';
import { withPart } from './page.ts';
import { falseRollBacks, requestsToDecision } from './plots.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { sectionOf, share, time } from './tables.ts';
import { ROLL_BACK } from './wald.ts';

const outcome = (verdict: Outcome['verdict'], requests: number): Outcome => ({
  verdict,
  seconds: requests / 50,
  requests,
  canary: requests,
  bad: 3,
  isEarly: false,
  isLast: verdict === undefined,
});

const SCENARIO: Scenario = {
  id: 'T1',
  title: 'A test',
  says: 'It says.',
  kind: 'worse',
  rules: ['serin-bare', 'flagger'],
  runs: 4,
  asked: { rule: 'serin-bare' },
  cases: [
    {
      name: '1 → 5 %',
      truth: { traffic: { arms: 'mirror', perSecond: 50 }, blockSeconds: 1, seconds: 60, stable: 0.01, canary: 0.05 },
      bound: { kind: 'rates', wanted: ROLL_BACK },
      medianAtMost: 1.5,
    },
  ],
};
const PLAYED = [
  {
    of: SCENARIO.cases[0]!,
    outcomes: [
      [300, 310, 400, 500].map((requests) => outcome('rollBack', requests)),
      [outcome('rollBack', 600), outcome('promote', 3000), outcome('promote', 3000), outcome(undefined, 3000)],
    ],
  },
];

describe('a section', () => {
  it('tells the price by the bound, and who was promoted', () => {
    const lines = sectionOf(SCENARIO, PLAYED).split('\n');
    expect(lines[0]).toBe('### T1 · A test');
    expect(lines).toContain('| 1 → 5 % | 279 | 310 (378; 500), 6.2 s, 1.11 × | found 25.0 %; promoted 50.0 % |');
    expect(lines).toContain('| 1 → 5 % | 310 / 3 | – / – |');
  });

  it('tells who spoke before there was a reason to', () => {
    const early = { ...outcome('rollBack', 1), isEarly: true };
    const outcomes = [PLAYED[0]!.outcomes[0]!, [early, early, early, outcome('rollBack', 50)]];
    const section = sectionOf(SCENARIO, [{ ...PLAYED[0]!, outcomes }]);
    expect(section).toContain('| found 25.0 %; too early 75.0 % |');
  });

  it('of an equal canary tells intervals', () => {
    const section = sectionOf({ ...SCENARIO, kind: 'equal' }, PLAYED);
    expect(section).toContain('| 1 → 5 % | 100 % (51.0 %–100 %) | 25.0 % (4.56 %–69.9 %) |');
  });

  it('has shares and times that can be read', () => {
    expect([0, 1, 0.0068, 0.5, 0.99999].map(share)).toEqual(['0 %', '100 %', '0.68 %', '50.0 %', '99.99 %']);
    expect([5, 6.25, 119, 300, Number.POSITIVE_INFINITY].map(time)).toEqual(['5 s', '6.25 s', '119 s', '5 min', '–']);
  });
});

describe('what is asked', () => {
  it('is missed by a median above it', () => {
    expect(missed(SCENARIO, PLAYED)).toEqual([]);
    const strict: Scenario = { ...SCENARIO, cases: [{ ...SCENARIO.cases[0]!, medianAtMost: 1.1 }] };
    expect(missed(strict, [{ ...PLAYED[0]!, of: strict.cases[0]! }])).toEqual([
      'T1, 1 → 5 %: median 1.11 × Wald’s bound, asked at most 1.1 ×',
    ]);
  });

  it('is missed by wrong answers: by their upper limit with all runs, by the lower with fewer', () => {
    const asked = { rule: 'flagger', falseAtMost: 0.3 };
    const equal: Scenario = {
      ...SCENARIO,
      kind: 'equal',
      asked,
      cases: [{ ...SCENARIO.cases[0]!, medianAtMost: Number.NaN }],
    };
    const played = [{ of: { ...SCENARIO.cases[0]!, name: 'x' }, outcomes: PLAYED[0]!.outcomes }];
    const wrong = (scenario: Scenario) => missed(scenario, played).filter((line) => line.includes('wrong'));
    expect(wrong(equal)).toEqual(['T1, x: 25.0 % wrong (limit 69.9 %), asked at most 30.0 %']);
    expect(wrong({ ...equal, runs: 400 })).toEqual([]);
  });
});

describe('a page', () => {
  it('keeps what stands around its parts', () => {
    const page = 'a\n<!-- bench decisions: N1 -->\nold\n<!-- end: N1 -->\nb\n';
    const changed = withPart(page, 'N1', 'new');
    expect(changed).toBe('a\n<!-- bench decisions: N1 -->\n\nnew\n\n<!-- end: N1 -->\nb\n');
    expect(withPart(changed, 'N1', 'new')).toBe(changed);
    expect(() => withPart(page, 'N2', 'new')).toThrow('no markers');
  });
});

describe('a plot', () => {
  const point = (value: number) => ({ count: 0, of: 1, share: value, low: 0, high: 1 });

  it('draws a curve for each rule, with its name, and zero on the floor', () => {
    const svg = falseRollBacks('A < B', [0, 30, 60], [{ name: 'one', shares: [point(0), point(0.01), point(1)] }]);
    expect(svg.match(/<polyline/g)).toHaveLength(1);
    expect(svg).toContain('A &lt; B');
    expect(svg).toContain('points="64.0,330.0 317.0,234.7 570.0,44.0"');
    expect(svg).not.toContain('NaN');
  });

  it('draws a dot at each median, and says where there is none', () => {
    const none = { median: Number.POSITIVE_INFINITY, mean: Number.NaN, p95: Number.POSITIVE_INFINITY };
    const some = { median: 100, mean: 120, p95: Number.POSITIVE_INFINITY };
    const svg = requestsToDecision('T', ['a', 'b'], [{ name: 'case', bound: 50, prices: [some, none] }]);
    expect(svg.match(/<circle/g)).toHaveLength(1);
    expect(svg).toContain('not found by half');
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});
