import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quote } from '../../promql/literals.ts';
import { readMetric } from './metric.ts';
import { readInput } from './series.ts';

const pairsOf = (text: string, blanks = true) => {
  const metric = readMetric(text, { blanks });
  return 'message' in metric ? metric.message : metric.pairs;
};

describe('an input series', () => {
  it.each([
    ['up{a="b", a="c"}', 'the label name a is not unique'],
    ['up{a="b", a="b"}', 'the label name a is not unique'],
    ['{"up", __name__="down"}', 'the label name __name__ is not unique'],
    ['up{__name__="a", __name__="b"}', 'the label name __name__ is not unique'],
  ])('%s is none: a label stands twice', (series, message) => {
    expect(readInput([{ series, values: '1' }])).toMatchObject({ message, index: 0, field: 'series' });
  });

  it.each(['up{a="b", a=""}', 'up{a="", a="b"}', 'up{__name__="down"}'])('%s is one', (series) => {
    expect(readInput([{ series, values: '1' }])).toMatchObject({ dropped: 0 });
  });
});

describe('a series as tests name it', () => {
  it.each([
    ['up', [['__name__', 'up']]],
    ['', []],
    ['{}', []],
    ['up{}', [['__name__', 'up']]],
    [
      'up{job="api", instance=\'a:1\',}',
      [
        ['__name__', 'up'],
        ['instance', 'a:1'],
        ['job', 'api'],
      ],
    ],
    [
      '{"my.metric", "my.label"=`x\\n`}',
      [
        ['__name__', 'my.metric'],
        ['my.label', 'x\\n'],
      ],
    ],
    [
      ' job:up:sum { a = "\\"}" } ',
      [
        ['__name__', 'job:up:sum'],
        ['a', '"}'],
      ],
    ],
    // An empty label is none beside a name; without one it stands, and equals no series.
    ['up{a=""}', [['__name__', 'up']]],
    ['up{a="b", a=""}', [['__name__', 'up']]],
    ['{a=""}', [['a', '']]],
    ['up{__name__="down"}', [['__name__', 'up']]],
    [
      'sum{a="b"}',
      [
        ['__name__', 'sum'],
        ['a', 'b'],
      ],
    ],
  ])('%j', (text, pairs) => {
    expect(pairsOf(text)).toEqual(pairs);
  });

  it.each([
    ['up{', 'expected a label name or "}"'],
    ['up{a}', 'expected "=" after the label name a'],
    ['up{a=}', 'expected a label value in quotes'],
    ['up{a="b}', 'expected a label value in quotes'],
    ['up{a="b" c="d"}', 'expected "," or "}" after a label'],
    ['up{,}', 'expected a label name or "}"'],
    ['up{a="\\q"}', 'unknown escape sequence "\\\\q"'],
    ['bool', "bool is a word of PromQL, not a metric's name"],
    ['NaN', "NaN is a word of PromQL, not a metric's name"],
  ])('refuses %j', (text, message) => {
    expect(pairsOf(text)).toBe(message);
  });

  it('has no blank before its braces where values follow', () => {
    expect(readMetric('up {a="b"} 1', { blanks: false })).toMatchObject({ end: 2 });
  });

  it('is read as it was written', () => {
    const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/);
    const labels = fc.dictionary(
      name.filter((one) => one !== '__name__'),
      fc.string({ unit: 'grapheme', minLength: 1 }),
    );
    fc.assert(
      fc.property(labels, (wanted) => {
        const inside = Object.entries(wanted).map(([label, value]) => `${label}=${quote(value)}`);
        const read = readMetric(`m{${inside.join(',')}}`, { blanks: true });
        expect('message' in read ? read : Object.fromEntries(read.pairs)).toEqual({ ...wanted, __name__: 'm' });
      }),
    );
  });
});

describe('the list of series', () => {
  it('ends at a blank line, as promtool has it, and tells how many are left out', () => {
    const written = ['1 2\n', '3', '4'].map((values, index) => ({ series: `s${index}`, values }));
    expect(readInput(written)).toMatchObject({ series: [{ labels: { __name__: 's0' } }], dropped: 2 });
  });

  it('has the later of two with the same labels', () => {
    const written = ['1', '2'].map((values) => ({ series: 'x{b="1", a="2"}', values }));
    expect(readInput(written)).toMatchObject({ series: [{ runs: [{ first: 2 }] }], dropped: 0 });
  });

  it.each([
    [
      { series: 'up{a}', values: '1' },
      { field: 'series', offset: 4 },
    ],
    [
      { series: 'up', values: '1 q' },
      { field: 'values', offset: 2 },
    ],
    [
      { series: ' up', values: '1 q' },
      { field: 'values', offset: 2 },
    ],
    [
      { series: '{}', values: '1' },
      { field: 'series', offset: 0 },
    ],
    [
      { series: 'up@st', values: '1' },
      { field: 'series', unsupported: true },
    ],
  ])('tells where %j is wrong', (one, where) => {
    expect(readInput([{ series: 'fine', values: '1' }, one])).toMatchObject({ index: 1, ...where });
  });
});
