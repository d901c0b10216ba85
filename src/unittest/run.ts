// One file of tests, run: each test in a world of its own, its rules evaluated through time, its checks asked at the end.
// Never opens a file (it gets what rule_files and manifests name) and never prints. The room's front door, with format.ts.
import type { Loaded } from '../api/load.ts';
import type { Problem } from '../lib/problem.ts';
import { report } from './decode.ts';
import { formatPrometheusDuration } from './duration.ts';
import { checkExpression } from './expression.ts';
import type { GateSpec, TestFile, TestSpec } from './format.ts';
import { checkGates } from './gate.ts';
import { type Loaded as Input, readInput, type SeriesFault } from './notation/series.ts';
import { type CheckResult, type FileResult, type TestResult, worst } from './result.ts';
import type { RuleGroup } from './rules/file.ts';
import { createGroup } from './rules/group.ts';
import { createWorld, type World } from './world.ts';

/** What the file names, read. */
export interface Given {
  /** Of all rule files, in their order. */
  readonly groups: readonly RuleGroup[];
  readonly manifests: Loaded;
}

export async function runFile(file: TestFile, given: Given): Promise<FileResult> {
  const tests: TestResult[] = [];
  for (const test of file.tests) tests.push(await runTest(test, file, given));
  return { file: file.source.name, outcome: worst(tests.map(({ outcome }) => outcome)), tests, problems: [] };
}

async function runTest(test: TestSpec, file: TestFile, given: Given): Promise<TestResult> {
  const { name } = test;
  const input = readInput(test.input);
  if ('message' in input) {
    const problems = [seriesProblem(input, test, file)];
    return { name, outcome: 'error', checks: [], notes: [], problems };
  }
  const world = createWorld(input.series, test.startMs, test.intervalMs);
  const notes = throughTime(test, file, given, world);
  if (notes.length > 0) return { name, outcome: 'failed', checks: [], notes, problems: [] };
  const checks: CheckResult[] = test.expressions.map((one) =>
    checkExpression(one, {
      file: file.source,
      reader: world.reader,
      start: test.startMs,
      subqueryStepMs: file.evaluationIntervalMs,
      fuzzy: file.fuzzy,
    }),
  );
  checks.push(...(await gateChecks(test, file, given, input)));
  const dropped = input.dropped === 0 ? [] : [droppedNote(input.dropped)];
  return { name, outcome: worst(checks.map(({ outcome }) => outcome)), checks, notes: dropped, problems: [] };
}

/**
 * As promtool has it: samples come in and rules are evaluated at every evaluation_interval up to the last check, whatever
 * interval their group has. Samples after the last such instant stay out. Ends at the first instant at which a rule fails.
 */
function throughTime(
  test: TestSpec,
  file: TestFile,
  given: Given,
  world: World,
  last = lastOf(test),
): readonly string[] {
  const { evaluationIntervalMs: every } = file;
  const options = { world, subqueryStepMs: every, external: test.external };
  const groups = inOrder(given.groups, file.groupOrder).map((group) => createGroup(group, options));
  // Nothing happens on the way where there are no rules.
  const first = groups.length === 0 ? last - (last % every) : 0;
  for (let passed = first; passed <= last; passed += every) {
    const at = test.startMs + passed;
    world.loadUntil(at);
    const failures = groups.flatMap((group) => group.evaluate(at));
    if (failures.length > 0)
      return failures.map(({ rule, message }) => `rule ${rule} at ${formatPrometheusDuration(passed)}: ${message}`);
  }
  return [];
}

const lastOf = ({ expressions }: TestSpec): number => Math.max(0, ...expressions.map(({ eval_time = 0 }) => eval_time));

/** Groups that the order does not name are with its first; one group of a file that is named twice counts once. */
function inOrder(groups: readonly RuleGroup[], order: readonly string[]): readonly RuleGroup[] {
  const unique = new Map(groups.map((group) => [`${group.file};${group.name}`, group]));
  const rank = ({ name }: RuleGroup): number => Math.max(0, order.indexOf(name));
  return [...unique.values()].toSorted((a, b) => rank(a) - rank(b));
}

/** Each in a world of its own, with the samples up to its time: judging looks back, but `@ end()` and negative offsets need not. */
async function gateChecks(test: TestSpec, file: TestFile, given: Given, input: Input): Promise<readonly CheckResult[]> {
  const checks: CheckResult[] = [];
  for (const gate of test.gates) {
    const world = createWorld(input.series, test.startMs, test.intervalMs);
    // Rules that a gate reads are evaluated as they are for expressions.
    const notes = throughTime(test, file, given, world, gate.eval_time);
    world.loadUntil(test.startMs + gate.eval_time);
    const asked = {
      file: file.source,
      manifests: given.manifests,
      reader: world.reader,
      start: test.startMs,
      scrapeIntervalMs: test.intervalMs,
    };
    checks.push(...(notes.length > 0 ? [ruleFailed(gate, notes)] : await checkGates(gate, asked)));
  }
  return checks;
}

const ruleFailed = ({ eval_time, exp_verdicts }: GateSpec, notes: readonly string[]): CheckResult => ({
  kind: 'gate',
  subject: exp_verdicts.map(({ gate }) => gate).join(', '),
  evalTime: formatPrometheusDuration(eval_time),
  outcome: 'failed',
  diff: [],
  notes,
  problems: [],
});

function seriesProblem(fault: SeriesFault, test: TestSpec, { source }: TestFile): Problem {
  const { index, field, offset, message, unsupported } = fault;
  const one = test.input[index];
  const problems: Problem[] = [];
  const path = [...(one?.path ?? test.path), ...(field === undefined ? [] : [field])];
  const written = field === undefined || one === undefined ? '' : one[field];
  report({ file: source, problems }, path, {
    code: unsupported === true ? 'SRN1007' : 'SRN1004',
    message,
    found: JSON.stringify(written.slice(Math.max(0, offset - 10), offset + 30)),
    accepted:
      field === 'series' ? 'a series such as up{job="api"}' : 'values such as 0+10x5, 1 2 3, _x3, stale, NaN, Inf',
  });
  const [problem] = problems;
  if (problem === undefined) throw new Error('a problem was reported');
  return field === undefined
    ? problem
    : { ...problem, place: { ...problem.place, ...source.placeInText(path, 1, offset + 1) } };
}

const droppedNote = (count: number): string =>
  `${count === 1 ? 'the last input series is' : `the last ${count} input series are`} not read: a line break ends the values before, and with them the list (promtool has it so); write \`>-\` for \`>\` or \`|\``;
