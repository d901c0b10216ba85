import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RetryConfig } from '../config.ts';
import { retryOf } from '../retries.ts';
import { backoffMs, retriesCode, retriesFailure } from './retry.ts';

const policy = (retryOn: string): RetryConfig => retryOf({ attempts: 2, retryOn })!;

describe('retryOn', () => {
  it.each([
    ['5xx', [500, 502, 503, 504, 511], [499, 404, 200]],
    ['gateway-error', [502, 503, 504], [500, 501]],
    ['retriable-4xx', [409], [400, 429, 500]],
    ['503,409', [503, 409], [500, 502]],
    ['connect-failure,reset', [], [500, 503]],
    ['unavailable,cancelled', [], [500, 503]],
  ])('%s', (retryOn, again, never) => {
    for (const code of again) expect(retriesCode(policy(retryOn), code), String(code)).toBe(true);
    for (const code of never) expect(retriesCode(policy(retryOn), code), String(code)).toBe(false);
  });

  it.each([
    ['5xx', 'terminated', true, true],
    ['gateway-error', 'connectFailure', false, true],
    ['reset', 'protocol', true, true],
    ['connect-failure', 'connectFailure', false, true],
    ['connect-failure', 'connectTimeout', false, true],
    ['connect-failure', 'terminated', true, false],
    ['reset-before-request', 'terminated', false, true],
    ['reset-before-request', 'terminated', true, false],
    ['503', 'terminated', true, false],
    ['refused-stream', 'terminated', true, false],
    ['5xx', 'perTryTimeout', true, true],
    ['connect-failure', 'perTryTimeout', true, false],
  ] as const)('%s after %s, sent %s: %s', (retryOn, failure, sent, expected) => {
    expect(retriesFailure(policy(retryOn), failure, sent)).toBe(expected);
  });

  it('never repeats what overflowed or cannot be written', () => {
    const all = policy('5xx,gateway-error,reset,connect-failure,reset-before-request');
    expect(retriesFailure(all, 'overflow', false)).toBe(false);
    expect(retriesFailure(all, 'unsendable', false)).toBe(false);
  });
});

describe('the policy of a route', () => {
  it('is Istio’s default without one: two, and not on 503', () => {
    const standard = retryOf(undefined)!;
    expect(standard.attempts).toBe(2);
    expect(standard.avoidPreviousHosts).toBe(true);
    expect(retriesCode(standard, 503)).toBe(false);
    expect(retriesFailure(standard, 'connectFailure', false)).toBe(true);
    expect(retriesFailure(standard, 'terminated', true)).toBe(false);
  });

  it('is none for attempts 0 or left out', () => {
    expect(retryOf({ attempts: 0 })).toBeUndefined();
    expect(retryOf({ perTryTimeout: '1s' })).toBeUndefined();
  });
});

it('waits between nothing and (2^n − 1) base intervals, at most ten', () => {
  const config = { ...policy('5xx'), backoffMs: 25 };
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (n, r) => {
        const wait = backoffMs(config, n, () => r);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(Math.min((2 ** n - 1) * 25, 250));
      },
    ),
  );
});
