// A file of tests from its text to its results. What promtool itself makes of such files is asked in test/differential/rule-tests.test.ts.
import { describe, expect, it } from 'vitest';
import { noPlaces, readObjects } from '../api/load.ts';
import { formatProblem } from '../lib/problem.ts';
import { readTestFile } from './format.ts';
import type { FileResult } from './result.ts';
import { readRuleFile } from './rules/file.ts';
import { runFile } from './run.ts';

interface Beside {
  readonly rules?: string;
  readonly manifests?: string;
}

async function run(text: string, { rules, manifests }: Beside = {}): Promise<FileResult> {
  const file = readTestFile('tests.yaml', text);
  if (!file.ok) throw new Error(file.problems.map(formatProblem).join('\n'));
  const groups = rules === undefined ? undefined : readRuleFile('rules.yaml', rules);
  if (groups?.ok === false) throw new Error(groups.problems.map(formatProblem).join('\n'));
  const loaded = manifests === undefined ? undefined : readObjects([{ name: 'manifests.yaml', text: manifests }]);
  if (loaded?.ok === false) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return runFile(file.value, {
    groups: groups?.value ?? [],
    manifests: loaded?.value ?? { objects: [], places: noPlaces },
  });
}

/** Outcome, diff and notes of the file's only check, as lines. */
async function told(text: string, beside: Beside = {}): Promise<readonly string[]> {
  const { tests } = await run(text, beside);
  return tests.flatMap(({ outcome, checks, notes, problems }) => [
    outcome,
    ...notes,
    ...problems.map(formatProblem),
    ...checks.flatMap((check) => [
      ...check.diff.map((line) => `${line.side}: ${line.text}`),
      ...check.notes,
      ...check.problems.map(formatProblem),
    ]),
  ]);
}

const problemsOf = (text: string): readonly string[] => {
  const file = readTestFile('tests.yaml', text);
  return file.ok ? [] : file.problems.map(formatProblem);
};

const one = (values: string, check: string, more = '') => `
${more}
tests:
  - input_series: [{ series: x, values: '${values}' }]
    promql_expr_test: [${check}]
`;

