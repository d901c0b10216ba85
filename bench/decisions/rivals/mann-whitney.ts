// The Mann–Whitney statistic with mid-ranks, correction for ties and continuity, and the Hodges–Lehmann estimate of the shift.
// Never decides. Called by kayenta.ts and mw95.ts.

/** Ascending. */
export type Sorted = readonly number[];

/** Puts a value into its place. */
export function insert(into: number[], value: number): void {
  let [low, high] = [0, into.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (into[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  into.splice(low, 0, value);
}

/**
 * z of (x − shift) against y: positive where x tends to be larger; NaN where all values are one.
 * Normal approximation as in R's wilcox.test: half a step of continuity towards zero, variance less that of the ties.
 */
export function mannWhitneyZ(x: Sorted, y: Sorted, shift = 0): number {
  const [nx, ny] = [x.length, y.length];
  let [i, j, below, rankSum, tied] = [0, 0, 0, 0, 0];
  while (i < nx || j < ny) {
    const least = Math.min(i < nx ? x[i]! - shift : Infinity, j < ny ? y[j]! : Infinity);
    let [ofX, ofY] = [0, 0];
    for (; i < nx && x[i]! - shift === least; i += 1) ofX += 1;
    for (; j < ny && y[j] === least; j += 1) ofY += 1;
    const ties = ofX + ofY;
    rankSum += ofX * (below + (ties + 1) / 2);
    below += ties;
    tied += ties * ties * ties - ties;
  }
  const n = nx + ny;
  const above = rankSum - (nx * (nx + 1)) / 2 - (nx * ny) / 2;
  const variance = ((nx * ny) / 12) * (n + 1 - tied / (n * (n - 1)));
  return variance > 0 ? (above - Math.sign(above) / 2) / Math.sqrt(variance) : Number.NaN;
}

/** The median of all pairwise differences x − y, without making them all. */
export function hodgesLehmann(x: Sorted, y: Sorted): number {
  const pairs = x.length * y.length;
  const upper = differenceOfRank(x, y, (pairs >> 1) + 1);
  return pairs % 2 === 1 ? upper : (differenceOfRank(x, y, pairs >> 1) + upper) / 2;
}

/** Halves the range in which the difference of that rank lies; both its ends are always differences themselves. */
function differenceOfRank(x: Sorted, y: Sorted, rank: number): number {
  let low = x[0]! - y.at(-1)!;
  let high = x.at(-1)! - y[0]!;
  while (low < high) {
    const half = low + (high - low) / 2;
    // Between neighbouring numbers there is no middle.
    const middle = half < high ? half : low;
    const { count, atMost, above } = around(x, y, middle);
    if (count >= rank) high = atMost;
    else low = above;
  }
  return low;
}

/** How many differences are at most `value`, the largest of those, and the smallest of the others. */
function around(x: Sorted, y: Sorted, value: number) {
  let [count, atMost, above] = [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  // The larger x is, the larger y has to be.
  let from = 0;
  for (const own of x) {
    while (from < y.length && own - y[from]! > value) from += 1;
    count += y.length - from;
    if (from < y.length) atMost = Math.max(atMost, own - y[from]!);
    if (from > 0) above = Math.min(above, own - y[from - 1]!);
  }
  return { count, atMost, above };
}
