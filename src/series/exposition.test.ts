import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatExposition, type MetricFamily, parseExposition } from './exposition.ts';
import type { Labels } from './series.ts';

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const TEXT = 'text/plain; version=0.0.4';

const samplesOf = (text: string, contentType: string) => {
  const result = parseExposition(text, contentType);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value.samples;
};
const problemOf = (text: string, contentType: string) => {
  const result = parseExposition(text, contentType);
  if (result.ok) throw new Error(`accepted: ${text}`);
  const [problem] = result.problems;
  return `${problem?.place.line}:${problem?.place.column} ${problem?.message}`;
};

describe('the text format', () => {
  it('is read with labels, escapes, times in milliseconds, infinities and NaN', () => {
    const page = [
      '# HELP http_requests_total Requests \\\\ by \\n code "x".',
      '# TYPE http_requests_total counter',
      'http_requests_total{method="post",code="200"} 1027 1395066363000',
      'http_requests_total { method = "a\\"b\\\\c\\nd}" , code="400",}\t3 -5',
      '',
      '# any other comment',
      '  plain 1.5e3',
      'a_bucket{le="+Inf"} +Inf',
      'b -Inf',
      'c NaN',
      'd inf',
      'e 0x1',
    ].join('\n');
    expect(problemOf(page, TEXT)).toBe('12:3 "0x1" is no number');
    const result = parseExposition(page.replace('e 0x1', 'e -0'), TEXT);
    expect(result).toEqual({
      ok: true,
      value: {
        samples: [
          {
            labels: { __name__: 'http_requests_total', method: 'post', code: '200' },
            value: 1027,
            time: 1395066363000,
          },
          { labels: { __name__: 'http_requests_total', method: 'a"b\\c\nd}', code: '400' }, value: 3, time: -5 },
          { labels: { __name__: 'plain' }, value: 1500 },
          { labels: { __name__: 'a_bucket', le: '+Inf' }, value: Infinity },
          { labels: { __name__: 'b' }, value: -Infinity },
          { labels: { __name__: 'c' }, value: Number.NaN },
          { labels: { __name__: 'd' }, value: Infinity },
          { labels: { __name__: 'e' }, value: -0 },
        ],
        families: new Map([
          ['http_requests_total', { type: 'counter', help: 'Requests \\ by \n code "x".', unit: '' }],
        ]),
      },
    });
  });

  it('reads names outside the classic character set in quotes', () => {
    const page = '# TYPE "my.metric" gauge\n{"my.metric","my.label"="1",b="2"} 3\n{"x"} 1\n';
    expect(samplesOf(page, TEXT).map(({ labels }) => labels)).toEqual([
      { __name__: 'my.metric', 'my.label': '1', b: '2' },
      { __name__: 'x' },
    ]);
  });

  it('drops labels without a value, since that is the same as no label', () => {
    expect(samplesOf('a{b="",c="1"} 1\n', TEXT)[0]?.labels).toEqual({ __name__: 'a', c: '1' });
  });

  it('says where it is wrong and why', () => {
    expect(problemOf('a 1\nb{x="1} 2\n', TEXT)).toBe('2:5 a quote is not closed on its line');
    expect(problemOf('b{x="1" 2\n', TEXT)).toBe('1:2 a brace is not closed on its line');
    expect(problemOf('b{x=1} 2', TEXT)).toBe('1:5 expected a quoted label value');
    expect(problemOf('b{x} 2', TEXT)).toBe('1:4 expected "=" after the label name "x"');
    expect(problemOf('b{x="1" y="2"} 2', TEXT)).toBe('1:9 expected "," or "}" after a label');
    expect(problemOf('b{x="1",x="2"} 2', TEXT)).toBe('1:9 the label "x" stands twice');
    expect(problemOf('b{1x="1"} 2', TEXT)).toBe('1:3 "1x" is no label name');
    expect(problemOf('b{"c"} 2', TEXT)).toBe('1:3 the metric has two names');
    expect(problemOf('b{__name__="c"} 2', TEXT)).toBe('1:3 a label may not be named __name__');
    expect(problemOf('{x="1"} 2', TEXT)).toBe('1:1 a sample has no metric name');
    expect(problemOf('  1b 2', TEXT)).toBe('1:3 "1b" is no metric name');
    expect(problemOf('b', TEXT)).toBe('1:2 expected a value');
    expect(problemOf('b 1 2 3', TEXT)).toBe('1:7 text after the sample');
    expect(problemOf('b 1 1.5', TEXT)).toBe('1:5 "1.5" is no timestamp');
    expect(problemOf('# TYPE b thing', TEXT)).toContain('1:10 "thing" is no metric type');
    expect(problemOf('# HELP 1b', TEXT)).toBe('1:8 expected a metric name after HELP');
    expect(problemOf('<html>', 'text/html')).toContain('content type');
  });
});

