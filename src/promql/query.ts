// One query being answered: whom it reads from, what its words mean, and how much it may still take.
// Never evaluates. Made by evaluate.ts and range.ts; handed through every pass.
import type { SeriesReader } from '../series/series.ts';
import type { Bounds } from './functions/function.ts';
import type { Annotation, Notes } from './notes.ts';
import { PromqlEvaluationError } from './value.ts';

/** Prometheus' default: how long a series counts as present after its last sample. */
export const DEFAULT_LOOKBACK_MS = 5 * 60_000;
/** Prometheus' default for subqueries without a step: its global evaluation interval. */
export const DEFAULT_SUBQUERY_STEP_MS = 60_000;

/** What a query may take at most; the defaults stop it after seconds, not minutes. */
export interface Limits {
  /** Of a range query or of one subquery. */
  readonly steps: number;
  /** Results of subqueries and of the range query, as Prometheus' query.max-samples. */
  readonly samples: number;
  /** Samples that range functions look at, together. */
  readonly reads: number;
}

export const DEFAULT_LIMITS: Limits = { steps: 1_000_000, samples: 50_000_000, reads: 2_000_000_000 };

export interface QueryOptions {
  /** How far instant selectors look back for a series' newest sample, milliseconds. */
  readonly lookbackMs?: number;
  /** The step of subqueries without one, milliseconds. */
  readonly subqueryStepMs?: number;
  /** Hears Prometheus' warnings and infos, each once, when the evaluation ends. */
  readonly note?: (annotation: Annotation) => void;
  readonly limits?: Partial<Limits>;
}

export interface Query {
  readonly reader: SeriesReader;
  readonly lookbackMs: number;
  readonly subqueryStepMs: number;
  readonly bounds: Bounds;
  /** Undefined when nobody listens. */
  readonly notes: Notes | undefined;
  readonly budget: Budget;
}

export class Budget {
  private readonly mostSteps: number;
  private samplesLeft: number;
  private readsLeft: number;
  constructor({ steps, samples, reads }: Limits) {
    this.mostSteps = steps;
    this.samplesLeft = samples;
    this.readsLeft = reads;
  }
  steps(count: number): void {
    if (!(count <= this.mostSteps)) throw new PromqlEvaluationError(TOO_MANY);
  }
  samples(count: number): void {
    this.samplesLeft -= count;
    if (this.samplesLeft < 0) throw new PromqlEvaluationError(TOO_MANY);
  }
  reads(count: number): void {
    this.readsLeft -= count;
    if (this.readsLeft < 0) throw new PromqlEvaluationError(TOO_LONG);
  }
}

const TOO_MANY = 'query processing would load too many samples into memory in query execution';
// Prometheus stops a query after two minutes; work is counted here, so that the same query always ends the same way.
const TOO_LONG = 'query timed out in expression evaluation';
