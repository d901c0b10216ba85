// Arithmetic where Go's and JavaScript's differ, or where Prometheus takes care: compensated sums, means, quantiles.
// Never sees labels. Called by the operators, aggregations and functions.

/** Go's math.Pow: 1 to any power and -1 to an infinite one are 1 (IEEE 754), which JavaScript calls NaN. */
export const power = (base: number, exponent: number): number =>
  base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY) ? 1 : base ** exponent;

/** What arithmetic on samples and on durations has in common; `%` is Go's math.Mod, which has the sign of the left as here. */
export const ARITHMETIC = {
  '+': (left: number, right: number) => left + right,
  '-': (left: number, right: number) => left - right,
  '*': (left: number, right: number) => left * right,
  '/': (left: number, right: number) => left / right,
  '%': (left: number, right: number) => left % right,
  '^': power,
} as const;

/** Go's math.Max: +Inf wins over NaN. */
export const larger = (a: number, b: number): number =>
  a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY ? Number.POSITIVE_INFINITY : Math.max(a, b);

/** Go's math.Min: -Inf wins over NaN. */
export const smaller = (a: number, b: number): number =>
  a === Number.NEGATIVE_INFINITY || b === Number.NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : Math.min(a, b);

const isInfinite = (value: number): boolean => Math.abs(value) === Number.POSITIVE_INFINITY;

/** A sum that keeps what each addition rounds away (Kahan's method as Neumaier improved it, 1974). */
export class CompensatedSum {
  sum: number;
  lost = 0;
  constructor(start = 0) {
    this.sum = start;
  }
  add(value: number): void {
    const total = this.sum + value;
    if (isInfinite(total)) this.lost = 0;
    else if (Math.abs(this.sum) >= Math.abs(value)) this.lost += this.sum - total + value;
    else this.lost += value - total + this.sum;
    this.sum = total;
  }
  get value(): number {
    return isInfinite(this.sum) ? this.sum : this.sum + this.lost;
  }
}

/** The mean: by the sum, until that would overflow; incrementally from there on. NaN of nothing. */
export class Mean {
  private count = 0;
  private incremental = false;
  private readonly running = new CompensatedSum();
  add(value: number): void {
    this.count += 1;
    const { running, count } = this;
    if (count === 1) running.sum = value;
    else if (!this.incremental) {
      const { sum, lost } = running;
      running.add(value);
      if (!isInfinite(running.sum)) return;
      this.incremental = true;
      running.sum = sum / (count - 1);
      running.lost = lost / (count - 1);
      this.addScaled(value);
    } else this.addScaled(value);
  }
  private addScaled(value: number): void {
    const { running, count } = this;
    const kept = (count - 1) / count;
    running.sum *= kept;
    running.lost *= kept;
    running.add(value / count);
  }
  get value(): number {
    const { sum, lost } = this.running;
    return this.incremental ? sum + lost : sum / this.count + lost / this.count;
  }
}

/** Population variance (Welford's method); NaN as soon as one value is not finite. As aggregations have it: not compensated. */
export class Variance {
  private count = 0;
  private mean = 0;
  private squares = 0;
  add(value: number): void {
    this.count += 1;
    const delta = value - this.mean;
    this.mean += delta / this.count;
    this.squares += delta * (value - this.mean);
  }
  get value(): number {
    return this.squares / this.count;
  }
}

/** The same with compensated sums, as functions over time have it. */
export class CompensatedVariance {
  private count = 0;
  private readonly mean = new CompensatedSum();
  private readonly squares = new CompensatedSum();
  add(value: number): void {
    this.count += 1;
    const delta = value - (this.mean.sum + this.mean.lost);
    this.mean.add(delta / this.count);
    this.squares.add(delta * (value - (this.mean.sum + this.mean.lost)));
  }
  get value(): number {
    return (this.squares.sum + this.squares.lost) / this.count;
  }
}

/** An accumulator's value after all the values. */
export function fed(accumulator: CompensatedSum | Mean | Variance | CompensatedVariance, values: Float64Array): number {
  // By index: iterators of typed arrays are slow.
  for (let i = 0; i < values.length; i += 1) accumulator.add(values[i] as number);
  return accumulator.value;
}

/** The largest; NaN gives way to any number and never wins. NaN of nothing. */
export function most(values: Float64Array): number {
  let best = values[0] ?? Number.NaN;
  for (let i = 1; i < values.length; i += 1) {
    const value = values[i] as number;
    if (value > best || Number.isNaN(best)) best = value;
  }
  return best;
}

/** The smallest; NaN gives way to any number and never wins. NaN of nothing. */
export function least(values: Float64Array): number {
  let best = values[0] ?? Number.NaN;
  for (let i = 1; i < values.length; i += 1) {
    const value = values[i] as number;
    if (value < best || Number.isNaN(best)) best = value;
  }
  return best;
}

/** The q-quantile with linear interpolation between neighbours; ±Inf for q outside [0, 1], NaN for no values. */
export function quantile(q: number, values: Float64Array): number {
  if (values.length === 0 || Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  // Without a comparator this sorts natively, but with NaN last; in Prometheus it comes first.
  const sorted = values.toSorted();
  const numbers = numbersBefore(sorted);
  const at = (index: number): number => sorted[index - (sorted.length - numbers)] ?? Number.NaN;
  const rank = q * (sorted.length - 1);
  const lower = Math.floor(rank);
  const upper = Math.min(sorted.length - 1, lower + 1);
  const weight = rank - lower;
  return at(lower) * (1 - weight) + at(upper) * weight;
}

/** How many numbers stand before the NaNs at the end. */
function numbersBefore(sorted: Float64Array): number {
  let count = sorted.length;
  while (count > 0 && Number.isNaN(sorted[count - 1])) count -= 1;
  return count;
}
