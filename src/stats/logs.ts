// Evidence is kept as natural logarithms; here they are added, and cut to what a checkpoint needs of them.
// Never leaves the logarithms: a billion requests in one block are e to the power of millions. Called by the whole room.

/** ln Σ exp(x), without overflow; -Infinity of nothing. Loops, since most of the time of a turn is spent here. */
export function sumOfLogs(logs: readonly number[]): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const log of logs) if (log > largest) largest = log;
  if (largest === Number.NEGATIVE_INFINITY) return largest;
  let sum = 0;
  for (const log of logs) sum += Math.exp(log - largest);
  return largest + Math.log(sum);
}

/** Nine decimals: an evidence loses less than a part in a billion a block, and a checkpoint has half the digits. */
const DECIMALS = 1e9;

/**
 * Cut downwards, which is always allowed: what is smaller than an e-process is still one. The state itself holds the
 * cut number, so that going on from a checkpoint is going on.
 */
export const cut = (log: number): number => Math.floor(log * DECIMALS) / DECIMALS;

/** The highest multiple of 1/`parts` that is not above it; what is one stays it, so that a block that says nothing takes nothing. */
export function cutTo(parts: number, log: number): number {
  // JSON knows no −0.
  const nearest = Math.round(log * parts) + 0;
  return nearest / parts <= log ? nearest / parts : (nearest - 1) / parts;
}

/** Stands for the evidence zero, whose logarithm JSON does not have: e to the power of this, 10^-304. */
export const NOTHING = -700;
