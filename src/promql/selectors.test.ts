import { describe, expect, it } from 'vitest';
import { expression } from '../../test/support/series-notation.ts';
import { print } from './print.ts';
import { selectorsOf, transform, widestWindow } from './selectors.ts';

describe('selectorsOf', () => {
  it('finds every selector with its range and offset, in the order of the text', () => {
    const expr = expression(
      'sum(rate(a{x="1"}[5m] offset 1m)) / -(b + quantile(scalar(c), d)) > label_replace(e offset -30s, "x", "", "y", "")',
    );
    expect(
      selectorsOf(expr).map(({ selector, rangeMs, offsetMs }) => [selector.matchers[0]?.value, rangeMs, offsetMs]),
    ).toEqual([
      ['a', 300_000, 60_000],
      ['b', undefined, 0],
      ['c', undefined, 0],
      ['d', undefined, 0],
      ['e', undefined, -30_000],
    ]);
  });
});

describe('selectorsOf a query with subqueries', () => {
  it('counts the subqueries around a selector, up to an @', () => {
    const expr = expression('max_over_time((rate(a[1m] offset 1s) + b @ 7 offset 2s)[5m:] offset 3s)');
    expect(selectorsOf(expr).map(({ selector, ...use }) => use)).toEqual([
      { rangeMs: 60_000, steppedMs: 300_000, offsetMs: 4000 },
      { rangeMs: undefined, steppedMs: 0, offsetMs: 2000, at: 7000 },
    ]);
    const [inner] = selectorsOf(expression('sum_over_time(a[1m:1s] @ end() offset 1h)'));
    expect(inner).toMatchObject({ steppedMs: 60_000, offsetMs: 3_600_000, at: 'end' });
  });
});

describe('widestWindow', () => {
  it.each([
    ['rate(a[5m]) / rate(b[10m])', 600_000],
    ['rate(a[5m] offset 1h)', 3_900_000],
    ['rate(a[5m] offset -1h)', 0],
    ['a > 1', 0],
    ['a offset 2m', 120_000],
    ['1 + 1', 0],
    ['max_over_time(rate(a[1m])[5m:30s] offset 2m)', 480_000],
    ['max_over_time(sum_over_time(a[1m:1s])[5m:30s])', 360_000],
    ['rate(a[5m] @ 100 offset 1m)', 360_000],
  ])('%s looks back %d ms', (query, wanted) => {
    expect(widestWindow(expression(query))).toBe(wanted);
  });

  it('counts instant selectors with their look-back when asked to', () => {
    expect(widestWindow(expression('a offset 1m + rate(b[2m])'), { instantMs: 300_000 })).toBe(360_000);
  });
});

describe('transform', () => {
  it('rewrites every selector and nothing else', () => {
    const query =
      'sum by (x) (rate(a{p="1"}[5m] offset 1m)) / -(b{p="1"} + quantile(scalar(c{p="1"}), d{p="1"})) > on (x) abs(max_over_time(e{p="1"}[5m:1m] @ end()))';
    const rewritten = transform(expression(query), (selector) => ({
      ...selector,
      matchers: selector.matchers.map((matcher) =>
        matcher.name === 'p' ? { name: 'version', op: '=~', value: 'v2|v3' } : matcher,
      ),
    }));
    expect(print(rewritten)).toBe(query.replaceAll('p="1"', 'version=~"v2|v3"'));
  });
});
