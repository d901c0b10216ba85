// The Mann–Whitney statistic with mid-ranks, correction for ties and continuity, and the Hodges–Lehmann estimate of the shift.
// Never decides. Called by kayenta.ts and mw95.ts.

/** Ascending. */
export type Sorted = Float64Array<ArrayBuffer>;

export const sorted = (values: readonly number[]): Sorted => Float64Array.from(values).sort();

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

/** The median of all pairwise differences x − y. */
export function hodgesLehmann(x: Sorted, y: Sorted): number {
  const differences = new Float64Array(x.length * y.length);
  let at = 0;
  for (const own of x)
    for (const other of y) {
      differences[at] = own - other;
      at += 1;
    }
  differences.sort();
  const middle = differences.length >> 1;
  return differences.length % 2 === 1 ? differences[middle]! : (differences[middle - 1]! + differences[middle]!) / 2;
}
