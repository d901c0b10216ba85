// What a query answers, in one shape for both sides; and what Serin answers.
// Never compares (compare.ts does). Called by the differential test and its asking of Prometheus.
import { evaluate } from '../../src/promql/evaluate.ts';
import { type Annotation, formatAnnotation } from '../../src/promql/notes.ts';
import { parse } from '../../src/promql/parse.ts';
import { evaluateRange } from '../../src/promql/range.ts';
import { PromqlEvaluationError, type Value } from '../../src/promql/value.ts';
import type { Labels, SeriesReader } from '../../src/series/series.ts';

/** When a query is asked: at one instant, or at each step of a range; milliseconds. */
export type When =
  | { readonly at: number }
  | { readonly startMs: number; readonly endMs: number; readonly stepMs: number };

export interface Question {
  readonly query: string;
  readonly when: When;
}

export interface Series {
  readonly labels: Labels;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

export type Answer =
  | {
      readonly kind: 'scalar' | 'vector' | 'matrix';
      readonly series: readonly Series[];
      /** Warnings and infos, as texts in the order of the alphabet. */
      readonly notes: readonly string[];
    }
  | { readonly kind: 'string'; readonly text: string; readonly notes: readonly string[] }
  /** `code`: of Serin's problem, or the type of Prometheus' error. All messages there are. */
  | { readonly kind: 'error'; readonly code: string; readonly messages: readonly string[] };

export function askSerin(reader: SeriesReader, { query, when }: Question): Answer {
  const parsed = parse(query);
  if (!parsed.ok) {
    const [first] = parsed.problems;
    return { kind: 'error', code: first?.code ?? '', messages: parsed.problems.map(({ message }) => message) };
  }
  const notes: string[] = [];
  const note = (annotation: Annotation) => notes.push(formatAnnotation(annotation, query));
  try {
    const value =
      'at' in when
        ? evaluate(parsed.value, reader, when.at, { note })
        : evaluateRange(parsed.value, reader, when, { note });
    return answerOf(value, 'at' in when ? when.at : when.startMs, notes.toSorted());
  } catch (error) {
    if (!(error instanceof PromqlEvaluationError)) throw error;
    return { kind: 'error', code: 'evaluation', messages: [error.message] };
  }
}

function answerOf(value: Value, at: number, notes: readonly string[]): Answer {
  const one = (labels: Labels, number: number): Series => ({ labels, times: [at], values: [number] });
  switch (value.kind) {
    case 'string':
      return { kind: 'string', text: value.value, notes };
    case 'scalar':
      return { kind: 'scalar', series: [one({}, value.value)], notes };
    case 'vector':
      return { kind: 'vector', series: value.samples.map((sample) => one(sample.labels, sample.value)), notes };
    case 'matrix':
      return {
        kind: 'matrix',
        series: value.series.map(({ labels, times, values }) => ({ labels, times: [...times], values: [...values] })),
        notes,
      };
  }
}
