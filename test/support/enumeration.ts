// Means over all outcomes of small experiments, exactly: each outcome with its probability.
// Never draws. Called by the tests of src/stats.

export interface Trial<T> {
  readonly outcome: T;
  readonly probability: number;
}

/** How many of n fail, each with probability p. */
export function binomial(n: number, p: number): readonly Trial<number>[] {
  let ways = 1;
  return Array.from({ length: n + 1 }, (_, k) => {
    const probability = ways * p ** k * (1 - p) ** (n - k);
    ways = (ways * (n - k)) / (k + 1);
    return { outcome: k, probability };
  });
}

/** How many events of a Poisson process, up to a number that is never reached. */
export function poisson(mean: number, most: number): readonly Trial<number>[] {
  let probability = Math.exp(-mean);
  return Array.from({ length: most + 1 }, (_, k) => {
    const trial = { outcome: k, probability };
    probability *= mean / (k + 1);
    return trial;
  });
}

/** How n requests fall into buckets of these probabilities. */
export function multinomial(n: number, law: readonly number[]): readonly Trial<readonly number[]>[] {
  const [first = 0, ...rest] = law;
  if (rest.length === 0) return [{ outcome: [n], probability: 1 }];
  const left = 1 - first;
  const others = rest.map((p) => (left > 0 ? p / left : 1 / rest.length));
  return binomial(n, Math.min(1, first)).flatMap(({ outcome, probability }) =>
    multinomial(n - outcome, others).map((trial) => ({
      outcome: [outcome, ...trial.outcome],
      probability: probability * trial.probability,
    })),
  );
}

/** Independent trials beside each other. */
export const both = <A, B>(one: readonly Trial<A>[], other: readonly Trial<B>[]): readonly Trial<readonly [A, B]>[] =>
  one.flatMap((a) =>
    other.map((b) => ({ outcome: [a.outcome, b.outcome] as const, probability: a.probability * b.probability })),
  );

export const meanOf = <T>(trials: readonly Trial<T>[], value: (outcome: T) => number): number =>
  trials.reduce((sum, { outcome, probability }) => (probability === 0 ? sum : sum + probability * value(outcome)), 0);
