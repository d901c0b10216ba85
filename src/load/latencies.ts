// Latencies on bounded memory: a log-linear histogram with at most 0.4 % error, whatever the range.
// Never keeps single values. Called by load.ts, the rehearsal's summaries and bench/.
// After Gil Tene's HdrHistogram: each power of two of microseconds is divided into 128 equal parts.

const SUB_BITS = 7;
const SUB = 2 ** SUB_BITS;
/** 2⁴⁰ µs is twelve days; longer values are counted there. */
const MAX_MICROS = 2 ** 40 - 1;

export interface LatencySummary {
  readonly count: number;
  /** Milliseconds; all 0 when nothing was recorded. */
  readonly mean: number;
  readonly min: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export interface Latencies {
  record(ms: number): void;
  /** Adds everything that `other` has recorded. */
  add(other: Latencies): void;
  /** Nearest rank: the smallest recorded value, within 0.4 %, that a share `q` of all values does not exceed. NaN when empty. */
  quantile(q: number): number;
  summary(): LatencySummary;
  /** Counts by bucket, for `add`. */
  counts(): Float64Array;
}

// Below SUB microseconds the buckets are single microseconds; above, the top SUB_BITS + 1 bits of the value.
function bucketOf(micros: number): number {
  if (micros < SUB) return micros;
  const exponent = Math.floor(Math.log2(micros)) - SUB_BITS;
  return (exponent + 1) * SUB + Math.floor(micros / 2 ** exponent) - SUB;
}

function middleOf(bucket: number): number {
  if (bucket < SUB) return bucket;
  const exponent = Math.floor(bucket / SUB) - 1;
  return (SUB + (bucket % SUB) + 0.5) * 2 ** exponent;
}

export function createLatencies(): Latencies {
  const counts = new Float64Array(bucketOf(MAX_MICROS) + 1);
  let total = 0;
  let sum = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = 0;

  const quantile = (q: number): number => {
    if (total === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil(q * total));
    let seen = 0;
    for (let bucket = 0; bucket < counts.length; bucket += 1) {
      seen += counts[bucket] ?? 0;
      if (seen >= rank) return Math.min(max, Math.max(min, middleOf(bucket) / 1000));
    }
    return max;
  };

  return {
    record(ms) {
      const micros = Math.min(MAX_MICROS, Math.max(0, Math.round(ms * 1000)));
      const bucket = bucketOf(micros);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      total += 1;
      sum += ms;
      min = Math.min(min, ms);
      max = Math.max(max, ms);
    },
    add(other) {
      for (const [bucket, count] of other.counts().entries()) counts[bucket] = (counts[bucket] ?? 0) + count;
      const { count, mean, min: otherMin, max: otherMax } = other.summary();
      if (count === 0) return;
      total += count;
      sum += mean * count;
      min = Math.min(min, otherMin);
      max = Math.max(max, otherMax);
    },
    quantile,
    summary: () =>
      total === 0
        ? { count: 0, mean: 0, min: 0, p50: 0, p90: 0, p95: 0, p99: 0, p999: 0, max: 0 }
        : {
            count: total,
            mean: sum / total,
            min,
            p50: quantile(0.5),
            p90: quantile(0.9),
            p95: quantile(0.95),
            p99: quantile(0.99),
            p999: quantile(0.999),
            max,
          },
    counts: () => counts,
  };
}
