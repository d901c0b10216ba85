import { describe, expect, it } from 'vitest';
import { differing, type Outcome, rolledBackByMinute, spreadOf, tallyOf, wilson } from './figures.ts';

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
    const tally = tallyOf(
      [
        outcome({ verdict: 'rollBack', requests: 10 }),
        outcome({ verdict: 'rollBack', requests: 30 }),
        outcome({ verdict: 'rollBack', requests: 1, isEarly: true }),
        outcome({ verdict: 'promote', requests: 5 }),
        outcome({}),
      ],
      'rollBack',
    );
    expect([tally.rolledBack, tally.promoted, tally.right, tally.early, tally.runs]).toEqual([3, 1, 2, 1, 5]);
    expect(tally.requests).toEqual({ median: Number.POSITIVE_INFINITY, mean: 20, p95: Number.POSITIVE_INFINITY });
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
    expect(rolledBackByMinute(outcomes, 3)).toEqual([0, 1, 1, 2]);
  });

  it('keep the reasons that were given most often', () => {
    const said = ['a', 'b', 'b', 'c', 'c', 'c', 'd', 'b'].map((reason) => outcome({ said: reason }));
    expect(tallyOf([...said, outcome({})], 'promote').said).toEqual([
      ['b', 3],
      ['c', 3],
      ['a', 1],
    ]);
  });

  it('count the runs that ended otherwise, as far as both were played', () => {
    const promoted = outcome({ verdict: 'promote' });
    expect(differing([promoted, outcome({}), promoted], [promoted, promoted])).toEqual({ count: 1, of: 2 });
  });
});