describe('OpenMetrics', () => {
  it('is read with units, times in seconds and exemplars', () => {
    const page = [
      '# TYPE rpc_seconds histogram',
      '# UNIT rpc_seconds seconds',
      '# HELP rpc_seconds How "long\\".',
      'rpc_seconds_bucket{le="0.1"} 8 1520879607.789 # {trace_id="x y"} 0.054 1520879607.7',
      'rpc_seconds_count 8',
      '# EOF',
    ].join('\n');
    const result = parseExposition(page, OPENMETRICS);
    expect(result).toEqual({
      ok: true,
      value: {
        samples: [
          {
            labels: { __name__: 'rpc_seconds_bucket', le: '0.1' },
            value: 8,
            time: 1520879607789,
            exemplar: { labels: { trace_id: 'x y' }, value: 0.054, time: 1520879607700 },
          },
          { labels: { __name__: 'rpc_seconds_count' }, value: 8 },
        ],
        families: new Map([['rpc_seconds', { type: 'histogram', unit: 'seconds', help: 'How "long".' }]]),
      },
    });
  });

  it('must end with its end mark, and nothing may follow that', () => {
    expect(samplesOf('a 1\n# EOF\n', OPENMETRICS)).toHaveLength(1);
    expect(problemOf('a 1\n', OPENMETRICS)).toContain('"# EOF" is missing');
    expect(problemOf('', OPENMETRICS)).toContain('"# EOF" is missing');
    expect(problemOf('# EOF\na 1\n', OPENMETRICS)).toBe('2:1 text after "# EOF"');
  });

  it('is stricter than the text format', () => {
    expect(problemOf('\n# EOF', OPENMETRICS)).toBe('1:1 an empty line');
    expect(problemOf('# hello\n# EOF', OPENMETRICS)).toContain('1:1 a comment');
    expect(problemOf('a  1\n# EOF', OPENMETRICS)).toBe('1:3 expected a value');
    expect(problemOf('# UNIT a_seconds bytes\n# EOF', OPENMETRICS)).toContain('1:18 the metric');
    expect(problemOf('a 1 NaN\n# EOF', OPENMETRICS)).toBe('1:5 "NaN" is no timestamp');
    expect(problemOf('a 1 # {x="1} 2\n# EOF', OPENMETRICS)).toBe('1:10 a quote is not closed on its line');
    expect(problemOf('a 1 # {x} 2\n# EOF', OPENMETRICS)).toBe('1:9 expected "=" after the label name "x"');
  });
});

const anyName = fc.oneof(
  fc.constantFrom('http_requests_total', 'a:b', '__x', 'my.metric', '{', 'é "x"\\', 'a\nb', '# EOF', 'NaN'),
  fc.string({ minLength: 1, unit: 'binary' }),
);
const anyLabels: fc.Arbitrary<Labels> = fc
  .tuple(anyName, fc.dictionary(anyName, fc.string({ minLength: 1, unit: 'binary' }), { maxKeys: 4 }))
  .map(([name, labels]) => Object.fromEntries([...Object.entries(labels), ['__name__', name]]));
const anyFamily = (withTimes: boolean): fc.Arbitrary<MetricFamily> =>
  fc.record({
    name: anyName,
    type: fc.constantFrom('counter', 'gauge', 'histogram', 'summary', 'unknown'),
    help: fc.string({ unit: 'binary' }).map((text) => text.trimStart()),
    samples: fc.array(
      fc
        .tuple(anyLabels, fc.double(), fc.option(fc.integer({ min: -1e12, max: 4e12 }), { nil: undefined }))
        .map(([labels, value, time]) => ({ labels, value, ...(time === undefined || !withTimes ? {} : { time }) })),
      { minLength: 1, maxLength: 5 },
    ),
  });

describe('both formats', () => {
  it('read back what formatExposition wrote', () => {
    const format = fc.constantFrom<'text' | 'openmetrics'>('text', 'openmetrics');
    fc.assert(
      fc.property(
        format,
        fc.uniqueArray(anyFamily(true), { selector: ({ name }) => name, maxLength: 4 }),
        (as, all) => {
          const result = parseExposition(formatExposition(all, as), as === 'text' ? TEXT : OPENMETRICS);
          expect(result.ok && result.value.samples).toEqual(all.flatMap(({ samples }) => samples));
          const described = all.map(({ name, type, help }) => [name, { type, help, unit: '' }]);
          expect(result.ok && [...result.value.families]).toEqual(described);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never throw nor hang, whatever the text', () => {
    const fragment = fc.oneof(
      fc.constantFrom(
        '# TYPE',
        '# HELP',
        '# UNIT',
        '# EOF',
        '#',
        ' ',
        '\n',
        '{',
        '}',
        '"',
        '\\',
        ',',
        '=',
        'a',
        '1',
        '\t',
        '# {',
      ),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    const text = fc.array(fragment, { maxLength: 60 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, fc.constantFrom(TEXT, OPENMETRICS, undefined), (page, type) => {
        const result = parseExposition(page, type);
        const place = result.ok ? undefined : result.problems[0]?.place;
        const lines = page.split('\n').length;
        if (place?.line !== undefined) expect(place.line).toBeLessThanOrEqual(lines);
        expect(place === undefined || (place.column ?? 0) >= 1).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it('read a long line of open quotes and braces in time that grows with its length only', () => {
    const result = parseExposition(`a{${'x="\\'.repeat(200_000)}`, TEXT);
    expect(result.ok).toBe(false);
  });
});
