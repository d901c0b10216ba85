// One pass over a row of steps: the query's own (one step for an instant query) or those of a subquery. Each selector is
// read once for all steps, each subquery is a pass of its own, and what does not change from step to step is kept.
// Never knows operators or functions (walk.ts does). Made by evaluate.ts, range.ts and, for subqueries, by itself.
import type { Millis } from '../lib/clock.ts';
import type { Labels, SeriesData } from '../series/series.ts';
import type { At, Expr, MatrixSelector, Moment, SubqueryExpr, VectorSelector } from './ast.ts';
import type { Evaluation, TimedSample } from './functions/function.ts';
import { Track, type Window } from './functions/window.ts';
import { isInvariant } from './invariant.ts';
import { Matrix } from './matrix.ts';
import type { Query } from './query.ts';
import { newestSamples, trackOf, windowsOf } from './select.ts';
import { PromqlEvaluationError, type Sample, type Value } from './value.ts';
import { evaluated } from './walk.ts';

/** `startMs`, then every `stepMs` up to and including `endMs`. */
export interface Steps {
  readonly startMs: Millis;
  readonly endMs: Millis;
  readonly stepMs: number;
}

export const oneStep = (at: Millis): Steps => ({ startMs: at, endMs: at, stepMs: 1 });

type RangeExpr = MatrixSelector | SubqueryExpr;

export class Pass {
  readonly query: Query;
  private readonly steps: Steps;
  private readonly count: number;
  private readonly series = new Map<VectorSelector, readonly SeriesData[]>();
  private readonly tracks = new Map<RangeExpr, readonly Track[]>();
  private readonly constants = new Map<Expr, Value | undefined>();
  private readonly scalars = new Map<Expr, Float64Array>();
  private readonly keepings = new Map<object, unknown>();
  private readonly remembered = new Map<object, unknown>();

  constructor(query: Query, steps: Steps) {
    this.query = query;
    this.steps = steps;
    this.count = Math.max(0, Math.floor((steps.endMs - steps.startMs) / steps.stepMs) + 1);
    query.budget.steps(this.count);
  }

  /** There may be more than one step, so that keeping things is worth its while. */
  get stepped(): boolean {
    return this.steps.startMs !== this.steps.endMs;
  }

  at(time: Millis): Evaluation {
    return new Step(this, time);
  }

  /** The expression, which is a scalar or an instant vector, at every step, as series. */
  matrix(expr: Expr): readonly SeriesData[] {
    const matrix = new Matrix(this.query.budget);
    for (const time of this.times()) {
      const value = this.at(time).value(expr);
      if (value.kind === 'scalar') matrix.add(NO_LABELS, time, value.value);
      else if (value.kind === 'vector')
        for (const sample of value.samples) matrix.add(sample.labels, time, sample.value);
      else throw new Error(`no ${value.kind} at every step: trees are made by parse()`);
    }
    return matrix.series();
  }

  private *times(): Generator<Millis> {
    const { startMs, stepMs } = this.steps;
    for (let index = 0; index < this.count; index += 1) yield startMs + index * stepMs;
  }

  everyStep(expr: Expr): Float64Array {
    return once(this.scalars, expr, () => Float64Array.from(this.times(), (time) => this.at(time).scalar(expr)));
  }

  /** The value of an expression that is the same at every step; undefined for all others. */
  constant(expr: Expr): Value | undefined {
    return once(this.constants, expr, () =>
      isInvariant(expr)
        ? new Pass(this.query, oneStep(this.steps.startMs)).at(this.steps.startMs).value(expr)
        : undefined,
    );
  }

  kept<T>(owner: object, make: () => T): T {
    return this.stepped ? (once(this.keepings, owner, make) as T) : make();
  }

  perSeries<T>(fn: (labels: Labels) => T): (labels: Labels) => T {
    if (!this.stepped) return fn;
    const answers = new Map<Labels, T>();
    return once(this.remembered, fn, () => (labels: Labels) => once(answers, labels, () => fn(labels))) as (
      labels: Labels,
    ) => T;
  }

