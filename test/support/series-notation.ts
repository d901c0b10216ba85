// Series in the notation of Prometheus' own rule tests ('up{job="api"}': '0+10x5 _ stale') as a store; and queries asked of it.
// Never random; time begins at 0 and each sample is one interval later. Called by tests of promql.
import { parseDuration } from '../../src/lib/duration.ts';
import type { Expr } from '../../src/promql/ast.ts';
import { type EvaluateOptions, evaluate } from '../../src/promql/evaluate.ts';
import { parse } from '../../src/promql/parse.ts';
import type { Sample } from '../../src/promql/value.ts';
import type { Labels, SeriesReader } from '../../src/series/series.ts';
import { createStore } from '../../src/series/store.ts';

export function expression(text: string): Expr {
  const parsed = parse(text);
  if (parsed.ok) return parsed.value;
  throw new Error(parsed.problems.map(({ message, place }) => `${place.line}:${place.column} ${message}`).join('; '));
}

/** A store that holds the given series; the notation is promtool's: `a+bxn` n steps after a, `_` no sample, `stale`. */
export function given(interval: string, series: Readonly<Record<string, string>>): SeriesReader {
  const store = createStore({ retentionMs: 1e12 });
  const intervalMs = parseDuration(interval) ?? Number.NaN;
  for (const [selector, notation] of Object.entries(series)) {
    const labels = labelsOf(selector);
    for (const [index, value] of notation.split(/\s+/).flatMap(expanded).entries()) {
      if (value === 'stale') store.appendStale(labels, index * intervalMs);
      else if (value !== '_') store.append(labels, index * intervalMs, value);
    }
  }
  return store;
}

export function labelsOf(selector: string): Labels {
  const expr = expression(selector);
  if (expr.kind !== 'vectorSelector') throw new Error(`no series: ${selector}`);
  return Object.fromEntries(expr.matchers.map(({ name, value }) => [name, value]));
}

function expanded(token: string): readonly (number | 'stale' | '_')[] {
  const [start = '', times] = token.split('x');
  if (start === '_') return Array(Number(times ?? 1)).fill('_');
  if (start === 'stale') return ['stale'];
  const [, from = '', step = '0'] = /^([-+]?[\d.eE]+|[-+]?Inf|NaN)([-+][\d.eE]+)?$/.exec(start) ?? [];
  if (from === '') throw new Error(`not a value: ${token}`);
  const first = Number(from.replace('Inf', 'Infinity'));
  return Array.from({ length: Number(times ?? 0) + 1 }, (_, index) => first + index * Number(step));
}

/** What a query answers at a time: a number, a text, or vectors as series to value(s), with names as Prometheus prints them. */
export type Answer = number | string | Readonly<Record<string, number | readonly number[]>>;

export function ask(reader: SeriesReader, query: string, at = '0', options: EvaluateOptions = {}): Answer {
  const value = evaluate(expression(query), reader, parseDuration(at) ?? Number.NaN, options);
  if (value.kind === 'vector') return answer(value.samples);
  if (value.kind === 'matrix')
    return Object.fromEntries(value.series.map(({ labels, values }) => [named(labels), [...values]]));
  return value.value;
}

const answer = (samples: readonly Sample[]): Answer =>
  Object.fromEntries(samples.map(({ labels, value }) => [named(labels), value]));

function named({ __name__ = '', ...rest }: Labels): string {
  const pairs = Object.entries(rest)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}="${value}"`);
  return `${__name__}{${pairs.join(',')}}`;
}

/** To twelve digits, so that numbers computed in another order compare equal; NaN and infinities as they are. */
export const rounded = (value: number): number => (Number.isFinite(value) ? Number(value.toPrecision(12)) : value);
