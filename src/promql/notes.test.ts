import { describe, expect, it } from 'vitest';
import { expression, given } from '../../test/support/series-notation.ts';
import { evaluate } from './evaluate.ts';
import { formatAnnotation } from './notes.ts';
import { evaluateRange } from './range.ts';

const reader = given('1m', {
  g: '1x10',
  c_total: '0+1x10',
  'h_bucket{le="1"}': '0+5x10',
  'h_bucket{le="2"}': '0+3x10',
  'h_bucket{le="4"}': '0+4x10',
  'h_bucket{le="+Inf"}': '0+9x10',
  'odd_bucket{le="much"}': '1x10',
});
const FIVE = 300_000;

function instant(query: string): readonly string[] {
  const notes: string[] = [];
  evaluate(expression(query), reader, FIVE, { note: (annotation) => notes.push(formatAnnotation(annotation, query)) });
  return notes;
}

function range(query: string): readonly string[] {
  const notes: string[] = [];
  const note = (annotation: Parameters<typeof formatAnnotation>[0]) => notes.push(formatAnnotation(annotation, query));
  evaluateRange(expression(query), reader, { startMs: 60_000, endMs: FIVE, stepMs: 60_000 }, { note });
  return notes;
}

describe('annotations are worded as Prometheus words them', () => {
  const noCounter = 'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "g"';
  const quantile = 'PromQL warning: quantile value should be between 0 and 1, got';
  it.each([
    ['rate(g[5m])', [`${noCounter} (1:6)`]],
    ['sum(\n increase((g[5m])))', [`${noCounter} (2:12)`]],
    ['sum(rate(g[5m:]))', [`${noCounter} (1:1)`]],
    ['rate(c_total[5m])', []],
    ['rate(sum(g)[5m:])', []],
    ['rate(g[1s])', []],
    ['irate(g[5m]) + delta(g[5m])', []],
    ['quantile(2, g)', [`${quantile} 2 (1:10)`]],
    ['quantile((NaN), g)', [`${quantile} NaN (1:11)`]],
    ['quantile_over_time(-0.5, g[5m])', [`${quantile} -0.5 (1:20)`]],
    ['histogram_quantile(1e9, h_bucket) * 0', [`${quantile} 1e+09 (1:20)`]],
    ['quantile(1, g)', []],
    [
      'histogram_quantile(0.5, {__name__=~"g|odd_bucket"})',
      [
        'PromQL warning: bucket label "le" is missing or has a malformed value of "" (1:25)',
        'PromQL warning: bucket label "le" is missing or has a malformed value of "much" (1:25)',
      ],
    ],
    [
      'histogram_quantile(0.5, h_bucket)',
      [
        'PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile), from buckets 2 to 4, with a max diff of 10, over 1 samples from 1970-01-01T00:05:00Z to 1970-01-01T00:05:00Z (1:25)',
      ],
    ],
    ['sort(g)', []],
    ['label_replace(g, "ä", "", "", "") + rate(g[5m])', [`${noCounter} (1:43)`]],
  ])('%s', (query, wanted) => {
    expect(instant(query)).toEqual(wanted);
  });

  it('tells each only once, of many steps the extremes', () => {
    expect(range('rate(g[5m]) + rate(g[2m])')).toEqual([`${noCounter} (1:20)`]);
    expect(range('quantile(2 - time() / 60, g)')).toEqual([`${quantile} -3 (1:10)`]);
    expect(range('quantile(time() / 100, g)')).toEqual([`${quantile} 3 (1:10)`]);
    expect(range('sort(g)')).toEqual([
      'PromQL warning: sort is ineffective for range queries since results are always ordered by labels (1:1)',
    ]);
    expect(range('histogram_quantile(0.5, h_bucket)')[0]).toContain(
      'max diff of 10, over 5 samples from 1970-01-01T00:01:00Z to 1970-01-01T00:05:00Z (1:25)',
    );
  });

  it('tells them even if the query fails', () => {
    const notes: string[] = [];
    const query = expression('rate(g[5m]) + on () group_left () bottomk(NaN, g)');
    expect(() => evaluate(query, reader, FIVE, { note: ({ level }) => notes.push(level) })).toThrow('NaN');
    expect(notes).toEqual(['info']);
  });
});
