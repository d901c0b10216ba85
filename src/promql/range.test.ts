import { describe, expect, it } from 'vitest';
import { expression, given } from '../../test/support/series-notation.ts';
import type { Matcher, SeriesReader } from '../series/series.ts';
import { evaluate } from './evaluate.ts';
import { identity } from './labels.ts';
import { evaluateRange } from './range.ts';

const MINUTE = 60_000;
const STEPS = { startMs: 0, endMs: 48 * MINUTE, stepMs: 3 * MINUTE };

const reader = given('1m', {
  'c_total{pod="1", job="a"}': '0+10x20 5+7x39',
  'c_total{pod="2", job="a"}': '0+5x10 stale _x10 100+3x30',
  'c_total{pod="3", job="b"}': '_x15 7+1x30',
  'g{pod="1", job="a"}':
    '3 1 4 1 5 9 2 6 5 3 5 8 9 7 9 3 2 3 8 4 6 2 6 4 3 3 8 3 2 7 9 5 NaN 2 8 8 4 1 9 7 1 6 9 3 9 9 3 7 5 1',
  'g{pod="2", job="a"}': '2x25 stale Inf 4x20',
  'g{pod="3", job="b"}': '_x20 1x5 stale _x9 8x10',
  'h_bucket{le="0.1"}': '0+1x60',
  'h_bucket{le="0.5"}': '0+3x60',
  'h_bucket{le="+Inf"}': '0+4x60',
});

/** Series as text: time, labels and value of every sample. */
const told = (query: string, steps = STEPS): readonly string[] =>
  evaluateRange(expression(query), reader, steps)
    .series.flatMap(({ labels, times, values }) =>
      [...times].map((time, i) => `${time} ${identity(labels)} ${values[i]}`),
    )
    .sort();

/** The same asked step by step. */
function stepByStep(query: string, { startMs, endMs, stepMs } = STEPS): readonly string[] {
  const lines: string[] = [];
  for (let at = startMs; at <= endMs; at += stepMs) {
    const value = evaluate(expression(query), reader, at, { start: startMs, end: endMs });
    const samples =
      value.kind === 'vector' ? value.samples : [{ labels: {}, value: (value as { value: number }).value }];
    for (const sample of samples) lines.push(`${at} ${identity(sample.labels)} ${sample.value}`);
  }
  return lines.sort();
}

describe('a range query answers as instant queries at each step do', () => {
  it.each(
    [
      'g',
      '1',
      'time()',
      'g offset 2m',
      'g @ 600',
      'g @ end() - g',
      'rate(c_total[5m])',
      'sum by (job) (rate(c_total[5m] offset 1m))',
      'sum(increase(c_total[10m] @ end())) + sum(rate(c_total[5m]))',
      'predict_linear(g[10m] @ 1200, 60)',
      'predict_linear(g[10m:2m] @ 1200, time())',
      'timestamp(g) + timestamp(abs(g)) * 0',
      'timestamp(g @ 600)',
      'hour(g @ 600) + on () group_left () minute()',
      'max_over_time(rate(c_total[2m])[10m:1m])',
      'max_over_time(g[10m:])',
      'avg_over_time(sum by (job) (g)[10m:90s] offset 3m)',
      'sum_over_time(g[10m:2m] @ start())',
      'max_over_time(max_over_time(g[5m:1m])[10m:3m])',
      'count_over_time((g > 3)[10m:1m])',
      'rate(c_total[5m:30s])',
      'absent_over_time(g{pod="3"}[3m:1m])',
      'absent(g{pod="3"})',
      'topk by (job) (1, g)',
      'bottomk(2, g)',
      'quantile(0.5, g)',
      'count_values("value", g)',
      'g > on (pod) group_left (job) c_total / 10',
      'g * on (pod, job) c_total',
      'g or c_total',
      'g unless on (job) c_total{pod="3"}',
      'histogram_quantile(0.9, rate(h_bucket[5m]))',
      'histogram_fraction(0, 0.3, h_bucket)',
      'label_replace(g, "x", "$1", "pod", "(.*)")',
      'label_join(g, "x", "-", "pod", "job")',
      '-g',
      'sort(g)',
      'scalar(g{pod="1"}) ^ 2',
      'double_exponential_smoothing(g[10m], 0.5, 0.3)',
      'last_over_time({__name__=~"g|c_total"}[2m])',
    ].filter((query) => !query.startsWith('topk(scalar')),
  )('%s', (query) => {
    const lines = told(query);
    expect(lines).toEqual(stepByStep(query));
    expect(lines.length).toBeGreaterThan(0);
  });

  it('with parameters that change from step to step', () => {
    const query = 'topk(scalar(g{pod="1"}), g)';
    const whole = { startMs: 0, endMs: 20 * MINUTE, stepMs: MINUTE };
    expect(told(query, whole)).toEqual(stepByStep(query, whole));
    expect(told('quantile(scalar(g{pod="1"}) / 10, g)', whole)).toEqual(
      stepByStep('quantile(scalar(g{pod="1"}) / 10, g)', whole),
    );
  });
});

