// Whether two answers are the same: labels exactly, values to 1e-9 relative, order where Prometheus specifies it.
// Never asks anybody. Called by the differential test.
import type { Expr } from '../../src/promql/ast.ts';
import { unwrapped } from '../../src/promql/ast.ts';
import { parse } from '../../src/promql/parse.ts';
import type { Labels } from '../../src/series/series.ts';
import type { Answer, Series } from './answer.ts';

const TOLERANCE = 1e-9;

/** What differs, in one sentence; undefined when nothing does. */
export function difference(query: string, serin: Answer, prometheus: Answer): string | undefined {
  if (serin.kind === 'error' && prometheus.kind === 'error') return differentError(serin, prometheus);
  if (serin.kind === 'error') return `Serin refuses: ${serin.code} ${serin.messages.join('; ')}`;
  if (prometheus.kind === 'error') return `Prometheus refuses: ${prometheus.code} ${prometheus.messages.join('; ')}`;
  if (serin.kind !== prometheus.kind) return `a ${serin.kind}, not a ${prometheus.kind}`;
  const values =
    serin.kind === 'string' || prometheus.kind === 'string'
      ? differentText(serin, prometheus)
      : differentSeries(serin.series, prometheus.series, orderOf(query, serin.kind));
  return values ?? differentNotes(serin.notes, prometheus.notes);
}

type Refusal = Extract<Answer, { kind: 'error' }>;

/** Syntax errors are worded by each on its own; everything else in Prometheus' words. */
function differentError(serin: Refusal, prometheus: Refusal): string | undefined {
  if (serin.code === 'SRN1402') return `not supported: ${serin.messages.join('; ')}`;
  if (serin.code === 'SRN1401') return undefined;
  const theirs = prometheus.messages.join('; ');
  return serin.messages.some((message) => fragments(message).every((fragment) => theirs.includes(fragment)))
    ? undefined
    : `fails with ${JSON.stringify(serin.messages)}, not with ${JSON.stringify(theirs)}`;
}

/** Which of many duplicates an error names is as it happens: of that message only what it says of them all is compared. */
function fragments(message: string): readonly string[] {
  const duplicates =
    /^(found duplicate series for the match group) .* (on the (?:left|right) hand-side of the operation: )/;
  return duplicates.exec(message)?.slice(1) ?? [message];
}

function differentText(serin: Answer, prometheus: Answer): string | undefined {
  return serin.kind === 'string' && prometheus.kind === 'string' && serin.text === prometheus.text
    ? undefined
    : 'another text';
}

/** `exact`: series by series. `values`: those of equal value in any order. `none`: in any order. */
type Order = 'exact' | 'values' | 'none';

function orderOf(query: string, kind: Answer['kind']): Order {
  if (kind === 'matrix') return 'exact';
  const parsed = parse(query);
  const root = parsed.ok ? unwrapped(parsed.value) : undefined;
  return root === undefined ? 'none' : orderOfExpression(root);
}

function orderOfExpression(root: Expr): Order {
  if (root.kind === 'aggregate') return root.op === 'topk' || root.op === 'bottomk' ? 'values' : 'none';
  if (root.kind !== 'call') return 'none';
  if (root.name.startsWith('sort_by_label')) return 'exact';
  return root.name === 'sort' || root.name === 'sort_desc' ? 'values' : 'none';
}

function differentSeries(serin: readonly Series[], prometheus: readonly Series[], order: Order): string | undefined {
  if (serin.length !== prometheus.length) return `${serin.length} series, not ${prometheus.length}`;
  const inOrder = pairs(serin, prometheus);
  if (order === 'values') {
    const wrong = inOrder.find(([ours, theirs]) => differentNumber(ours.values[0], theirs.values[0]));
    if (wrong !== undefined) return `another order: ${shown(wrong[0])}, not ${shown(wrong[1])}`;
  }
  const matched = order === 'exact' ? inOrder : pairs(byLabels(serin), byLabels(prometheus));
  for (const [ours, theirs] of matched) {
    if (keyOf(ours.labels) !== keyOf(theirs.labels))
      return `another ${order === 'exact' ? 'order or other labels' : 'series'}: ${shown(ours)}, not ${shown(theirs)}`;
    const wrong = differentSamples(ours, theirs);
    if (wrong !== undefined) return `${keyOf(ours.labels)}: ${wrong}`;
  }
  return undefined;
}

const pairs = (a: readonly Series[], b: readonly Series[]): [Series, Series][] =>
  a.flatMap((one, index): [Series, Series][] => {
    const other = b[index];
    return other === undefined ? [] : [[one, other]];
  });

const keyOf = (labels: Labels): string => JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));

const byLabels = (series: readonly Series[]): readonly Series[] =>
  series
    .map((one) => ({ one, key: keyOf(one.labels) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ one }) => one);

function differentSamples(ours: Series, theirs: Series): string | undefined {
  if (ours.times.length !== theirs.times.length) return `${ours.times.length} samples, not ${theirs.times.length}`;
  for (const [index, time] of ours.times.entries()) {
    if (time !== theirs.times[index]) return `a sample at ${time}, not ${theirs.times[index]}`;
    if (differentNumber(ours.values[index], theirs.values[index]))
      return `${ours.values[index]}, not ${theirs.values[index]}, at ${time}`;
  }
  return undefined;
}

/** NaN equals NaN, and both zeros are zero. */
function differentNumber(a = Number.NaN, b = Number.NaN): boolean {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) !== Number.isNaN(b);
  if (a === b) return false;
  return !(Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b)));
}

/** Prometheus shows ten of a kind, whichever; of more only the number is known. */
const SHOWN = 10;

function differentNotes(serin: readonly string[], prometheus: readonly string[]): string | undefined {
  for (const level of ['warning', 'info']) {
    const ours = serin.filter((note) => note.startsWith(`PromQL ${level}`));
    const theirs = prometheus.filter((note) => note.startsWith(`PromQL ${level}`));
    const more = prometheus.map((note) => new RegExp(`^(\\d+) more ${level} annotations omitted$`).exec(note)?.[1]);
    const omitted = Number(more.find((count) => count !== undefined) ?? 0);
    const same =
      omitted > 0
        ? ours.length === SHOWN + omitted && theirs.every((note) => ours.includes(note))
        : ours.join('\n') === theirs.join('\n');
    if (!same) return `notes ${JSON.stringify(ours)}, not ${JSON.stringify(theirs)}`;
  }
  return undefined;
}

const shown = ({ labels, values }: Series): string => `${keyOf(labels)} ${values.slice(0, 3).join(' ')}`;
