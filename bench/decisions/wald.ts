// Wald's bound: the least mean number of requests with which any test of these errors tells these truths apart.
// Never simulates. A. Wald, Sequential Analysis (1947); against the closest common truth, since none knows stable's rate beforehand.
// Called by the tables.

/** What is wanted of the test: at most alpha wrong alarms, and at least `power` right ones. */
export interface Wanted {
  readonly alpha: number;
  readonly power: number;
}

export const ROLL_BACK: Wanted = { alpha: 0.01, power: 0.95 };
export const PROMOTE: Wanted = { alpha: 0.05, power: 0.95 };

/** Evidence in nats that such a test needs at the mean. */
export const neededNats = ({ alpha, power }: Wanted): number =>
  power * Math.log(power / alpha) + (1 - power) * Math.log((1 - power) / (1 - alpha));

/** Divergence of a request that fails with probability p from one that fails with q: what one request tells, nats. */
export function bernoulliNats(p: number, q: number): number {
  const failed = p === 0 ? 0 : p * Math.log(p / q);
  const good = p === 1 ? 0 : (1 - p) * (Math.log1p(-p) - Math.log1p(-q));
  return failed + good;
}

export interface TwoRates {
  readonly canary: number;
  readonly stable: number;
}

/** Requests of both versions together, of which the canary gets `share`; pairs of a mirror are half of those at 0.5. */
export function boundOfRequests({ canary, stable }: TwoRates, share: number, wanted: Wanted): number {
  const common = share * canary + (1 - share) * stable;
  return neededNats(wanted) / (share * bernoulliNats(canary, common) + (1 - share) * bernoulliNats(stable, common));
}

export const boundOfPairs = (rates: TwoRates, wanted: Wanted): number => boundOfRequests(rates, 0.5, wanted) / 2;

/** Stable's rate known beforehand: canary requests alone. */
export const boundOfOneSample = ({ canary, stable }: TwoRates, wanted: Wanted): number =>
  neededNats(wanted) / bernoulliNats(canary, stable);

/** Pairs, where a canary worse by up to `delta` is tolerated: the closest truth lies on that line. Infinite within it. */
export function boundWithMargin(rates: TwoRates, delta: number, wanted: Wanted): number {
  if (rates.canary <= rates.stable + delta) return Number.POSITIVE_INFINITY;
  return neededNats(wanted) / natsToLine(rates, delta);
}

/** Pairs until an equal canary can be told from one that is worse by `delta`. */
export const boundToPromote = (rate: number, delta: number, wanted: Wanted): number =>
  neededNats(wanted) / natsToLine({ canary: rate, stable: rate }, delta);

/** Nats that a pair tells against the closest truth with canary = stable + delta: convex in that truth, hence thirds. */
function natsToLine({ canary, stable }: TwoRates, delta: number): number {
  const nats = (q: number): number => bernoulliNats(canary, q + delta) + bernoulliNats(stable, q);
  let [low, high] = [1e-12, 1 - delta - 1e-12];
  for (let step = 0; step < 200; step += 1) {
    const third = (high - low) / 3;
    if (nats(low + third) < nats(high - third)) high -= third;
    else low += third;
  }
  return nats((low + high) / 2);
}

/** Pairs, where all that is seen of an answer is its bucket. */
export function boundOfBuckets(canary: readonly number[], stable: readonly number[], wanted: Wanted): number {
  let nats = 0;
  for (const [index, c] of canary.entries()) {
    const s = stable[index]!;
    const common = (c + s) / 2;
    if (c > 0) nats += c * Math.log(c / common);
    if (s > 0) nats += s * Math.log(s / common);
  }
  return neededNats(wanted) / nats;
}

/** Pairs, where the latency itself is seen: lognormal, the canary's `factor` times stable's. */
export const boundOfShift = (factor: number, logSd: number, wanted: Wanted): number =>
  neededNats(wanted) / ((Math.log(factor) / logSd) ** 2 / 4);