describe('a range query', () => {
  it('knows its bounds, in subqueries too', () => {
    const steps = { startMs: 60_000, endMs: 130_000, stepMs: 30_000 };
    const of = (query: string) =>
      evaluateRange(expression(query), reader, steps).series.map(({ values }) => [...values]);
    expect(of('start()')).toEqual([[60, 60, 60]]);
    expect(of('end()')).toEqual([[130, 130, 130]]);
    expect(of('range()')).toEqual([[70, 70, 70]]);
    expect(of('step() + time()')).toEqual([[90, 120, 150]]);
    expect(of('max_over_time(vector(start() + step())[1m:1s])')).toEqual([[90, 90, 90]]);
    expect(evaluate(expression('start() + end() + range() + step()'), reader, 5000)).toEqual({
      kind: 'scalar',
      value: 10,
    });
  });

  it('has its series in the order of their labels and its steps up to the end', () => {
    const { series } = evaluateRange(expression('{__name__=~"g|c_total"}'), reader, {
      startMs: 0,
      endMs: 100_000,
      stepMs: 30_000,
    });
    expect(series.map(({ labels }) => `${labels['__name__']} ${labels['pod']}`)).toEqual([
      'c_total 1',
      'c_total 2',
      'g 1',
      'g 2',
    ]);
    expect(series[0]?.times).toEqual(Float64Array.of(0, 30_000, 60_000, 90_000));
  });

  it('has durations of its own step and range', () => {
    const steps = { startMs: 10 * MINUTE, endMs: 20 * MINUTE, stepMs: 5 * MINUTE };
    const same = (query: string, other: string) => expect(told(query, steps)).toEqual(told(other, steps));
    same('sum_over_time(g[step()])', 'sum_over_time(g[5m])');
    same('max_over_time(g[range()] @ end())', 'max_over_time(g[10m] @ end())');
    same('g offset -step()', 'g offset -5m');
    same('sum_over_time(g[min_of(2 * step(), 7m):step() / 5])', 'sum_over_time(g[7m:1m])');
    expect(() => evaluate(expression('rate(g[step()])'), reader, 0)).toThrow('7:13: duration must be greater than 0');
    expect(() => told('rate(g[5m / (step() - 5m)])', steps)).toThrow('7:24: division by zero');
    expect(() => told('sum_over_time(g[5m:step() / 1e6])', steps)).toThrow('the step of a subquery is too small');
  });

  it('reads each selector once, however many steps there are, as far as the steps reach', () => {
    const selected: [readonly Matcher[], number, number][] = [];
    const counting: SeriesReader = {
      select(...asked) {
        selected.push(asked);
        return reader.select(...asked);
      },
    };
    evaluateRange(expression('sum(rate(c_total[5m])) / max_over_time(g[10m:1m]) > g @ 60 offset 1m'), counting, STEPS);
    expect(selected.map(([, from, to]) => [from / MINUTE, to / MINUTE])).toEqual([
      [-5, 48],
      // The subquery's first step is one of its own, after ten minutes before the first step of all.
      [-14, 48],
      [-5, 0],
    ]);
  });

  it('is refused for what has no value at each step', () => {
    expect(() => told('g[5m]')).toThrow(
      'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    );
    expect(() => told('"x"')).toThrow('invalid expression type "string" for range query');
    expect(() => told('g', { ...STEPS, stepMs: 0 })).toThrow(RangeError);
  });

  it('refuses two series that only their names told apart, even if they never meet', () => {
    const passing = given('1m', { 'a{x="1"}': '1x10 stale', 'b{x="1"}': '_x20 1x10' });
    const query = expression('max_over_time({__name__=~"a|b"}[1m])');
    expect(() => evaluateRange(query, passing, STEPS)).toThrow('vector cannot contain metrics with the same labelset');
    // As in Prometheus, names that are dropped step by step are compared step by step.
    expect(evaluateRange(expression('-{__name__=~"a|b"}'), passing, STEPS).series).toHaveLength(1);
  });

  it('takes a bad parameter at any step for an error at all of them', () => {
    expect(() => told('topk(scalar(g{pod="1"}), g)', { ...STEPS, stepMs: MINUTE })).toThrow('Parameter value is NaN');
    expect(() => told('bottomk(1e19, g)')).toThrow('Scalar value 1e+19 overflows int64');
    expect(() => told('topk(1 - time() * 1e30, g)')).toThrow('underflows int64');
    expect(told('topk(0, g)')).toEqual([]);
  });

  it('stops at the limits it is given', () => {
    const ask = (query: string, limits: object) => () => evaluateRange(expression(query), reader, STEPS, { limits });
    expect(ask('g', { steps: 16 })).toThrow(
      'query processing would load too many samples into memory in query execution',
    );
    expect(ask('g', { samples: 30 })).toThrow('query processing would load too many samples');
    expect(ask('rate(c_total[30m])', { reads: 100 })).toThrow('query timed out in expression evaluation');
    expect(ask('max_over_time(g[10y:1ms])', {})).toThrow('query processing would load too many samples');
    expect(ask('g', { steps: 17, samples: 51 })).not.toThrow();
  });
});
