// The file of tests: promtool's unit-test format, and Serin's `manifests` and `gate_test` beside it; strict, every field by name.
// Never reads the files it names and never runs a test. Called by the command line, which then calls run.ts.
import { MOST_BYTES, tooLarge } from '../api/file-size.ts';
import type { Path } from '../api/path.ts';
import type { Millis } from '../lib/clock.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import {
  type Decode,
  type Decoding,
  duration,
  filled,
  flag,
  list,
  map,
  number,
  oneOf,
  type Placed,
  refused,
  report,
  text,
  texts,
} from './decode.ts';
import { REASONS, VERDICTS } from './reasons.ts';
import { parseStart } from './start.ts';
import { readTree, type TreeFile } from './tree.ts';

type Decoded<D> = D extends Decode<infer T> ? T : never;

const sample = map({
  labels: text,
  value: number,
  histogram: refused('native histograms are not supported', 'labels and value'),
});
const expression = map({ expr: text, eval_time: duration, exp_samples: list(sample) }, ['expr']);

/** An empty one is a part of every message. */
const part: Decode<string> = (tree, decoding) => {
  const written = text(tree, decoding);
  if (written !== '') return written;
  const wrong = { message: 'an empty text tells nothing apart', accepted: 'a part of the message, or no `message`' };
  return report(decoding, tree.path, wrong);
};
const verdict = map({ gate: text, verdict: oneOf(VERDICTS), reason: oneOf(REASONS), message: part }, [
  'gate',
  'verdict',
]);
const NO_VERDICT = {
  message: 'a gate test expects at least one verdict',
  accepted: '{ gate: NAME, verdict: pass }, …',
};
const gate = map(
  {
    release: text,
    step: number,
    began: duration,
    eval_time: duration,
    exp_verdicts: filled(list(verdict), NO_VERDICT),
  },
  ['eval_time', 'exp_verdicts'],
);

const NO_ALERTS = 'promql_expr_test over ALERTS{alertname="…"}, or promtool for this file';
const test = map({
  name: text,
  interval: duration,
  input_series: list(map({ series: text, values: text }, ['series'])),
  promql_expr_test: list(expression),
  gate_test: list(gate),
  alert_rule_test: refused('tests of alerts are not supported', NO_ALERTS),
  external_labels: texts,
  external_url: text,
  start_timestamp: text,
});
const file = map({
  rule_files: list(text),
  evaluation_interval: duration,
  group_eval_order: list(text),
  fuzzy_compare: flag,
  manifests: list(text),
  tests: list(test),
});

export type ExpressionSpec = Decoded<typeof expression>;
export type SampleSpec = Decoded<typeof sample>;
export type GateSpec = Decoded<typeof gate>;
export type VerdictSpec = Decoded<typeof verdict>;

export interface TestSpec extends Placed {
  readonly name: string;
  readonly intervalMs: number;
  readonly startMs: Millis;
  readonly input: readonly { readonly series: string; readonly values: string; readonly path: Path }[];
  readonly expressions: readonly ExpressionSpec[];
  readonly gates: readonly GateSpec[];
  readonly external: { readonly labels: Readonly<Record<string, string>>; readonly url: string };
}

export interface TestFile {
  readonly source: TreeFile;
  /** Patterns, as they are written. */
  readonly ruleFiles: readonly string[];
  readonly manifests: readonly string[];
  readonly evaluationIntervalMs: number;
  readonly groupOrder: readonly string[];
  readonly fuzzy: boolean;
  readonly tests: readonly TestSpec[];
}

const DEFAULT_INTERVAL_MS = 60_000;

/** All problems at once: SRN1001 for YAML, SRN1003 to SRN1005 and SRN1007 for fields. */
export function readTestFile(name: string, content: string): Result<TestFile> {
  if (content.length > MOST_BYTES) return failed(tooLarge(name, `${content.length} characters`));
  const read = readTree(name, content);
  if (!read.ok) return read;
  const source = read.value;
  const problems: Problem[] = [];
  const decoding = { file: source, problems };
  const decoded = file(source.root, decoding) ?? { path: [] };
  const { evaluation_interval, group_eval_order: groupOrder = [] } = decoded;
  // Nought is as good as nothing, as promtool has it.
  const evaluationIntervalMs = evaluation_interval || DEFAULT_INTERVAL_MS;
  doubles(groupOrder, decoding);
  const tests = (decoded.tests ?? []).map((one, index) => specOf(one, index, evaluationIntervalMs, decoding));
  if (problems.length > 0) return failed(...problems);
  const { rule_files: ruleFiles = [], manifests = [], fuzzy_compare: fuzzy = false } = decoded;
  return ok({ source, ruleFiles, manifests, evaluationIntervalMs, groupOrder, fuzzy, tests });
}

function specOf(one: Decoded<typeof test>, index: number, every: number, decoding: Decoding): TestSpec {
  const { name, interval, input_series = [], promql_expr_test = [], gate_test = [], path } = one;
  return {
    path,
    name: name === undefined || name === '' ? `unnamed#${index}` : name,
    intervalMs: interval || every,
    startMs: startOf(one, decoding),
    input: input_series.map(({ values = '', ...rest }) => ({ ...rest, values })),
    expressions: promql_expr_test,
    gates: gate_test,
    external: { labels: one.external_labels ?? {}, url: one.external_url ?? '' },
  };
}

function startOf({ start_timestamp: written, path }: Decoded<typeof test>, decoding: Decoding): Millis {
  if (written === undefined) return 0;
  const start = parseStart(written);
  if (start !== undefined) return start;
  const accepted = 'seconds since 1970, or a time such as 2026-01-31T12:00:00Z';
  report(decoding, [...path, 'start_timestamp'], { message: 'not a time', found: JSON.stringify(written), accepted });
  return 0;
}

function doubles(order: readonly string[], decoding: Decoding): void {
  for (const [index, name] of order.entries())
    if (order.indexOf(name) < index)
      report(decoding, ['group_eval_order', index], {
        message: 'the group stands twice in the order',
        found: name,
        accepted: 'each group once',
      });
}
