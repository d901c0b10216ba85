// Prometheus' warnings and infos about a query that has an answer all the same, each told once, in its words.
// Never decides when one is due (functions and aggregations do). Made by evaluate.ts and range.ts for whoever listens.
import type { Millis } from '../lib/clock.ts';
import type { Span } from './ast.ts';
import { formatGoFloat } from './go-float.ts';

export interface Annotation {
  readonly level: 'warning' | 'info';
  /** As Prometheus words it, without the place in parentheses that it appends. */
  readonly message: string;
  /** The part of the query it is about. */
  readonly span: Span;
}

/** Where histogram_quantile's input had counts that fall from one bucket to the next. */
export interface Fall {
  readonly lowestBound: number;
  readonly highestBound: number;
  readonly largest: number;
}

interface Falls extends Fall {
  readonly span: Span;
  readonly count: number;
  readonly first: Millis;
  readonly last: Millis;
}

const MONOTONICITY =
  'input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)';

export class Notes {
  private readonly annotations = new Map<string, Annotation>();
  private falls: Falls | undefined;

  private add(level: Annotation['level'], text: string, { from, to }: Span): void {
    const message = `PromQL ${level}: ${text}`;
    this.annotations.set(message, { level, message, span: { from, to } });
  }

  invalidQuantile(q: number, span: Span): void {
    if (q >= 0 && q <= 1) return;
    this.add('warning', `quantile value should be between 0 and 1, got ${formatGoFloat(q)}`, span);
  }

  badBucketLabel(value: string, span: Span): void {
    const text = `bucket label "le" is missing or has a malformed value of ${JSON.stringify(value)}`;
    this.add('warning', text, span);
  }

  sortInRange(span: Span): void {
    const text = 'sort is ineffective for range queries since results are always ordered by labels';
    this.add('warning', text, span);
  }

  perhapsNoCounter(name: string, span: Span): void {
    if (name === '' || /_(?:total|sum|count|bucket)$/.test(name)) return;
    const text = `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${JSON.stringify(name)}`;
    this.add('info', text, span);
  }

  forcedMonotonicity(fall: Fall, at: Millis, span: Span): void {
    const before = this.falls ?? { ...fall, count: 0, first: at, last: at };
    this.falls = {
      span,
      lowestBound: Math.min(before.lowestBound, fall.lowestBound),
      highestBound: Math.max(before.highestBound, fall.highestBound),
      largest: Math.max(before.largest, fall.largest),
      count: before.count + 1,
      first: Math.min(before.first, at),
      last: Math.max(before.last, at),
    };
  }

  /** All of them, once the evaluation is over. */
  all(): readonly Annotation[] {
    const { falls } = this;
    if (falls === undefined) return [...this.annotations.values()];
    const { lowestBound, highestBound, largest, count, first, last, span } = falls;
    const message =
      `PromQL info: ${MONOTONICITY}, from buckets ${formatGoFloat(lowestBound)} to ${formatGoFloat(highestBound)}, ` +
      `with a max diff of ${formatGoFloat(largest, 2)}, over ${count} samples from ${rfc3339(first)} to ${rfc3339(last)}`;
    return [...this.annotations.values(), { level: 'info', message, span: { from: span.from, to: span.to } }];
  }
}

const rfc3339 = (time: Millis): string => new Date(Math.trunc(time / 1000) * 1000).toISOString().replace('.000Z', 'Z');

/** The annotation as Prometheus' API gives it: with the line and column (from 1, in bytes of UTF-8) where its part begins. */
export function formatAnnotation({ message, span }: Annotation, query: string): string {
  const before = query.slice(0, span.from);
  const line = before.slice(before.lastIndexOf('\n') + 1);
  return `${message} (${before.split('\n').length}:${new TextEncoder().encode(line).length + 1})`;
}
