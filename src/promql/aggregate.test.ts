import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ask, given, labelsOf } from '../../test/support/series-notation.ts';
import { createStore } from '../series/store.ts';

const reader = given('1m', {
  'g{job="a", pod="1"}': '1',
  'g{job="a", pod="2"}': '3',
  'g{job="b", pod="3"}': '8',
  'n{job="a", pod="1"}': 'NaN',
  'n{job="a", pod="2"}': '3',
  'n{job="b", pod="3"}': 'Inf',
});

describe('aggregations', () => {
  it('lose the digits that Prometheus loses: their variance is not compensated, that over time is', () => {
    const values = [1700000006.2, 1700000000, 1700000005.2, 1700000009.8];
    const side = given('1m', Object.fromEntries(values.map((value, index) => [`g{n="${index}"}`, String(value)])));
    expect(ask(side, 'stdvar(g)')).toEqual({ '{}': 12.289999989271166 });
    const row = given('1m', { g: values.join(' ') });
    expect(ask(row, 'stdvar_over_time(g[4m])', '3m')).toEqual({ '{}': 12.289999595880502 });
  });

  it.each([
    ['sum(g)', { '{}': 12 }],
    ['sum by (job) (g)', { '{job="a"}': 4, '{job="b"}': 8 }],
    ['sum(g) by (job)', { '{job="a"}': 4, '{job="b"}': 8 }],
    ['sum by (job, nope) (g)', { '{job="a"}': 4, '{job="b"}': 8 }],
    ['sum without (pod) (g)', { '{job="a"}': 4, '{job="b"}': 8 }],
    ['sum without () (g)', { '{job="a",pod="1"}': 1, '{job="a",pod="2"}': 3, '{job="b",pod="3"}': 8 }],
    ['sum by (__name__) (g)', { 'g{}': 12 }],
    ['sum by (constructor) (g)', { '{}': 12 }],
    ['avg(g)', { '{}': 4 }],
    ['min(g)', { '{}': 1 }],
    ['max by (job) (g)', { '{job="a"}': 3, '{job="b"}': 8 }],
    ['count(g)', { '{}': 3 }],
    ['count by (job) (g > 2)', { '{job="a"}': 1, '{job="b"}': 1 }],
    ['group by (job) (g)', { '{job="a"}': 1, '{job="b"}': 1 }],
    ['stdvar by (job) (g)', { '{job="a"}': 1, '{job="b"}': 0 }],
    ['stddev(g)', { '{}': Math.sqrt((9 + 1 + 16) / 3) }],
    ['quantile(0.5, g)', { '{}': 3 }],
    ['quantile by (job) (0.25, g)', { '{job="a"}': 1.5, '{job="b"}': 8 }],
    ['quantile(scalar(g{pod="1"}), g)', { '{}': 8 }],
    ['quantile(NaN, g)', { '{}': Number.NaN }],
    ['sum(nothing)', {}],
    ['count(nothing)', {}],
    ['sum(sum by (job) (g))', { '{}': 12 }],
    // NaN gives way in min and max, and spoils the rest.
    ['min(n)', { '{}': 3 }],
    ['max(n)', { '{}': Number.POSITIVE_INFINITY }],
    ['sum(n{job="a"})', { '{}': Number.NaN }],
    ['avg by (job) (n)', { '{job="a"}': Number.NaN, '{job="b"}': Number.POSITIVE_INFINITY }],
    ['stddev(n{job="b"})', { '{}': Number.NaN }],
    ['max(n{pod="1"})', { '{}': Number.NaN }],
  ])('%s', (query, wanted) => {
    expect(ask(reader, query)).toEqual(wanted);
  });

  it('takes no two label values for one because they read the same in a row', () => {
    const rows = given('1m', { 'g{x="ab", y=""}': '1', 'g{x="a", y="b"}': '2', 'g{x="", y="ab"}': '4' });
    expect(ask(rows, 'sum by (x, y) (g)')).toEqual({ '{x="ab"}': 1, '{x="a",y="b"}': 2, '{y="ab"}': 4 });
    expect(ask(rows, 'sum without (z) (g)')).toEqual({ '{x="ab"}': 1, '{x="a",y="b"}': 2, '{y="ab"}': 4 });
    const names = given('1m', { 'g{ab="c"}': '1', 'g{a="bc"}': '2' });
    expect(ask(names, 'sum without (z) (g)')).toEqual({ '{ab="c"}': 1, '{a="bc"}': 2 });
  });

  it('sums what would cancel out and averages what would overflow', () => {
    const extreme = given('1m', {
      's{x="1"}': '1e100',
      's{x="2"}': '1',
      's{x="3"}': '-1e100',
      'a{x="1"}': '1e308',
      'a{x="2"}': '1.5e308',
    });
    expect(ask(extreme, 'sum(s)')).toEqual({ '{}': 1 });
    expect(ask(extreme, 'avg(a)')).toEqual({ '{}': 1.25e308 });
  });
});

describe('whatever the groups', () => {
  const series = fc.uniqueArray(
    fc.record({
      job: fc.constantFrom('', 'a', 'b'),
      pod: fc.constantFrom('', 'a', 'b', 'ab', '1:a'),
      value: fc.integer(),
    }),
    { selector: ({ job, pod }) => `${job}/${pod}`, minLength: 1 },
  );

  it('the parts make the whole: sums, counts, and the mean weighted by counts', () => {
    fc.assert(
      fc.property(
        series,
        fc.constantFrom('by (job)', 'by (pod)', 'without (job)', 'by (pod, job)', 'without ()'),
        (all, grouping) => {
          const store = createStore({ retentionMs: 1e12 });
          for (const { value, ...labels } of all) store.append({ ...labelsOf('g'), ...labels }, 0, value);
          for (const op of ['sum', 'count']) {
            const whole = ask(store, `${op}(g)`);
            expect(ask(store, `sum(${op} ${grouping} (g))`)).toEqual(whole);
          }
          const [mean = 0] = Object.values(ask(store, `sum(avg ${grouping} (g) * count ${grouping} (g)) / count(g)`));
          expect(mean).toBeCloseTo(Number(Object.values(ask(store, 'avg(g)'))[0]), 3);
          expect(ask(store, `max(max ${grouping} (g))`)).toEqual(ask(store, 'max(g)'));
        },
      ),
    );
  });
});