describe('an expression', () => {
  it('passes with the samples that are expected, in any order', async () => {
    const text = `
tests:
  - input_series: [{ series: 'x{a="1"}', values: 1 }, { series: 'x{a="2"}', values: 2 }]
    promql_expr_test: [{ expr: x, exp_samples: [{ labels: 'x{a="2"}', value: 2 }, { labels: 'x{a="1"}', value: 1 }] }]`;
    expect(await told(text)).toEqual(['passed']);
  });

  it('fails with what was expected and what came, side by side', async () => {
    const text = `
tests:
  - input_series: [{ series: 'x{a="1"}', values: 1 }, { series: 'x{a="2"}', values: 2 }, { series: 'x{a="3"}', values: 3 }]
    promql_expr_test: [{ expr: x, exp_samples: [{ labels: 'x{a="1"}', value: 1 }, { labels: 'x{a="2"}', value: 5 }, { labels: y }] }]`;
    expect(await told(text)).toEqual([
      'failed',
      'both: x{a="1"} 1',
      'expected: x{a="2"} 5',
      'got: x{a="2"} 2',
      'expected: y 0',
      'got: x{a="3"} 3',
    ]);
  });

  it('compares exactly; with fuzzy_compare a neighbour will do, and no more', async () => {
    const sum = (value: string) => `{ expr: '0.1 + 0.2', exp_samples: [{ value: ${value} }] }`;
    expect(await told(one('1', sum('0.3')))).toContain('failed');
    expect(await told(one('1', sum('0.3'), 'fuzzy_compare: true'))).toEqual(['passed']);
    expect(await told(one('1', sum('0.3000000000000002'), 'fuzzy_compare: true'))).toContain('failed');
    const negative = one('1', "{ expr: '-0.1 - 0.2', exp_samples: [{ value: -0.3 }] }", 'fuzzy_compare: true');
    expect(await told(negative)).toEqual(['passed']);
    expect(await told(one('1', "{ expr: '0 * -1', exp_samples: [{ value: 0 }] }"))).toEqual(['passed']);
  });

  it('that gives NaN equals nothing, and says so', async () => {
    const lines = await told(one('NaN', '{ expr: x, exp_samples: [{ labels: x, value: .nan }] }'));
    expect(lines).toEqual(['failed', 'expected: x NaN', 'got: x NaN', expect.stringContaining('NaN equals nothing')]);
  });

  it('sees samples up to the last evaluation_interval only, as in promtool', async () => {
    const at90 = (value: number) => `{ expr: x, eval_time: 90s, exp_samples: [{ labels: x, value: ${value} }] }`;
    const test = (value: number, every: string) =>
      `evaluation_interval: ${every}\ntests:\n  - interval: 30s\n    input_series: [{ series: x, values: 0+1x9 }]\n    promql_expr_test: [${at90(value)}]`;
    expect(await told(test(2, '1m'))).toEqual(['passed']);
    expect(await told(test(3, '30s'))).toEqual(['passed']);
  });

  it('may be asked centuries later: nothing happens on the way', async () => {
    const text = one('1x3', '{ expr: "time()", eval_time: 290y, exp_samples: [{ labels: "{}", value: 9145440000 }] }');
    expect(await told(`evaluation_interval: 1s\n${text}`)).toEqual(['passed']);
  });

  it('sees no sample after the last evaluation_interval, rules or not', async () => {
    const text = one('1 2 3', '{ expr: x, eval_time: 90s, exp_samples: [{ labels: x, value: 2 }] }');
    expect(await told(text)).toEqual(['passed']);
  });

  it('begins at start_timestamp', async () => {
    const text = `
tests:
  - start_timestamp: 2026-01-01T00:00:00Z
    promql_expr_test: [{ expr: time(), eval_time: 1m30s, exp_samples: [{ value: 1767225690 }] }]
  - start_timestamp: 1700000000.5
    promql_expr_test: [{ expr: time(), exp_samples: [{ value: 1700000000.5 }] }]`;
    expect(await told(text)).toEqual(['passed', 'passed']);
  });

  it('that fails in evaluation fails its test; one that is no PromQL is an error with its place', async () => {
    expect(await told(one('1', "{ expr: 'x[5m]' }"))).toEqual([
      'failed',
      'the query failed: rule result is not a vector or scalar',
    ]);
    expect(await told(one('1', "{ expr: 'sum(x' }"))).toEqual([
      'error',
      expect.stringMatching(/^tests\.yaml:5:\d+ tests\[0\]\.promql_expr_test\[0\]\.expr: .*\[SRN1401\]$/),
    ]);
  });

  it('reads ten thousand samples at most, as in promtool', async () => {
    const count = (range: string, value: number) =>
      `evaluation_interval: 1s\ntests:\n  - input_series: [{ series: x, values: 1x12000 }]\n    promql_expr_test: [{ expr: 'count_over_time(x${range})', eval_time: 12000s, exp_samples: [{ value: ${value} }] }]`;
    expect(await told(count('[10000s]', 10_000))).toEqual(['passed']);
    expect(await told(count('[10001s]', 10_001))).toContainEqual(expect.stringMatching(/too many samples/));
    expect(await told(count('[5000s:1s]', 5000))).toEqual(['passed']);
    expect(await told(count('[5001s:1s]', 5001))).toContainEqual(expect.stringMatching(/too many samples/));
  });
});

describe('input series behind a line break', () => {
  it('are not read, as promtool has it, and a note tells', async () => {
    const text = `
tests:
  - input_series:
      - { series: x, values: "1\\n" }
      - { series: y, values: 1 }
      - { series: z, values: 1 }
    promql_expr_test: [{ expr: x or y or z, exp_samples: [{ labels: x, value: 1 }] }]`;
    expect(await told(text)).toEqual([
      'passed',
      expect.stringMatching(/^the last 2 input series are not read: a line break ends the values before/),
    ]);
  });
});

