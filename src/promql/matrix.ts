// Series put together from the vectors of many steps.
// Never sorts, never evaluates. Called by pass.ts.
import type { Millis } from '../lib/clock.ts';
import type { Labels, SeriesData } from '../series/series.ts';
import { identity } from './labels.ts';
import type { Budget } from './query.ts';

interface Row {
  readonly labels: Labels;
  readonly times: number[];
  readonly values: number[];
}

export class Matrix {
  // Label sets are remembered from step to step (Evaluation.perSeries), so most are found by what they are, not by what they hold.
  private readonly byObject = new Map<Labels, Row>();
  private readonly byIdentity = new Map<string, Row>();
  private readonly budget: Budget;
  constructor(budget: Budget) {
    this.budget = budget;
  }

  /** In order of time; a step's vector holds no series twice. */
  add(labels: Labels, time: Millis, value: number): void {
    this.budget.samples(1);
    const row = this.byObject.get(labels) ?? this.row(labels);
    row.times.push(time);
    row.values.push(value);
  }

  private row(labels: Labels): Row {
    const key = identity(labels);
    const row = this.byIdentity.get(key) ?? { labels, times: [], values: [] };
    this.byIdentity.set(key, row);
    this.byObject.set(labels, row);
    return row;
  }

  series(): readonly SeriesData[] {
    return Array.from(this.byIdentity.values(), ({ labels, times, values }) => ({
      labels,
      times: Float64Array.from(times),
      values: Float64Array.from(values),
    }));
  }
}
