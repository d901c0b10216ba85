import { describe, expect, it } from 'vitest';
import { figuresOf, type Outcome, rolledBackBy, spreadOf, wilson } from './figures.ts';

const outcome = (own: Partial<Outcome>): Outcome => ({
  verdict: undefined,
  seconds: 60,
  requests: 100,
  canary: 50,
  bad: 2,
  isEarly: false,
  isLast: false,
  ...own,
});

describe('Wilson’s interval', () => {
  it.each([
    [0, 10, 0, 0.2775],
    [5, 10, 0.2366, 0.7634],
    [10, 10, 0.7225, 1],
    [80, 10_000, 0.0064, 0.0099],
  ])('of %i in %i', (count, of, low, high) => {
    const share = wilson(count, of);
    expect(share.low).toBeCloseTo(low, 4);
    expect(share.high).toBeCloseTo(high, 4);
  });

  it('of nothing is everything', () => expect(wilson(0, 0)).toMatchObject({ low: 0, high: 1 }));
});

describe('figures', () => {
  it('count verdicts, and price only those that were wanted', () => {
    const figures = figuresOf(
      [
        outcome({ verdict: 'rollBack', requests: 10 }),
        outcome({ verdict: 'rollBack', requests: 30 }),
        outcome({ verdict: 'rollBack', requests: 1, isEarly: true }),
        outcome({ verdict: 'promote', requests: 5 }),
        outcome({}),
      ],
      'rollBack',
    );
    expect([figures.rolledBack.count, figures.promoted.count, figures.inconclusive.count]).toEqual([3, 1, 1]);
    expect(figures.requests).toEqual({ median: Number.POSITIVE_INFINITY, mean: 20, p95: Number.POSITIVE_INFINITY });
  });

  it('have the nearest rank as quantile', () => {
    expect(spreadOf(Array.from({ length: 20 }, (_, index) => 20 - index))).toEqual({ median: 10, mean: 10.5, p95: 19 });
  });

  it('grow with time', () => {
    const outcomes = [
      outcome({ verdict: 'rollBack', seconds: 60 }),
      outcome({ verdict: 'rollBack', seconds: 180 }),
      outcome({}),
    ];
    expect(rolledBackBy(outcomes, [0, 60, 120, 180]).map(({ count }) => count)).toEqual([0, 1, 1, 2]);
  });
});