describe('rules', () => {
  const test = (checks: string, more = '', values = '0 1 1 1 0 0 0') =>
    `${more}\ntests:\n  - external_labels: { region: eu }\n    input_series: [{ series: 'bad{job="a"}', values: '${values}' }]\n    promql_expr_test:\n${checks}`;
  const check = (expr: string, minutes: number, samples: string) =>
    `      - { expr: '${expr}', eval_time: ${minutes}m, exp_samples: [${samples}] }\n`;

  it('are evaluated in their order, each time, and read each other', async () => {
    const rules = `
groups:
  - name: g
    labels: { team: x, job: mine }
    rules:
      - { record: twice, expr: bad * 2, labels: { job: '' } }
      - { record: more, expr: twice + 1 }`;
    const checks =
      check('twice', 1, `{ labels: 'twice{team="x"}', value: 2 }`) +
      check('more', 1, `{ labels: 'more{team="x", job="mine"}', value: 3 }`);
    expect(await told(test(checks), { rules })).toEqual(['passed']);
  });

  it('of groups are evaluated in the order that the file gives', async () => {
    const rules = `
groups:
  - { name: second, rules: [{ record: late, expr: early }] }
  - { name: first, rules: [{ record: early, expr: bad }] }`;
    const checks = check('late', 0, `{ labels: 'late{job="a"}' }`);
    expect(await told(test(checks, 'group_eval_order: [first, second]'), { rules })).toEqual(['passed']);
    expect(await told(test(checks), { rules })).toContain('failed');
  });

  it('whose series are gone leave them stale at once', async () => {
    const rules = `groups: [{ name: g, rules: [{ record: r, expr: bad > 0 }] }]`;
    const checks = check('r', 3, `{ labels: 'r{job="a"}', value: 1 }`) + check('r', 4, '');
    expect(await told(test(checks), { rules })).toEqual(['passed']);
  });

  it('of alerts show as ALERTS: pending, firing, kept firing, gone', async () => {
    const rules = `
groups:
  - name: g
    rules:
      - alert: Bad
        expr: bad > 0
        for: 1m
        keep_firing_for: 2m
        labels: { where: '{{ $externalLabels.region }}-{{ $labels.job }}' }
        annotations: { anything: '{{ humanize $value }}' }`;
    const alert = (state: string) =>
      `{ labels: 'ALERTS{alertname="Bad", alertstate="${state}", job="a", where="eu-a"}', value: 1 }`;
    const checks = [
      check('ALERTS', 0, ''),
      check('ALERTS', 1, alert('pending')),
      check('ALERTS', 2, alert('firing')),
      check('ALERTS', 5, alert('firing')),
      check('ALERTS', 6, ''),
      check('ALERTS_FOR_STATE', 3, `{ labels: 'ALERTS_FOR_STATE{alertname="Bad", job="a", where="eu-a"}', value: 60 }`),
    ].join('');
    expect(await told(test(checks), { rules })).toEqual(['passed']);
  });

  it.each([
    ['{ record: r, expr: bad }, { record: r, expr: bad + 1 }', 'rule r at 0s: duplicate sample for timestamp'],
    [
      '{ record: r, expr: \'label_replace(bad, "c", "1", "", "") or bad\', labels: { c: "" } }',
      /^rule r at 0s: vector contains metrics with the same labelset/,
    ],
    [
      '{ record: r, expr: \'bad or label_replace(bad, "c", "1", "", "")\' }',
      'rule r at 0s: exceeded limit of 1 with 2 series',
    ],
  ])('that fail end the test: %s', async (list, note) => {
    const rules = `groups: [{ name: g, limit: 1, rules: [${list}] }]`;
    const [outcome, first] = await told(test(check('bad', 0, '')), { rules });
    expect(outcome).toBe('failed');
    expect(first).toEqual(typeof note === 'string' ? note : expect.stringMatching(note));
  });

  it('are strict: unknown fields, both names, templates that Serin has not', () => {
    const read = readRuleFile(
      'rules.yaml',
      `
groups:
  - name: g
    rules:
      - { record: r, exprs: x, expr: x }
      - { record: r, alert: a, expr: x }
      - { alert: a, expr: 'x >', labels: { v: '{{ $value | humanize }}' } }
      - { record: r, expr: x, for: 5m }`,
    );
    expect(read.ok ? [] : read.problems.map(formatProblem)).toEqual([
      expect.stringMatching(
        /^rules\.yaml:5:\d+ groups\[0\]\.rules\[0\]\.exprs: unknown field; did you mean `expr`\?.*\[SRN1003\]$/,
      ),
      expect.stringMatching(/rules\[1\]: a rule has either `record` or `alert`.*\[SRN1004\]$/),
      expect.stringMatching(/rules\[2\]\.expr: .*\[SRN1401\]$/),
      expect.stringMatching(/rules\[2\]\.labels\.v: of Go templates.*\[SRN1007\]$/),
      expect.stringMatching(/rules\[3\]\.for: a recording rule has no `for`.*\[SRN1004\]$/),
    ]);
  });
});

