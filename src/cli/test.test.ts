// `serin test` as a user meets it: what it prints, where it says what is wrong, and its exit codes.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lines, serin } from '../../test/support/cli.ts';
import { type Stage, serinHere } from '../../test/support/cli-here.ts';
import { readTestFile } from '../unittest/format.ts';
import { REASONS } from '../unittest/reasons.ts';
import { testCommand } from './test.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/checkout-promql/', import.meta.url));

/** The files in a folder of their own. */
async function folder(files: Readonly<Record<string, string>>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'serin-test-'));
  onTestFinished(() => rm(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(path, name, '..'), { recursive: true });
    await writeFile(join(path, name), text);
  }
  return path;
}

const run = (args: readonly string[], stage: Stage = {}) => serinHere({ test: testCommand }, ['test', ...args], stage);

const GOOD = `
tests:
  - name: one & two
    input_series: [{ series: x, values: 1 2 }]
    promql_expr_test: [{ expr: x, eval_time: 1m, exp_samples: [{ labels: x, value: 2 }] }]
`;
const BAD = GOOD.replace('value: 2', 'value: 3');

/** A gate test over the example's manifests. */
const gates = (...checks: readonly string[]) =>
  `manifests: [${EXAMPLE}manifests]\ntests:\n  - name: t\n    interval: 1s\n    gate_test:\n${checks.map((check) => `      - ${check}\n`).join('')}`;

