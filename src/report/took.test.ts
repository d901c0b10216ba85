import { describe, expect, it } from 'vitest';
import { tookText } from './took.ts';

const requests = { canary: 371.2, stable: 3697.6 };

describe('what a failed gate took', () => {
  it("stands beside Wald's bound, without a tolerance and with it", () => {
    const bound = { canary: 0.0244, stable: 0, canaryRequests: 149, withTolerance: 271 };
    expect(tookText({ bound, requests })).toBe(
      "371 canary requests; Wald's bound for 2.4 % failing beside 0 %: 149, with the tolerance 271",
    );
  });

  it('names the time that answers were slower than', () => {
    const bound = { canary: 1, stable: 0.012, slowerThanMs: 100, canaryRequests: 2 };
    expect(tookText({ bound, requests })).toBe(
      "371 canary requests; Wald's bound for 100 % slower than 100 ms beside 1.2 %: 2",
    );
  });

  it('has one number where the tolerance makes no difference', () => {
    const bound = { canary: 1, stable: 0, slowerThanMs: 100, canaryRequests: 2, withTolerance: 2 };
    expect(tookText({ bound, requests })).toMatch(/: 2, with the tolerance or without$/);
  });

  it('is not told of a gate that has no such bound', () => {
    expect(tookText({ requests })).toBeUndefined();
  });
});
