// Makes up unit tests in promtool's format, right ones and wrong ones, from a seed: series in every notation, queries, and what
// they answer, sometimes told wrongly. Never runs one. Called by promtool.test.ts.
import type { Random } from '../../src/lib/random.ts';
import { evaluate } from '../../src/promql/evaluate.ts';
import { formatGoDecimal } from '../../src/promql/go-float.ts';
import type { Labels } from '../../src/series/series.ts';
import { expression, given } from '../support/series-notation.ts';

interface Expected {
  readonly labels: Labels;
  readonly value: number;
}

const QUERIES = [
  'a',
  'a{x="1"}',
  'sum(a)',
  'sum by (x) (a)',
  'rate(a[2m])',
  'increase(a[3m]) > 0',
  'max_over_time(a[5m])',
  'count_over_time(a[90s])',
  'a + on (x) b',
  'a unless on (x) b',
  'b or a',
  'absent(b)',
  'topk(1, a)',
  'a offset 1m',
  'a @ end()',
  'avg_over_time(a[3m:30s])',
  'time()',
  '1 + 1',
  'timestamp(a)',
  'scalar(b) * 2',
  'stddev_over_time(a[5m])',
  'resets(a[10m])',
  'histogram_quantile(0.5, a)',
] as const;

const VALUES = [
  '0+10x5',
  '5-1x10',
  '-3+0.5x8',
  '1 2 3',
  '1 _ 3 _x2 6',
  '7x9',
  '1 2 stale 4x3',
  'NaN 1 Inf',
  '1e3 -0.001 .5',
  '0 0 0 5+5x4 0 1',
  '_ _ 2',
  '-0 1_0',
] as const;

const WRONG_VALUES = ['1+', 'x3', '1 stalex2', '--1', '1;2', '1 2 three', '+', '1x-1', '1+1'] as const;
const INTERVALS = ['15s', '30s', '1m'] as const;
const MISTAKES = ['value', 'label', 'missing', 'more', 'name', 'series', 'query'] as const;

export interface MadeUpTests {
  readonly yaml: string;
  readonly names: readonly string[];
}

export function madeUpTests(random: Random, count: number): MadeUpTests {
  const tests = Array.from({ length: count }, (_, index) => madeUpTest(random, `test ${index}`));
  const yaml = ['evaluation_interval: 30s', 'tests:', ...tests.map(({ yaml }) => yaml)].join('\n');
  return { yaml: `${yaml}\n`, names: tests.map(({ name }) => name) };
}

function madeUpTest(random: Random, number: string): { name: string; yaml: string } {
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const interval = pick(INTERVALS);
  const names = ['a{x="1"}', 'a{x="2"}', 'b{x="1", y="z"}'].filter(() => random() < 0.8);
  const series = Object.fromEntries(names.map((name) => [name, pick(VALUES)]));
  const mistake = random() < 0.5 ? pick(MISTAKES) : undefined;
  const reader = given(interval, readable(series));
  const cases = Array.from({ length: 1 + Math.floor(random() * 3) }, (_, index) => {
    const query = pick(QUERIES);
    const seconds = Math.floor(random() * 40) * 15;
    const wrong = index === 0 ? mistake : undefined;
    const samples = told(answer(reader, query, seconds * 1000), wrong, random);
    const lines = samples.map(
      ({ labels, value }) =>
        `          - { labels: ${JSON.stringify(labelText(labels))}, value: ${yamlNumber(value)} }`,
    );
    return [
      `      - expr: ${JSON.stringify(wrong === 'query' ? `${query} +` : query)}`,
      `        eval_time: ${seconds}s`,
      ...(lines.length > 0 ? ['        exp_samples:', ...lines] : []),
    ].join('\n');
  });
  const given_ = Object.entries(series).map(([name, values], index) => {
    const text = mistake === 'series' && index === 0 ? pick(WRONG_VALUES) : values;
    return `      - { series: ${JSON.stringify(name)}, values: ${JSON.stringify(text)} }`;
  });
  const name = `${number}, ${mistake === undefined ? outcome(cases) : `wrong ${mistake}`}`;
  const head = [`  - name: ${name}`, `    interval: ${interval}`];
  const input = given_.length > 0 ? ['    input_series:', ...given_] : [];
  return { name, yaml: [...head, ...input, '    promql_expr_test:', ...cases].join('\n') };
}

/** promtool compares with Go's equality, so that a test which awaits NaN fails. */
const outcome = (cases: readonly string[]): string =>
  cases.some((text) => text.includes('.nan')) ? 'awaits NaN' : 'right';

/** As series-notation.ts of the tests reads it, which knows less than promtool: repeats written out, no underscores in numbers. */
const readable = (series: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(series).map(([name, values]) => [name, values.replaceAll(/(\d)_(\d)/g, '$1$2')]));

function answer(reader: ReturnType<typeof given>, query: string, at: number): readonly Expected[] {
  const value = evaluate(expression(query), reader, at);
  if (value.kind === 'scalar') return [{ labels: {}, value: value.value }];
  if (value.kind !== 'vector') throw new Error(`no unit test of a ${value.kind}`);
  return value.samples.map(({ labels, value: number }) => ({ labels, value: number }));
}

/** The samples, with the mistake in them. */
function told(samples: readonly Expected[], mistake: string | undefined, random: Random): readonly Expected[] {
  const [first = { labels: {}, value: 0 }, ...rest] = samples;
  switch (mistake) {
    case 'value':
      return [{ ...first, value: first.value + (random() < 0.5 ? 1e-6 : 1) }, ...rest];
    case 'label':
      return [{ ...first, labels: { ...first.labels, x: 'other' } }, ...rest];
    case 'name':
      return [{ ...first, labels: { ...first.labels, __name__: 'other' } }, ...rest];
    case 'missing':
      return rest;
    case 'more':
      return [...samples, { labels: { more: 'yes' }, value: 1 }];
    default:
      return samples;
  }
}

function labelText({ __name__ = '', ...labels }: Labels): string {
  return `${__name__}{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}}`;
}

function yamlNumber(value: number): string {
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  return formatGoDecimal(value);
}
