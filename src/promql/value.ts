// What an expression evaluates to, and the one error an evaluation may end in.
// Never computes. Made by evaluate.ts; read by metrics and analysis.
import type { Labels, SeriesData } from '../series/series.ts';

/** One series' value at the instant of evaluation. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

export type Value =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'vector'; readonly samples: readonly Sample[] }
  | { readonly kind: 'matrix'; readonly series: readonly SeriesData[] };

export type ValueType = Value['kind'];

/** The types as Prometheus' messages call them. */
export const typeName: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  string: 'string',
  vector: 'instant vector',
  matrix: 'range vector',
};

/** The samples at hand do not allow the operation; the message is Prometheus' own. Nothing else leaves an evaluation. */
export class PromqlEvaluationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PromqlEvaluationError';
  }
}
