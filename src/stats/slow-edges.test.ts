import { describe, expect, it } from 'vitest';
import { binomial, both, meanOf } from '../../test/support/enumeration.ts';
import { ISTIO_EDGES } from '../../test/support/istio-edges.ts';
import { latencies } from '../../test/support/seeded-traffic.ts';
import { seededRandom } from '../lib/random.ts';
import { bucketsAround, type SlowEdgesOptions, slowEdges, slowEdgesNeeded } from './slow-edges.ts';

const EDGES = [100, 250, Number.POSITIVE_INFINITY];
const NO_LONGER = { factor: 1, extra: 0 };
const process = (options: Partial<SlowEdgesOptions> = {}) =>
  slowEdges({
    edges: EDGES,
    asked: [0, 1],
    mayTake: NO_LONGER,
    tolerance: { factor: 1.25, points: 0.05 },
    dispersion: 1,
    history: [0, 0, 0],
    ...options,
  });

describe('the evidence that a canary is no slower', () => {
  it('has a mean of at most 1 when one edge is beyond the tolerance, however good the other looks', () => {
    const rate = process();
    // Nobody takes between 100 and 250: the upper edge is at its tolerance, the lower one so far from it as can be.
    const mean = meanOf(both(binomial(14, 1.25 * 0.1 + 0.05), binomial(14, 0.1)), ([c, s]) => {
      const state = rate.after(rate.start, { canary: [14 - c, 0, c], stable: [0, 14 - s, s] });
      return Math.exp(rate.logEvidence(state));
    });
    expect(mean).toBeLessThanOrEqual(1 + 1e-9);
  });

  it('is that of the edge where least is shown', () => {
    const rate = process();
    const state = rate.after(rate.start, { canary: [900, 50, 50], stable: [900, 90, 10] });
    const alone = (edge: number) => {
      const one = process({ asked: [edge] });
      return one.logEvidence(one.after(one.start, { canary: [900, 50, 50], stable: [900, 90, 10] }));
    };
    expect(rate.logEvidence(state)).toBe(Math.min(alone(0), alone(1)));
    expect(alone(0)).not.toBe(alone(1));
  });

  it('lets the canary take as long as is tolerated, to the last edge that is no later', () => {
    const block = { canary: [500, 450, 50], stable: [950, 0, 50] };
    const evidence = (mayTake: { readonly factor: number; readonly extra: number }) => {
      const rate = process({ asked: [0], mayTake });
      return rate.logEvidence(rate.after(rate.start, block));
    };
    // Half of its requests take between 100 and 250 ms, where stable has none.
    expect(evidence(NO_LONGER)).toBeLessThan(0);
    expect(evidence({ factor: 2.4, extra: 0 })).toBe(evidence(NO_LONGER));
    expect(evidence({ factor: 2.5, extra: 0 })).toBeGreaterThan(Math.log(20));
    expect(evidence({ factor: 1, extra: 150 })).toBe(evidence({ factor: 2.5, extra: 0 }));
  });

  it('needs as much more as the edge that needs most', () => {
    const rate = process({ tolerance: { factor: 1, points: 0.05 } });
    const block = { canary: [0.8, 0.15, 0.05], stable: [0.8, 0.15, 0.05] };
    const needed = slowEdgesNeeded(rate, rate.start, block, Math.log(20)) ?? 0;
    const alone = (edge: number) => {
      const one = process({ asked: [edge], tolerance: { factor: 1, points: 0.05 } });
      return slowEdgesNeeded(one, one.start, block, Math.log(20)) ?? 0;
    };
    expect(needed).toBe(Math.max(alone(0), alone(1)));
    expect(alone(0)).not.toBe(alone(1));
    const beyond = { ...block, canary: [0.6, 0.35, 0.05] };
    expect(slowEdgesNeeded(rate, rate.start, beyond, Math.log(20))).toBeUndefined();
  });

  it('is shown when each edge has shown it once, at whatever time', () => {
    const rate = process({ tolerance: { factor: 1, points: 0.05 } });
    const good = { canary: [1000, 0, 0], stable: [1000, 0, 0] };
    const worse = { canary: [0, 1000, 0], stable: [1000, 0, 0] };
    const shown = rate.after(rate.start, good);
    const after = rate.after(shown, worse);
    expect(after.best).toBe(shown.best);
    expect(shown.best).toBeGreaterThan(Math.log(20));
    expect(rate.logEvidence(after)).toBeLessThan(shown.best - 1);
  });
});

describe('a canary', () => {
  const options = {
    edges: ISTIO_EDGES,
    asked: [6, 7, 8],
    mayTake: NO_LONGER,
    tolerance: { factor: 1.25, points: 0.005 },
    history: ISTIO_EDGES.map(() => 0),
  };
  const best = (times: number, blocks: number, seed: number) => {
    const rate = process(options);
    const random = seededRandom(seed);
    const block = () => ({
      canary: latencies(random, 200, ISTIO_EDGES, (z) => times * 50 * Math.exp(0.8 * z)),
      stable: latencies(random, 200, ISTIO_EDGES, (z) => 50 * Math.exp(0.8 * z)),
    });
    let state = rate.start;
    for (let i = 0; i < blocks; i += 1) state = rate.after(state, block());
    return state.best;
  };

  it('that is as fast as stable is shown to be, within some thousand pairs', () => {
    const shown = Array.from({ length: 12 }, (_, seed) => best(1, 40, seed)).filter((one) => one >= Math.log(20));
    expect(shown.length).toBeGreaterThanOrEqual(10);
  });

  it('that takes 1.2 times as long is not', () => {
    const shown = Array.from({ length: 12 }, (_, seed) => best(1.2, 40, seed)).filter((one) => one >= Math.log(20));
    expect(shown).toEqual([]);
  });
});

describe('the edges around quantiles', () => {
  it('are those of their buckets, each once, as far as there are any', () => {
    const stable = [10, 80, 6, 3, 1];
    expect(bucketsAround(stable, [0.5])).toEqual([0, 1]);
    expect(bucketsAround(stable, [0.95, 0.5])).toEqual([0, 1, 2]);
    expect(bucketsAround(stable, [0.999])).toEqual([3]);
    expect(bucketsAround(stable, [0.05])).toEqual([0]);
  });

  it('have to be edges', () => {
    for (const asked of [[], [2], [-1]]) expect(() => process({ asked })).toThrow(RangeError);
  });
});
