// One entry of promql_expr_test: the query's result against the samples that are expected, in any order, as promtool compares them.
// Never rounds: floats are equal or, where the file says so, neighbours. Called by run.ts.
import type { Millis } from '../lib/clock.ts';
import type { Problem } from '../lib/problem.ts';
import { formatGoFloat } from '../promql/go-float.ts';
import { compareLabels } from '../promql/labels.ts';
import { quote } from '../promql/literals.ts';
import { PromqlEvaluationError, type Sample } from '../promql/value.ts';
import { NAME } from '../series/labels.ts';
import type { SeriesReader } from '../series/series.ts';
import { type Decoding, report } from './decode.ts';
import { formatPrometheusDuration } from './duration.ts';
import type { ExpressionSpec, SampleSpec } from './format.ts';
import { type Pair, readMetric } from './notation/metric.ts';
import { ask } from './query.ts';
import type { CheckResult, DiffLine } from './result.ts';
import { exprAt } from './rules/file.ts';
import type { TreeFile } from './tree.ts';

export interface ExpressionWorld {
  readonly file: TreeFile;
  readonly reader: SeriesReader;
  readonly start: Millis;
  readonly subqueryStepMs: number;
  readonly fuzzy: boolean;
}

interface Expected {
  readonly pairs: readonly Pair[];
  readonly value: number;
}

export function checkExpression(spec: ExpressionSpec, world: ExpressionWorld): CheckResult {
  const { expr: subject, eval_time = 0, exp_samples = [], path } = spec;
  const problems: Problem[] = [];
  const decoding = { file: world.file, problems };
  const expr = exprAt(subject, [...path, 'expr'], decoding);
  const expected = exp_samples.flatMap((one) => expectedOf(one, decoding) ?? []);
  const told = { kind: 'expression' as const, subject, evalTime: formatPrometheusDuration(eval_time) };
  if (expr === undefined || problems.length > 0) return { ...told, outcome: 'error', diff: [], notes: [], problems };
  try {
    const { subqueryStepMs, start, reader, fuzzy } = world;
    const got = ask(expr, reader, start + eval_time, subqueryStepMs);
    const { diff, notes } = compared(expected, got, fuzzy);
    const failed = diff.some(({ side }) => side !== 'both');
    return { ...told, outcome: failed ? 'failed' : 'passed', diff: failed ? diff : [], notes, problems };
  } catch (error) {
    if (!(error instanceof PromqlEvaluationError)) throw error;
    const diff = expected.map((one): DiffLine => ({ side: 'expected', text: lineOf(one.pairs, one.value) }));
    return { ...told, outcome: 'failed', diff, notes: [`the query failed: ${error.message}`], problems };
  }
}

function expectedOf({ labels = '', value = 0, path }: SampleSpec, decoding: Decoding): Expected | undefined {
  const metric = readMetric(labels, { blanks: true });
  const rest = 'message' in metric ? 0 : labels.slice(metric.end).search(/\S/);
  const fault =
    'message' in metric
      ? metric
      : rest >= 0
        ? { offset: metric.end + rest, message: 'text after the labels' }
        : undefined;
  if (fault === undefined) return 'message' in metric ? undefined : { pairs: metric.pairs, value };
  const at = [...path, 'labels'];
  report(decoding, at, { message: fault.message, found: labels, accepted: 'labels such as up{job="api"}, or {}' });
  return undefined;
}

const byName = ([a]: Pair, [b]: Pair): number => (a < b ? -1 : a > b ? 1 : 0);
const pairsOf = ({ labels }: Sample): readonly Pair[] => Object.entries(labels).toSorted(byName);

function compared(expected: readonly Expected[], got: readonly Sample[], fuzzy: boolean) {
  const sorted = got.toSorted((a, b) => compareLabels(a.labels, b.labels));
  const left = new Map(sorted.map((sample) => [JSON.stringify(pairsOf(sample)), sample]));
  const diff: DiffLine[] = [];
  let nan = false;
  for (const { pairs, value } of expected) {
    const key = JSON.stringify(pairs);
    const sample = left.get(key);
    const equal = sample !== undefined && isEqual(value, sample.value, fuzzy);
    diff.push({ side: equal ? 'both' : 'expected', text: lineOf(pairs, value) });
    if (sample !== undefined && !equal) diff.push({ side: 'got', text: lineOf(pairs, sample.value) });
    nan ||= sample !== undefined && Number.isNaN(value) && Number.isNaN(sample.value);
    // Each sample answers one expectation.
    left.delete(key);
  }
  for (const sample of left.values()) diff.push({ side: 'got', text: lineOf(pairsOf(sample), sample.value) });
  return {
    diff,
    notes: nan ? ['NaN equals nothing, not even NaN (promtool has it so): compare with `!=` itself'] : [],
  };
}

const isEqual = (a: number, b: number, fuzzy: boolean): boolean => a === b || (fuzzy && areNeighbours(a, b));

/** Whether no float lies between them: in IEEE 754 neighbours' bits differ by one, but around nought. */
function areNeighbours(a: number, b: number): boolean {
  if (a === 0) return Math.abs(b) === Number.MIN_VALUE;
  const [bits = 0n] = new BigInt64Array(new Float64Array([a]).buffer);
  return [bits - 1n, bits + 1n].some((next) => new Float64Array(new BigInt64Array([next]).buffer)[0] === b);
}

function lineOf(pairs: readonly Pair[], value: number): string {
  const name = pairs.find(([label]) => label === NAME)?.[1] ?? '';
  const bare = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
  const labels = pairs
    .filter(([label]) => label !== NAME)
    .map(([label, text]) => `${/^[a-zA-Z_]\w*$/.test(label) ? label : quote(label)}=${quote(text)}`);
  const inside = bare || name === '' ? labels : [quote(name), ...labels];
  const braces = inside.length === 0 && bare ? '' : `{${inside.join(', ')}}`;
  return `${bare ? name : ''}${braces} ${formatGoFloat(value)}`;
}