describe('a file of tests', () => {
  it.each([
    [
      'test: []',
      /^tests\.yaml:1:1 test: unknown field; did you mean `tests`\? \(found `test`; accepted: rule_files, .*\) \[SRN1003\]$/,
    ],
    ['tests: 5', /tests: wrong type of value \(found 5; accepted: a list\) \[SRN1004\]$/],
    ['tests: [{ interval: 5 }]', /tests\[0\]\.interval: not a duration .*\[SRN1004\]$/],
    ['tests: [{ interval: 1s1m }]', /tests\[0\]\.interval: not a duration .*\[SRN1004\]$/],
    ['fuzzy_compare: "true"', /fuzzy_compare: neither true nor false .*\[SRN1004\]$/],
    [
      'tests: [{ promql_expr_test: [{ exp_samples: [] }] }]',
      /promql_expr_test\[0\]\.expr: `expr` is missing .*\[SRN1005\]$/,
    ],
    ['tests: [{ promql_expr_test: [{ expr: x, exp_samples: [{ value: "1" }] }] }]', /value: not a number \(found "1"/],
    [
      'tests: [{ promql_expr_test: [{ expr: x, exp_samples: [{ histogram: "{{}}" }] }] }]',
      /native histograms are not supported .*\[SRN1007\]$/,
    ],
    ['tests: [{ alert_rule_test: [{}] }]', /alert_rule_test: tests of alerts are not supported .*\[SRN1007\]$/],
    ['tests: [{ start_timestamp: soon }]', /start_timestamp: not a time .*\[SRN1004\]$/],
    ['tests: [{ start_timestamp: 8640000000000 }]', /start_timestamp: not a time .*\[SRN1004\]$/],
    [
      'tests: [{ gate_test: [{ eval_time: 1m, exp_verdicts: [{ gate: a, verdict: pass, message: "" }] }] }]',
      /message: an empty text tells nothing apart .*\[SRN1004\]$/,
    ],
    ['group_eval_order: [a, a]', /group_eval_order\[1\]: the group stands twice .*\[SRN1004\]$/],
    [
      'tests: [{ gate_test: [{ eval_time: 1s, exp_verdicts: [] }] }]',
      /exp_verdicts: a gate test expects at least one verdict/,
    ],
    [
      'tests: [{ gate_test: [{ eval_time: 1s, exp_verdicts: [{ gate: a, verdict: passes }] }] }]',
      /verdict: not one of the accepted values \(found passes; accepted: pass, fail, inconclusive\)/,
    ],
    [
      'tests: [{ gate_test: [{ eval_time: 1s, exp_verdicts: [{ gate: a, verdict: pass, reason: Fine }] }] }]',
      /reason: not one of .*accepted: Passed, ThresholdExceeded/,
    ],
    ['tests: [', /\[SRN1001\]$/],
  ])('is refused: %s', (text, problem) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(problem)]);
  });

  it('tells all that is wrong at once', () => {
    expect(problemsOf('foo: 1\nbar: 2\ntests: [{ baz: 3 }]')).toHaveLength(3);
  });

  it('knows anchors and merge keys, nothing and quotes', async () => {
    const text = `
tests:
  - &base
    name: a
    input_series: [{ series: x, values: '010' }]
    promql_expr_test: [{ expr: x, exp_samples: [{ labels: x, value: 010 }] }]
    external_labels:
  - <<: *base
    name: b`;
    const { tests } = await run(text);
    expect(tests.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(['a passed', 'b passed']);
  });

  it('has tests without a name, by their number', async () => {
    expect((await run('tests: [{}, { name: x }, { name: "" }]')).tests.map(({ name }) => name)).toEqual([
      'unnamed#0',
      'x',
      'unnamed#2',
    ]);
  });

  it('with a wrong series is an error where it stands; its other tests run', async () => {
    const text = `tests:\n  - { name: a, input_series: [{ series: x, values: '1 2y' }] }\n  - { name: b }`;
    const { outcome, tests } = await run(text);
    expect([outcome, ...tests.map((each) => each.outcome)]).toEqual(['error', 'error', 'passed']);
    expect(tests[0]?.problems.map(formatProblem)).toEqual([
      expect.stringMatching(/^tests\.yaml:2:55 tests\[0\]\.input_series\[0\]\.values: not a number .*\[SRN1004\]$/),
    ]);
  });
});
