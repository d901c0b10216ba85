import { describe, expect, it } from 'vitest';
import { missed } from './asked.ts';
import { ROLL_BACK } from './bound.ts';
import { type Outcome, tallyOf } from './figures.ts';
import { withPart } from './page.ts';
import { falseRollBacks, requestsToDecision } from './plots.ts';
import type { Ask, Scenario } from './scenarios/scenario.ts';
import { type MeasuredCase, sectionOf, share, time } from './tables.ts';

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
  rules: ['serin', 'flagger'],
  runs: 4,
  cases: [
    {
      name: '1 → 5 %',
      truth: { traffic: { arms: 'mirror', perSecond: 50 }, blockSeconds: 1, seconds: 60, stable: 0.01, canary: 0.05 },
      bound: { kind: 'rates', wanted: ROLL_BACK },
    },
  ],
};
const OWN = [300, 310, 400, 500].map((requests) => outcome('rollBack', requests));
const FLAGGER = [
  outcome('rollBack', 600),
  outcome('promote', 3000),
  outcome('promote', 3000),
  outcome(undefined, 3000),
];
const measured = (own: readonly Outcome[], flagger: readonly Outcome[], of = SCENARIO.cases[0]!) => [
  { of, tallies: { serin: tallyOf(own, 'rollBack'), flagger: tallyOf(flagger, 'rollBack') } },
];

describe('a section', () => {
  it('tells the price by the bound, and who was promoted', () => {
    const lines = sectionOf(SCENARIO, measured(OWN, FLAGGER)).split('\n');
    expect(lines[0]).toBe('### T1 · A test');
    expect(lines[2]).toBe('It says. 4 runs of each line.');
    expect(lines).toContain('| 1 → 5 % | 279 | 310 (378; 500), 6.2 s, 1.11 × | found 25.0 %; promoted 50.0 % |');
    expect(lines).toContain('| 1 → 5 % | 310 / 3 | – / – |');
  });

  it('tells who spoke before there was a reason to', () => {
    const early = { ...outcome('rollBack', 1), isEarly: true };
    const section = sectionOf(SCENARIO, measured(OWN, [early, early, early, outcome('rollBack', 50)]));
    expect(section).toContain('| found 25.0 %; too early 75.0 % |');
  });

  it('of an equal canary tells intervals', () => {
    const section = sectionOf({ ...SCENARIO, kind: 'equal' }, measured(OWN, FLAGGER));
    expect(section).toContain('| 1 → 5 % | 100 % (51.0 %–100 %) | 25.0 % (4.56 %–69.9 %) |');
  });

  it('says how many runs there were where they are fewer than wanted, and what was not measured', () => {
    const { of, tallies } = measured(OWN, FLAGGER)[0]!;
    const some = [{ of, tallies: { serin: tallies.serin } }];
    const section = sectionOf({ ...SCENARIO, kind: 'equal', runs: 400, rivalRuns: 100 }, some);
    expect(section).toContain('It says. 400 runs of each line, 100 for other rules than ours.');
    expect(section).toContain('| 1 → 5 % | 100 % (51.0 %–100 %) [4 runs] | not measured |');
  });

  it('tells what was said where samples are odd, and what ended otherwise than with all of them', () => {
    const said = OWN.map((one, index) => ({ ...one, said: index === 0 ? 'a' : 'b' }));
    const { of, tallies } = measured(said, FLAGGER)[0]!;
    const compared = [{ of, tallies: { ...tallies, serin: { ...tallies.serin, differs: { count: 1, of: 4 } } } }];
    const section = sectionOf({ ...SCENARIO, kind: 'odd' }, compared);
    expect(section).toContain('| 1 → 5 % | 0 % (0 %–49.0 %); 100 % (51.0 %–100 %); b (75.0 %) |');
    expect(section).toContain('| 1 → 5 % | 25.0 % (4.56 %–69.9 %) | – |');
  });

  it('has shares and times that can be read', () => {
    expect([0, 1, 0.0068, 0.5, 0.99999].map(share)).toEqual(['0 %', '100 %', '0.68 %', '50.0 %', '99.99 %']);
    expect([5, 6.25, 119, 300, Number.POSITIVE_INFINITY].map(time)).toEqual(['5 s', '6.25 s', '119 s', '5 min', '–']);
  });
});

describe('what is asked', () => {
  const missing = (ask: Ask, outcomes = OWN, others: readonly MeasuredCase[] = [], scenario = SCENARIO) => {
    const asked = { ...SCENARIO.cases[0]!, asks: [ask] };
    return missed(scenario, [...measured(outcomes, FLAGGER, asked), ...others]);
  };

  it('is missed by a median above it, with some leeway for few runs', () => {
    const many = Array.from({ length: 250 }, () => OWN).flat();
    const median = (atMost: number): Ask => ({ rule: 'serin', figure: 'medianByBound', atMost });
    expect(missing(median(1.12), many)).toEqual([]);
    expect(missing(median(1.1), many)).toEqual(['T1, 1 → 5 %, serin: medianByBound 1.11, asked at most 1.1']);
    expect(missing(median(1.1))).toEqual([]);
    expect(missing({ rule: 'serin', figure: 'median', atMost: 250 })).toEqual([
      'T1, 1 → 5 %, serin: median 310, asked at most 250',
    ]);
    expect(missing({ rule: 'flagger', figure: 'median', atMost: 250 })).toEqual([
      'T1, 1 → 5 %, flagger: median Infinity, asked at most 250',
    ]);
  });

  it('is missed by a median beside that of another case', () => {
    const other = { ...SCENARIO.cases[0]!, name: 'at once' };
    const quick = measured(
      OWN.map((one) => ({ ...one, requests: 100 })),
      FLAGGER,
      other,
    );
    const ask: Ask = { rule: 'serin', figure: 'median', atMost: 2.5, besideCase: 'at once' };
    expect(missing(ask, OWN, quick)).toEqual(['T1, 1 → 5 %, serin: median 3.1, asked at most 2.5']);
    expect(missing(ask)).toEqual([]);
  });

  it('is missed by wrong answers: when it is refuted, or, where it is to be shown, when it is not', () => {
    const rolledBack: Ask = { rule: 'flagger', figure: 'rolledBack', atMost: 0.3 };
    expect(missing(rolledBack)).toEqual([]);
    expect(missing({ ...rolledBack, isShown: true })).toEqual([
      'T1, 1 → 5 %, flagger: rolled back 25.0 % (limit 69.9 %), asked at most 30.0 %',
    ]);
    expect(missing({ ...rolledBack, isShown: true }, OWN, [], { ...SCENARIO, runs: 5 })).toEqual([]);
    expect(missing({ ...rolledBack, figure: 'promoted', atMost: 0.1 })).toEqual([
      'T1, 1 → 5 %, flagger: promoted 50.0 % (limit 15.0 %), asked at most 10.0 %',
    ]);
    expect(missing({ ...rolledBack, figure: 'promoted', atMost: 0, rule: 'serin' })).toEqual([]);
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
