// The increasing numbers nearest to given ones: what makes scores of slower buckets never lower than those of faster ones.
// Never sees what they are scores of. Called by latency-scores.ts.

/**
 * Weighted isotonic regression: minimises Σ weight·(result − value)² over increasing results, by pooling neighbours that are out of order (Ayer,
 * Brunk, Ewing, Reid and Silverman 1955). Weights above 0.
 */
export function isotonic(values: readonly number[], weights: readonly number[]): number[] {
  const pools: { mean: number; weight: number; length: number }[] = [];
  for (const [index, value] of values.entries()) {
    let last = { mean: value, weight: weights[index] as number, length: 1 };
    for (let before = pools.at(-1); before !== undefined && before.mean > last.mean; before = pools.at(-1)) {
      pools.pop();
      const weight = before.weight + last.weight;
      const mean = (before.mean * before.weight + last.mean * last.weight) / weight;
      last = { mean, weight, length: before.length + last.length };
    }
    pools.push(last);
  }
  return pools.flatMap(({ mean, length }) => Array<number>(length).fill(mean));
}
