// Classic histograms out of an instant vector: series with cumulative counts and their upper bound in the label `le`.
// Semantics: Prometheus 3, resetHistograms and quantile.go. Native histograms do not exist here.
// Called by histogram-quantile.ts and histogram-fraction.ts.
import { labelValue } from '../../series/labels.ts';
import type { Labels } from '../../series/series.ts';
import { type Expr, unwrapped } from '../ast.ts';
import { parseGoFloat } from '../go-float.ts';
import { distinct, keyWithout, without, withoutName } from '../labels.ts';
import type { Sample } from '../value.ts';
import type { Evaluation } from './function.ts';
import { argument } from './shapes.ts';

const BOUND = 'le';
const BOUND_ONLY: ReadonlySet<string> = new Set([BOUND]);

export interface Bucket {
  /** Upper bound, inclusive. */
  readonly bound: number;
  /** Observations up to the bound (a count or a rate). */
  readonly count: number;
}

/** What a series' labels say about it as a bucket. */
interface Place {
  readonly bound: number | undefined;
  /** Equal for the buckets of one histogram. */
  readonly key: string;
  /** The histogram's own. */
  readonly labels: Labels;
}

function placeOf(labels: Labels): Place {
  const bound = parseGoFloat(labelValue(labels, BOUND));
  const own = withoutName(without(labels, BOUND_ONLY));
  return { bound: Number.isNaN(bound) ? undefined : bound, key: keyWithout(labels, BOUND_ONLY), labels: own };
}

/** One sample for each histogram in the vector that is argument `index`: what `compute` makes of its buckets. */
export function perHistogram(
  args: readonly Expr[],
  index: number,
  evaluation: Evaluation,
  compute: (buckets: readonly Bucket[]) => number,
): readonly Sample[] {
  const vector = unwrapped(argument(args, index));
  const place = evaluation.perSeries(placeOf);
  const histograms = new Map<string, { labels: Labels; buckets: Bucket[] }>();
  for (const { labels, value } of evaluation.vector(vector)) {
    const { bound, key, labels: own } = place(labels);
    if (bound === undefined) {
      evaluation.notes?.badBucketLabel(labelValue(labels, BOUND), vector);
      continue;
    }
    const histogram = histograms.get(key);
    if (histogram === undefined) histograms.set(key, { labels: own, buckets: [{ bound, count: value }] });
    else histogram.buckets.push({ bound, count: value });
  }
  const samples = Array.from(histograms.values(), ({ labels, buckets }) => ({ labels, value: compute(buckets) }));
  return distinct(samples, evaluation);
}

/** In the order of their bounds, each once: buckets of one bound (written differently: 1 and 1.0) are one. */
export function ordered(buckets: readonly Bucket[]): readonly Bucket[] {
  const result: Bucket[] = [];
  for (const bucket of buckets.toSorted((a, b) => (a.bound < b.bound ? -1 : Number(a.bound > b.bound)))) {
    const last = result.at(-1);
    if (last?.bound === bucket.bound) result[result.length - 1] = { ...bucket, count: last.count + bucket.count };
    else result.push(bucket);
  }
  return result;
}
