import { describe, expect, it } from 'vitest';
import { latencyBound, rateBound } from './bound.ts';

const counted = (requests: number, errors: number) => ({ requests, errors });
const TOLERANCE = { factor: 1, points: 0.005 };

describe("Wald's bound beside a gate that failed", () => {
  it('is that of facts/statistics.md B1 for copies: 2 % beside 0.1 %, and above half a point', () => {
    const seen = { canary: counted(1000, 20), stable: counted(1000, 1) };
    expect(rateBound(seen, TOLERANCE)).toEqual({
      canary: 0.02,
      stable: 0.001,
      canaryRequests: 394,
      withTolerance: 672,
    });
  });

  it('goes by the share of the requests that the canary got', () => {
    const tenth = { canary: counted(100, 2), stable: counted(1000, 1) };
    expect(rateBound(tenth, TOLERANCE)?.canaryRequests).toBeLessThan(250);
  });

  it('is silent where the canary shows no more, and leaves out a tolerance that it does not exceed', () => {
    expect(rateBound({ canary: counted(100, 1), stable: counted(100, 1) }, TOLERANCE)).toBeUndefined();
    expect(rateBound({ canary: counted(0, 0), stable: counted(100, 1) }, TOLERANCE)).toBeUndefined();
    expect(rateBound({ canary: counted(1000, 4), stable: counted(1000, 0) }, TOLERANCE)).not.toHaveProperty(
      'withTolerance',
    );
  });

  const edges = [50, 100, 200, Number.POSITIVE_INFINITY];
  const latency = (canary: readonly number[], stable: readonly number[], factor = 1.2) =>
    latencyBound({ canary, stable }, { edges, buckets: 'interpolated', tolerance: { factor, extra: 0 } });

  it('is of the edge that tells most: 12 requests that all take longer than any of stable', () => {
    expect(latency([0, 0, 12, 0], [0, 120, 0, 0])).toMatchObject({ slowerThanMs: 100, canary: 1, stable: 0 });
    expect(latency([0, 0, 12, 0], [0, 120, 0, 0])?.canaryRequests).toBe(2);
  });

  it('with the tolerance, is of what stable would show if all of it took as much longer', () => {
    // Of the requests between 50 and 100 ms the slowest fifth or so may take longer than 100 ms.
    const found = latency([0, 500, 500, 0], [0, 1000, 0, 0]);
    expect(found?.withTolerance).toBeGreaterThan(5 * (found?.canaryRequests ?? Infinity));
    expect(latency([0, 250, 750, 0], [0, 1000, 0, 0], 4)).toBeUndefined();
  });
});
