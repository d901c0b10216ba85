import { describe, expect, it } from 'vitest';
import { ask, given, rounded } from '../../../test/support/series-notation.ts';

// At 40 s the window (0, 40] holds all samples but the first.
const reader = given('10s', {
  'm{x="1"}': '99 3 1 4 2',
  'n{x="1"}': '99 NaN 5 NaN 2',
  'i{x="1"}': '99 Inf 5 -Inf 2',
  'z{x="1"}': '99 7 7 _ 7',
});

describe('*_over_time', () => {
  it.each([
    ['avg_over_time(m[40s])', 2.5],
    ['sum_over_time(m[40s])', 10],
    ['min_over_time(m[40s])', 1],
    ['max_over_time(m[40s])', 4],
    ['count_over_time(m[40s])', 4],
    ['present_over_time(m[40s])', 1],
    ['stdvar_over_time(m[40s])', 1.25],
    ['stddev_over_time(m[40s])', Math.sqrt(1.25)],
    ['quantile_over_time(0.5, m[40s])', 2.5],
    ['quantile_over_time(0, m[40s])', 1],
    ['quantile_over_time(1, m[40s])', 4],
    ['quantile_over_time(0.9, m[40s])', 3.7],
    ['quantile_over_time(-1, m[40s])', Number.NEGATIVE_INFINITY],
    ['quantile_over_time(2, m[40s])', Number.POSITIVE_INFINITY],
    ['quantile_over_time(NaN, m[40s])', Number.NaN],
    ['changes(m[40s])', 3],
    ['resets(m[40s])', 2],
    ['changes(z[40s])', 0],
    ['stddev_over_time(z[40s])', 0],
    ['avg_over_time(z[40s])', 7],
    // NaN is the lowest of all, gives way in min and max, and differs from itself in no change.
    ['min_over_time(n[40s])', 2],
    ['max_over_time(n[40s])', 5],
    ['sum_over_time(n[40s])', Number.NaN],
    ['changes(n[40s])', 3],
    ['resets(n[40s])', 0],
    ['quantile_over_time(0, n[40s])', Number.NaN],
    ['quantile_over_time(1, n[40s])', 5],
    ['sum_over_time(i[20s])', Number.NEGATIVE_INFINITY],
    ['sum_over_time(i[40s])', Number.NaN],
    ['avg_over_time(i[20s])', Number.NEGATIVE_INFINITY],
    ['max_over_time(i[40s])', Number.POSITIVE_INFINITY],
    ['stddev_over_time(i[40s])', Number.NaN],
  ])('%s is %d', (query, wanted) => {
    const answer = ask(reader, query, '40s');
    expect(Object.keys(answer)).toEqual(['{x="1"}']);
    expect(Object.values(answer).map(rounded)).toEqual([rounded(wanted)]);
  });

  it('keeps the name only where the result is a sample of the metric', () => {
    expect(ask(reader, 'last_over_time(m[40s])', '40s')).toEqual({ 'm{x="1"}': 2 });
  });

  it('sums what would cancel out and averages what would overflow', () => {
    const extreme = given('10s', { s: '0 1e100 1 -1e100 1', a: '0 1e308 1e308 1e308 1e308' });
    expect(ask(extreme, 'sum_over_time(s[40s])', '40s')).toEqual({ '{}': 2 });
    expect(ask(extreme, 'avg_over_time(s[40s])', '40s')).toEqual({ '{}': 0.5 });
    expect(Object.values(ask(extreme, 'avg_over_time(a[40s])', '40s'))[0]).toBeCloseTo(1e308, -300);
  });

  it('refuses two series that only their names told apart', () => {
    expect(() => ask(reader, 'max_over_time({__name__=~"m|z"}[40s])', '40s')).toThrow(
      'vector cannot contain metrics with the same labelset',
    );
    expect(Object.keys(ask(reader, 'last_over_time({__name__=~"m|z"}[40s])', '40s'))).toHaveLength(2);
  });
});