  instant(selector: VectorSelector, at: Millis): readonly TimedSample[] {
    const { lookbackMs } = this.query;
    const series = once(this.series, selector, () => this.read(selector, selector, lookbackMs));
    return newestSamples(series, this.moment(selector, at), lookbackMs);
  }

  windows(range: RangeExpr, at: Millis): readonly Window[] {
    const moment = range.kind === 'subquery' ? range : range.selector;
    const tracks = once(this.tracks, range, () => {
      if (range.kind === 'subquery') return this.subquery(range).map((series) => new Track(series));
      return this.read(range.selector, moment, range.rangeMs).map(trackOf);
    });
    return windowsOf(tracks, this.moment(moment, at), range.rangeMs, this.query.budget);
  }

  /** What a selector selects at any step. */
  private read({ matchers }: VectorSelector, moment: Moment, lengthMs: number): readonly SeriesData[] {
    const { startMs, stepMs } = this.steps;
    const first = this.moment(moment, startMs) - lengthMs;
    const last = this.moment(moment, startMs + (this.count - 1) * stepMs);
    return this.query.reader.select(matchers, first, last);
  }

  /** The steps of a subquery are multiples of its step, so that they are the same ones whenever it is asked. */
  private subquery(subquery: SubqueryExpr): readonly SeriesData[] {
    const { startMs, stepMs } = this.steps;
    const step = Math.trunc(subquery.stepMs ?? this.query.subqueryStepMs);
    if (step < 1) throw new PromqlEvaluationError('the step of a subquery is too small');
    const before = this.moment(subquery, startMs) - Math.trunc(subquery.rangeMs);
    const steps = {
      startMs: (Math.floor(before / step) + 1) * step,
      endMs: this.moment(subquery, startMs + (this.count - 1) * stepMs),
      stepMs: step,
    };
    return new Pass(this.query, steps).matrix(subquery.expr);
  }

  /** When a selector or subquery looks, if it is evaluated at `at`. Prometheus counts offsets in whole milliseconds. */
  private moment({ offsetMs, at: fixed }: Moment, at: Millis): Millis {
    return (fixed === undefined ? at : this.time(fixed)) - Math.trunc(offsetMs);
  }

  private time(at: At): Millis {
    return typeof at === 'number' ? at : this.query.bounds[at];
  }
}

const NO_LABELS: Labels = {};

/** One instant of a pass. */
class Step implements Evaluation {
  readonly at: Millis;
  private readonly pass: Pass;
  constructor(pass: Pass, at: Millis) {
    this.pass = pass;
    this.at = at;
  }
  get stepped() {
    return this.pass.stepped;
  }
  get notes() {
    return this.pass.query.notes;
  }
  get bounds() {
    return this.pass.query.bounds;
  }
  value(expr: Expr): Value {
    if (!this.pass.stepped || expr.kind === 'number' || expr.kind === 'string') return evaluated(expr, this);
    return this.pass.constant(expr) ?? evaluated(expr, this);
  }
  vector(expr: Expr): readonly Sample[] {
    const value = this.value(expr);
    if (value.kind !== 'vector')
      throw new Error(`an instant vector was due, not a ${value.kind}: trees are made by parse()`);
    return value.samples;
  }
  scalar(expr: Expr): number {
    const value = this.value(expr);
    if (value.kind !== 'scalar') throw new Error(`a scalar was due, not a ${value.kind}: trees are made by parse()`);
    return value.value;
  }
  everyStep(expr: Expr): Float64Array {
    return this.pass.everyStep(expr);
  }
  instant(selector: VectorSelector): readonly TimedSample[] {
    return this.pass.instant(selector, this.at);
  }
  windows(range: RangeExpr): readonly Window[] {
    return this.pass.windows(range, this.at);
  }
  kept<T>(owner: object, make: () => T): T {
    return this.pass.kept(owner, make);
  }
  perSeries<T>(fn: (labels: Labels) => T): (labels: Labels) => T {
    return this.pass.perSeries(fn);
  }
}

function once<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const value = known.get(key);
  if (value !== undefined || known.has(key)) return value as V;
  const made = make();
  known.set(key, made);
  return made;
}
