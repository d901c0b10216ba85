import { describe, expect, it } from 'vitest';
import { binomial, failures, geometric, logBinomial, logFactorial, logGamma, normal, poisson } from './draws.ts';
import { randomOf } from './random.ts';

/** Probabilities of 0, 1, 2 … by recurrence from zero: another way than the sampler's own. */
function binomialMasses(n: number, p: number): number[] {
  // (1 − p)ⁿ must not be too small for a number.
  if (p > 0.5) return binomialMasses(n, 1 - p).reverse();
  const masses = [(1 - p) ** n];
  for (let k = 1; k <= n; k += 1) masses.push((masses[k - 1]! * (n - k + 1) * p) / (k * (1 - p)));
  return masses;
}

function poissonMasses(mean: number, most: number): number[] {
  const masses = [Math.exp(-mean)];
  for (let k = 1; k <= most; k += 1) masses.push((masses[k - 1]! * mean) / k);
  return masses;
}

/** Pearson's χ² as a standard normal deviate, cells below ten expected pooled. */
function deviate(draws: readonly number[], masses: readonly number[]): number {
  const seen = new Map<number, number>();
  for (const draw of draws) seen.set(draw, (seen.get(draw) ?? 0) + 1);
  let [statistic, cells, pooledSeen, pooledExpected] = [0, 0, draws.length, draws.length];
  for (const [value, mass] of masses.entries()) {
    const expected = mass * draws.length;
    if (expected < 10) continue;
    const count = seen.get(value) ?? 0;
    statistic += (count - expected) ** 2 / expected;
    cells += 1;
    pooledSeen -= count;
    pooledExpected -= expected;
  }
  if (pooledExpected > 10) {
    statistic += (pooledSeen - pooledExpected) ** 2 / pooledExpected;
    cells += 1;
  } else expect(pooledSeen).toBeLessThan(40);
  const freedom = cells - 1;
  // Wilson and Hilferty 1931.
  return (Math.cbrt(statistic / freedom) - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom));
}

const times = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a binomial draw', () => {
  it.each([
    [5, 0.3],
    [5, 0.001],
    [20, 0.9],
    [100, 0.05],
    [40, 0.5],
    [95, 0.2],
    [1000, 0.02],
    [1000, 0.97],
    [300, 0.4],
  ])('of %i at %d has the exact distribution', (n, p) => {
    const random = randomOf('binomial', n);
    const draws = times(60_000, () => binomial(random, n, p));
    expect(Math.abs(deviate(draws, binomialMasses(n, p)))).toBeLessThan(3.5);
  });

  it('of a million has the right mean and variance', () => {
    const random = randomOf('binomial', 1e6);
    const draws = times(20_000, () => binomial(random, 1e6, 0.3));
    const centre = mean(draws);
    const variance = mean(draws.map((draw) => (draw - centre) ** 2));
    expect(Math.abs(centre - 3e5)).toBeLessThan(4 * Math.sqrt(2.1e5 / 20_000));
    expect(Math.abs(variance / 2.1e5 - 1)).toBeLessThan(4 * Math.sqrt(2 / 20_000));
  });

  it('is certain at the ends', () => {
    const random = randomOf('ends', 0);
    expect([binomial(random, 0, 0.5), binomial(random, 7, 0), binomial(random, 7, 1)]).toEqual([0, 0, 7]);
  });
});

describe('failures in small blocks', () => {
  it('are binomial in each block, and in any sum of blocks', () => {
    const source = failures(randomOf('blocks', 1));
    const blocks = times(100_000, () => source.among(5, 0.03));
    expect(Math.abs(deviate(blocks, binomialMasses(5, 0.03)))).toBeLessThan(3.5);
    const sums = times(5000, () => 0).map((_, at) => blocks.slice(20 * at, 20 * at + 20).reduce((a, b) => a + b));
    expect(Math.abs(deviate(sums, binomialMasses(100, 0.03)))).toBeLessThan(3.5);
  });

  it('follow a probability that changes with each block', () => {
    const source = failures(randomOf('blocks', 2));
    const pairs = times(60_000, () => [source.among(5, 0.01), source.among(7, 0.08), source.among(9, 0.5)]);
    expect(
      Math.abs(
        deviate(
          pairs.map(([low]) => low!),
          binomialMasses(5, 0.01),
        ),
      ),
    ).toBeLessThan(3.5);
    expect(
      Math.abs(
        deviate(
          pairs.map(([, high]) => high!),
          binomialMasses(7, 0.08),
        ),
      ),
    ).toBeLessThan(3.5);
    expect(
      Math.abs(
        deviate(
          pairs.map(([, , many]) => many!),
          binomialMasses(9, 0.5),
        ),
      ),
    ).toBeLessThan(3.5);
  });
});

describe('other draws', () => {
  it.each([0.2, 3, 25])('Poisson of mean %d has the exact distribution', (rate) => {
    const random = randomOf('poisson', rate);
    const draws = times(40_000, () => poisson(random, rate));
    expect(Math.abs(deviate(draws, poissonMasses(rate, 80)))).toBeLessThan(3.5);
  });

  it('geometric gaps have the exact distribution', () => {
    const random = randomOf('geometric', 0);
    const draws = times(40_000, () => geometric(random, 0.2));
    const masses = Array.from({ length: 100 }, (_, k) => 0.2 * 0.8 ** k);
    expect(Math.abs(deviate(draws, masses))).toBeLessThan(3.5);
  });

  it('normal deviates have mean 0, variance 1, and one in forty above 1.96', () => {
    const random = randomOf('normal', 0);
    const draws = times(100_000, () => normal(random));
    expect(Math.abs(mean(draws))).toBeLessThan(0.013);
    expect(Math.abs(mean(draws.map((draw) => draw * draw)) - 1)).toBeLessThan(0.018);
    expect(Math.abs(draws.filter((draw) => draw > 1.96).length / 100_000 - 0.025)).toBeLessThan(0.002);
  });

  it('logarithms of factorials are sums of logarithms', () => {
    let sum = 0;
    for (let n = 1; n <= 2000; n += 1) {
      sum += Math.log(n);
      expect(Math.abs(logFactorial(n) - sum)).toBeLessThan(1e-12 * Math.max(1, sum) + 1e-12);
    }
  });

  it('the gamma function is known at one half, and goes on by its recurrence', () => {
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 13);
    for (const x of [0.1, 1.9, 15.5, 16, 40.2]) expect(logGamma(x + 1) - logGamma(x)).toBeCloseTo(Math.log(x), 12);
  });

  it('binomial probabilities sum to one', () => {
    let sum = 0;
    for (let k = 0; k <= 500; k += 1) sum += Math.exp(logBinomial(500, 0.37, k));
    expect(sum).toBeCloseTo(1, 10);
  });
});

describe('chance', () => {
  it('is the same for the same stream and run, and another for another', () => {
    const first = (name: string, run: number): number[] => times(4, randomOf(name, run));
    expect(first('a', 1)).toEqual(first('a', 1));
    const starts = new Set(
      ['a', 'b', 'ab', 'ba'].flatMap((name) => times(500, () => 0).map((_, run) => first(name, run)[0])),
    );
    expect(starts.size).toBe(2000);
  });

  it('is uniform over runs, not only within one', () => {
    const tenths = times(20_000, () => 0).map((_, run) => Math.floor(10 * randomOf('uniform', run)()));
    expect(
      Math.abs(
        deviate(
          tenths,
          times(10, () => 0.1),
        ),
      ),
    ).toBeLessThan(3.5);
  });
});