describe('serin test', () => {
  it('passes, as a process', async () => {
    const { code, stdout, stderr } = await serin(['test', join(EXAMPLE, 'tests/error-rate.yaml')]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines(stdout).at(-1)).toBe('Tests: 7 passed (14 checks in 1 file)');
  });

  it('shows each test, and of a failure what was expected and what came', async () => {
    const path = await folder({ 'a.yaml': GOOD, 'b.yaml': BAD });
    const { code, stdout, stderr } = await run([path]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout.replaceAll(path, 'DIR')).toBe(`DIR/a.yaml
  ✓ one & two  1 check
DIR/b.yaml
  ✗ one & two  1 check
      expr x at 1m
        - expected x 3
        + got      x 2

Tests: 1 failed, 1 passed (2 checks in 2 files)
`);
  });

  it('shows colours where they are wanted, and only there', async () => {
    const path = await folder({ 'b.yaml': BAD });
    const introducer = String.fromCharCode(27);
    expect((await run([path], { colour: true })).stdout).toContain(`${introducer}[31m✗`);
    expect((await run([path])).stdout).not.toContain(introducer);
  });

  it('writes JUnit XML that holds whatever names and texts do', async () => {
    const name = `<"a" & 'b'>\\u0001`;
    const path = await folder({
      'b.yaml': BAD.replace('one & two', `"${name.replaceAll('"', '\\"')}"`),
      'c.yaml': 'tests: 5',
    });
    const { code, stdout } = await run([path, '-o', 'junit']);
    expect(code).toBe(3);
    expect(stdout.replaceAll(path, 'DIR')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="serin test" tests="2" failures="1" errors="1">
  <testsuite name="DIR/b.yaml" tests="1" failures="1" errors="0">
    <testcase name="&lt;&quot;a&quot; &amp; &apos;b&apos;&gt;\ufffd" classname="DIR/b.yaml">
      <failure message="expr x at 1m">- expected x 3
+ got      x 2</failure>
    </testcase>
  </testsuite>
  <testsuite name="DIR/c.yaml" tests="1" failures="0" errors="1">
    <testcase name="the file" classname="DIR/c.yaml">
      <error message="not run">DIR/c.yaml:1:8 tests: wrong type of value (found 5; accepted: a list) [SRN1004]</error>
    </testcase>
  </testsuite>
</testsuites>
`);
  });

  it('writes all of it as JSON', async () => {
    const path = await folder({ 'b.yaml': BAD });
    const { stdout } = await run([path, '-o', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({
      files: [
        {
          file: join(path, 'b.yaml'),
          outcome: 'failed',
          tests: [
            {
              name: 'one & two',
              checks: [
                { kind: 'expression', subject: 'x', evalTime: '1m', diff: [{ side: 'expected' }, { side: 'got' }] },
              ],
            },
          ],
        },
      ],
      tests: { passed: 0, failed: 1, error: 0 },
      checks: 1,
    });
  });

  it('reads rule files beside the test, by name and by pattern, and warns of a pattern without one', async () => {
    const test = (pattern: string) =>
      `rule_files: ['${pattern}']\ntests: [{ promql_expr_test: [{ expr: r, exp_samples: [{ labels: r, value: 1 }] }] }]`;
    const rules = 'groups: [{ name: g, rules: [{ record: r, expr: "1" }] }]';
    const path = await folder({
      'rules/one.yml': rules,
      'a.yaml': test('rules/one.yml'),
      'b.yaml': test('rules/*.yml'),
    });
    expect(await run([path])).toMatchObject({ code: 0, stderr: '' });
    const none = await folder({ 'a.yaml': test('rules/*.yml') });
    expect(await run([none])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^warning: .*a\.yaml:1:14 rule_files\[0\]: no rule file has that name .*\[SRN1009\]\n$/,
      ),
    });
  });

  it('takes tests alone out of a folder, and everything that is named', async () => {
    const path = await folder({ 'a.yaml': GOOD, 'rules.yml': 'groups: []', 'm.yaml': 'apiVersion: v1\nkind: Service' });
    expect((await run([path])).stdout).toMatch(/^Tests: 1 passed \(1 check in 1 file\)$/m);
    expect(await run([join(path, 'rules.yml')])).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/groups: unknown field/),
    });
    await rm(join(path, 'a.yaml'));
    expect(await run([path])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/there are no tests among the files .*\[SRN1002\]\n$/),
    });
  });

  it('reads standard input', async () => {
    expect(await run(['-'], { stdin: new TextEncoder().encode(GOOD) })).toMatchObject({
      code: 0,
      stdout: 'stdin\n  ✓ one & two  1 check\n\nTests: 1 passed (1 check in 1 file)\n',
    });
  });

  it('runs the other files where one is wrong, and says so with exit code 3', async () => {
    const path = await folder({ 'a.yaml': 'test: []', 'b.yaml': GOOD });
    const { code, stdout } = await run([path]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/✗ .*a\.yaml:1:1 test: unknown field; did you mean `tests`\?.*\[SRN1003\]$/m);
    expect(stdout).toMatch(/^Tests: 1 passed \(1 check in 2 files, 1 not run\)$/m);
    const json = await run([path, '-o', 'json']);
    expect(json).toMatchObject({ code: 3, stderr: expect.stringMatching(/\[SRN1003\]\n$/) });
  });

  it('warns of a file without tests and of documents that nobody reads', async () => {
    const path = await folder({ 'a.yaml': 'tests: []\n---\ntests: []' });
    const { code, stderr } = await run([path]);
    expect(code).toBe(0);
    expect(lines(stderr)).toEqual([
      expect.stringMatching(/^warning: .*only the first document .*found 2 documents/),
      expect.stringMatching(/^warning: .*the file holds no test/),
    ]);
  });
});

describe('a gate under test', () => {
  it('that has another verdict fails its test, with both and the reason', async () => {
    const text = await readFile(join(EXAMPLE, 'tests/error-rate.yaml'), 'utf8');
    const changed = text
      .replace('../manifests', join(EXAMPLE, 'manifests'))
      .replace(
        'eval_time: 20s\n        exp_verdicts:\n          - { gate: error-rate, verdict: pass, reason: Passed }',
        'eval_time: 20s\n        exp_verdicts:\n          - { gate: error-rate, verdict: fail }',
      );
    const path = await folder({ 'a.yaml': changed });
    const { code, stdout } = await run([path]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/ {6}gate error-rate at 20s\n {8}- expected fail\n {8}\+ got {6}pass Passed: \S/);
  });

  it('notices a policy that was changed', async () => {
    const path = await folder({});
    await cp(EXAMPLE, path, { recursive: true });
    const policy = join(path, 'manifests/release-policy.yaml');
    await writeFile(policy, (await readFile(policy, 'utf8')).replace(') > 0.01', ') > 0.10'));
    const { code, stdout } = await run([join(path, 'tests')]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/- expected fail ThresholdExceeded: … 0\.015 …\n {8}\+ got {6}pass Passed/);
  });

  const at = 'eval_time: 20s, exp_verdicts: [{ gate: error-rate, verdict: pass }]';
  it.each([
    [
      '{ eval_time: 20s, exp_verdicts: [{ gate: error-rat, verdict: pass }] }',
      /gate_test\[0\]\.exp_verdicts\[0\]\.gate: the policy has no such gate; did you mean `error-rate`\? .*accepted: error-rate, p95-latency, cpu-saturation\) \[SRN1201\]$/m,
    ],
    [
      `{ release: checkout-v3, ${at} }`,
      /gate_test\[0\]\.release: there is no such Release; did you mean `checkout-v2`\? .*\[SRN1201\]$/m,
    ],
    [
      `{ step: 1, ${at} }`,
      /gate_test\[0\]\.step: a baseline gives the canary no traffic: no gate is read \(found 1; accepted: 2 \(mirror 10%\), .*\) \[SRN1004\]$/m,
    ],
    [`{ step: 9, ${at} }`, /gate_test\[0\]\.step: the plan has no such step \(found 9; .*\[SRN1004\]$/m],
    [`{ began: 30s, ${at} }`, /gate_test\[0\]\.eval_time: the gates are judged after the step began .*\[SRN1004\]$/m],
  ])('is an error where it cannot be asked: %s', async (check, line) => {
    const path = await folder({ 'a.yaml': gates(check) });
    const { code, stdout } = await run([path]);
    expect(code).toBe(3);
    expect(stdout).toMatch(line);
  });

  it('is one that samples tell of: others are refused by name', async () => {
    const path = await folder({});
    await cp(join(EXAMPLE, 'manifests'), join(path, 'manifests'), { recursive: true });
    const policy = join(path, 'manifests/release-policy.yaml');
    await writeFile(
      policy,
      (await readFile(policy, 'utf8')).replace('  gates:', '  gates:\n    saturation: {}\n    restarts: {}'),
    );
    const check = '{ eval_time: 20s, exp_verdicts: [{ gate: restarts, verdict: pass }] }';
    await writeFile(join(path, 'a.yaml'), gates(check).replace(/manifests:.*\n/, 'manifests: [manifests]\n'));
    const { code, stdout } = await run([join(path, 'a.yaml')]);
    expect(code).toBe(3);
    expect(stdout).toMatch(
      /exp_verdicts\[0\]\.gate: this gate goes by the cluster's own objects, of which samples say nothing \(found restarts; accepted: error-rate, p95-latency, cpu-saturation, saturation\) \[SRN1201\]$/m,
    );
  });

  it('may be asked at the moment the step began, and knows nothing then', async () => {
    const check = '{ began: 20s, eval_time: 20s, exp_verdicts: [{ gate: error-rate, verdict: inconclusive }] }';
    expect(await run([await folder({ 'a.yaml': gates(check) })])).toMatchObject({ code: 0 });
  });

  it('is an error without a release, or with manifests that are wrong', async () => {
    const without = await folder({ 'a.yaml': gates(`{ ${at} }`).replace(/manifests:.*\n/, '') });
    expect(await run([without])).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/a gate test needs a Release, and there is none.*\[SRN1201\]/),
    });
    const wrong = await folder({
      'a.yaml': gates(`{ ${at} }`).replace(/manifests:.*\n/, 'manifests: [m.yaml]\n'),
      'm.yaml': 'kind: Releas',
    });
    expect(await run([wrong])).toMatchObject({ code: 3, stdout: expect.stringMatching(/m\.yaml:1:7 .*\[SRN1006\]/) });
    const none = await folder({ 'a.yaml': gates(`{ ${at} }`).replace(/manifests:.*\n/, 'manifests: [gone]\n') });
    expect(await run([none])).toMatchObject({
      code: 4,
      stdout: expect.stringMatching(/gone: there is no such file.*\[SRN1009\]/),
    });
  });

  it.each([
    ['reason: NoData', 'inconclusive NoData'],
    ['message: weather', 'inconclusive: … weather …'],
    ['reason: Stale, message: weather', 'inconclusive Stale: … weather …'],
  ])('for another reason than expected fails its test: %s', async (expected, line) => {
    const verdict = `{ gate: error-rate, verdict: inconclusive, ${expected} }`;
    const path = await folder({ 'a.yaml': gates(`{ eval_time: 20s, exp_verdicts: [${verdict}] }`) });
    const { code, stdout } = await run([path]);
    expect(code).toBe(1);
    expect(lines(stdout)).toContain(`        - expected ${line}`);
    expect(stdout).toMatch(/\+ got {6}inconclusive Stale: \S/);
  });

  it('without samples is inconclusive', async () => {
    const path = await folder({
      'a.yaml': gates('{ eval_time: 20s, exp_verdicts: [{ gate: error-rate, verdict: inconclusive, reason: Stale }] }'),
    });
    expect(await run([path])).toMatchObject({ code: 0 });
  });
});

describe('the pages about it', () => {
  const page = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

  it('the guide shows what is printed', async () => {
    const blocks = [...(await page('guides/testing-gates.md')).matchAll(/```text\n(.*?)```/gs)].map(([, text]) => text);
    const path = await folder({});
    await cp(EXAMPLE, join(path, 'examples/checkout-promql'), { recursive: true });
    const shown = async (name: string) => (await run([join(path, name)])).stdout.replaceAll(`${path}/`, '');
    const good = await shown('examples/checkout-promql/tests');
    const policy = join(path, 'examples/checkout-promql/manifests/release-policy.yaml');
    await writeFile(policy, (await readFile(policy, 'utf8')).replace(') > 0.01', ') > 0.10'));
    expect(blocks).toEqual([good, await shown('examples/checkout-promql/tests/error-rate.yaml')]);
  });

  it('the reference names every field', async () => {
    const read = readTestFile(
      'all',
      `{ zz: 1, tests: [{ zz: 1, input_series: [{ zz: 1, series: x }], promql_expr_test: [{ zz: 1, expr: x, exp_samples: [{ zz: 1 }] }],
        gate_test: [{ zz: 1, eval_time: 1s, exp_verdicts: [{ zz: 1, gate: g, verdict: pass }] }] }] }`,
    );
    const fields = read.ok ? [] : read.problems.flatMap(({ accepted = '' }) => accepted.split(', '));
    expect(fields).toHaveLength(32);
    const reference = await page('reference/tests.md');
    for (const field of [...fields, ...REASONS]) expect(reference).toMatch(new RegExp(`[\`.]${field}\``));
  });
});
