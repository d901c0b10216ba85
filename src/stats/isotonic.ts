// The increasing numbers nearest to given ones: what makes scores of slower buckets never lower than those of faster ones.
// Never sees what they are scores of. Called by latency-scores.ts.

/**
 * Weighted isotonic regression: minimises Σ weight·(result − value)² over increasing results, by pooling neighbours
 * that are out of order (Ayer, Brunk, Ewing, Reid and Silverman 1955). Weights above 0.
 */
export function isotonic(values: readonly number[], weights: readonly number[]): number[] {
  const means: number[] = [];
  const masses: number[] = [];
  const lengths: number[] = [];
  for (let i = 0; i < values.length; i += 1) {
    let [mean, mass, length] = [values[i] as number, weights[i] as number, 1];
    while (means.length > 0 && (means.at(-1) as number) > mean) {
      const [before, weight] = [means.pop() as number, masses.pop() as number];
      mean = (before * weight + mean * mass) / (weight + mass);
      mass += weight;
      length += lengths.pop() as number;
    }
    means.push(mean);
    masses.push(mass);
    lengths.push(length);
  }
  const result: number[] = [];
  for (let pool = 0; pool < means.length; pool += 1)
    for (let i = 0; i < (lengths[pool] as number); i += 1) result.push(means[pool] as number);
  return result;
}
