import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asMatrix, asOpenMetrics, inPieces, recordedSeries } from '../../test/support/recordings.ts';
import { formatProblem } from '../lib/problem.ts';
import { seriesKey } from '../series/labels.ts';
import { isStale, type SeriesData } from '../series/series.ts';
import { readRecording } from './recording.ts';

const read = (...texts: readonly string[]) =>
  readRecording(texts.map((text, index) => ({ name: `samples-${index + 1}`, pieces: inPieces(text) })));

async function seriesOf(...texts: readonly string[]): Promise<readonly SeriesData[]> {
  const recording = await read(...texts);
  if (!recording.ok) throw new Error(recording.problems.map(formatProblem).join('\n'));
  return recording.value.series;
}

async function faultOf(...texts: readonly string[]): Promise<string> {
  const recording = await read(...texts);
  return recording.ok ? 'none' : recording.problems.map(formatProblem).join('\n');
}

const plain = (series: readonly SeriesData[]) =>
  Object.fromEntries(series.map(({ labels, times, values }) => [seriesKey(labels), [[...times], [...values]]]));

describe('a recording in OpenMetrics', () => {
  it('is read whole, wherever its pieces end', async () => {
    const series = recordedSeries({ seconds: 60, canary: { errors: () => 0.1 } });
    const text = asOpenMetrics(series);
    for (const length of [1, 7, 100, text.length]) {
      const recording = await readRecording([{ name: 'a', pieces: inPieces(text, length) }]);
      if (!recording.ok) throw new Error('it is whole');
      expect(plain(recording.value.series)).toEqual(plain(series));
      const samples = series.reduce((sum, { times }) => sum + times.length, 0);
      expect(recording.value).toMatchObject({ from: series[0]?.times[0], to: series[0]?.times.at(-1), samples });
    }
  });

  it('may have its series in blocks that are out of order, and several times the same', async () => {
    const series = await seriesOf('a 3 30.000\na 4 40.000\nb 1 10.000\na 1 10.000\na 2 20.000\na 4 40.000\n# EOF\n');
    expect(plain(series)).toEqual({
      [seriesKey({ __name__: 'a' })]: [
        [10_000, 20_000, 30_000, 40_000],
        [1, 2, 3, 4],
      ],
      [seriesKey({ __name__: 'b' })]: [[10_000], [1]],
    });
  });

  it('has any order of samples in the end', async () => {
    const samples = fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(samples, async (seconds) => {
        const [series] = await seriesOf(`${seconds.map((at) => `a ${at * 2} ${at}.000\n`).join('')}# EOF\n`);
        const sorted = seconds.toSorted((a, b) => a - b);
        expect([...(series?.times ?? [])]).toEqual(sorted.map((at) => at * 1000));
        expect([...(series?.values ?? [])]).toEqual(sorted.map((at) => at * 2));
      }),
    );
  });

  it('takes a NaN alone for the end of a series, and several in a row for what was exported', async () => {
    const [series] = await seriesOf('a 1 1.000\na NaN 2.000\na 3 3.000\na NaN 4.000\na NaN 5.000\na 6 6.000\n# EOF\n');
    const values = series?.values ?? new Float64Array();
    expect([...values.keys()].map((index) => isStale(values, index))).toEqual([
      false,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('may be several files, which together are one', async () => {
    const series = await seriesOf('a 1 1.000\n# EOF\n', 'a 1 1.000\na 2 2.000\n# EOF\n');
    expect(plain(series)).toEqual({
      [seriesKey({ __name__: 'a' })]: [
        [1000, 2000],
        [1, 2],
      ],
    });
  });

  it('that is cut off is refused', async () => {
    expect(await faultOf('a 1 1.000\n')).toContain('samples-1:1:1: the end "# EOF" is missing');
  });

  it('with a line that is no sample is refused with file, line and column', async () => {
    expect(await faultOf('a 1 1.000\n# EOF\n', `${'a 1 1.000\n'.repeat(300)}a x 2.000\n# EOF\n`)).toMatch(
      /^samples-2:301:3: "x" is no number \(accepted: OpenMetrics with times, .*\) \[SRN1907\]$/,
    );
  });

  it('whose samples have no times is refused: it is a page', async () => {
    expect(await faultOf('# TYPE a counter\na_total 1\n# EOF\n')).toContain(
      'samples-1:2:1: the sample has no time, as on a page that was not recorded',
    );
  });

  it('with two values of a series at one time is refused', async () => {
    expect(await faultOf('a{b="c"} 1 1.000\na{b="c"} 2 1.000\n# EOF\n')).toContain(
      'a series has two different values at 1970-01-01T00:00:01.000Z (found a{b="c"}',
    );
  });

  it('without any sample is refused', async () => {
    expect(await faultOf('# EOF\n')).toContain('there is no sample in it (found samples-1');
    expect(await faultOf('')).toContain('samples-1: the file is empty (accepted: OpenMetrics with times');
    expect(await faultOf('# TYPE a counter\n')).toContain('the end "# EOF" is missing');
  });

  it('that is a page of HTML is refused as such', async () => {
    const message =
      'samples-1:1:1: this is a page of HTML or XML, as a proxy or a login answers (found "<!doctype html><html><body>502 Bad Gatew"';
    const text = '\n<!doctype html><html><body>502 Bad Gateway</body></html>\n';
    expect(await faultOf(text)).toContain(message);
    expect(await faultOf(text + ' '.repeat(5000))).toContain(message);
  });

  it('shows what is no text as it could be written, and short', async () => {
    expect(await faultOf('a{b="c"} 1 1.000\r\n# EOF\r\n')).toContain('samples-1:1:12: "1.000\\r" is no timestamp');
    expect(await faultOf('a\u0000\u001b[31mb 1 1.0\n# EOF\n')).toContain('"a\\u0000\\u001b[31mb" is no metric name');
    expect((await faultOf(`${'é'.repeat(100_000)} 1 1.0\n# EOF\n`)).length).toBeLessThan(500);
  });

  it('with a time that no calendar knows is refused', async () => {
    expect(await faultOf('a 1 8640000000001.0\n# EOF\n')).toContain(
      'a series has a sample at 8640000000001000 ms since 1970, which no calendar knows (found a; accepted: times in seconds',
    );
    const twice = 'a 1 -8640000000001.0\na 2 -8640000000001.0\n# EOF\n';
    expect(await faultOf(twice)).toContain('a series has a sample at -8640000000001000 ms since 1970');
  });
});

describe('a recording in OpenMetrics with whole seconds', () => {
  it('is not taken for milliseconds', async () => {
    const [series] = await seriesOf('a 1 1767225600\na 2 1767225605\n# EOF\n');
    expect([...(series?.times ?? [])]).toEqual([1_767_225_600_000, 1_767_225_605_000]);
    expect(await faultOf('a 1 1767225600\na 2 1767225605\n')).toContain('the end "# EOF" is missing');
  });
});

describe('a recording in the text format', () => {
  it('has its times in milliseconds', async () => {
    const text = '# HELP a Of something.\n# TYPE a counter\n\na{b="c"}\t1 1767225600000\na{b="c"} 2 1767225605000\n';
    expect(plain(await seriesOf(text))).toEqual({
      [seriesKey({ __name__: 'a', b: 'c' })]: [
        [1_767_225_600_000, 1_767_225_605_000],
        [1, 2],
      ],
    });
  });

  it('keeps its line numbers although comments come first', async () => {
    const comments = '# a comment that is long enough to fill a piece by itself\n'.repeat(40);
    expect(await faultOf(`${comments}a 1 1767225600000\na 1\n`)).toContain('samples-1:42:1: the sample has no time');
  });
});

describe("a recording as the JSON of Prometheus' API", () => {
  it('is read whole', async () => {
    const series = recordedSeries({ seconds: 60 });
    expect(plain(await seriesOf(asMatrix(series.slice(0, 5)), asMatrix(series.slice(5))))).toEqual(plain(series));
  });

  it('has infinities and NaN in their words', async () => {
    const values = [
      [1, '+Inf'],
      [2, '-Inf'],
      [3, '1e3'],
      [3.5, 'NaN'],
      [3.75, 'NaN'],
    ];
    const text = JSON.stringify({
      status: 'success',
      data: { resultType: 'matrix', result: [{ metric: {}, values }] },
    });
    const [series] = await seriesOf(text);
    expect([...(series?.values ?? [])]).toEqual([Infinity, -Infinity, 1000, Number.NaN, Number.NaN]);
    expect(series?.times[3]).toBe(3500);
  });

  it.each([
    ['{"status":"success","data": oops}', "samples-1: not valid JSON: unexpected token 'o'"],
    ['{"status":"success",\n"data":{"resultType":"matrix","result":[{', 'samples-1:2:42: not valid JSON'],
    ['[1]', 'this is no answer of Prometheus (found nothing'],
    [
      '{"status":"error","error":"bad_data: parse error"}',
      'the answer is an error of Prometheus (found bad_data: parse error',
    ],
    [
      '{"status":"success","data":{"resultType":"vector","result":[]}}',
      'data.resultType: the answer holds no samples over time (found "vector"',
    ],
    [
      '{"status":"success","data":{"resultType":"matrix"}}',
      'data.result: the answer has no list of series (found nothing',
    ],
    [
      '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,2]]}]}}',
      'data.result[0].values[0]: a sample is a time and a value in quotes (found [1,2]',
    ],
    ['{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,""]]}]}}', 'found [1,""]'],
    [
      '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"histograms":[]}]}}',
      'native histograms are not supported',
    ],
    [
      '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":1},"values":[]}]}}',
      'data.result[0].metric: a series without labels',
    ],
    ['{"status":"success","data":{"resultType":"matrix","result":[]}}', 'there is no sample in it'],
    [
      '{"status":"success","warnings":["partial response"],"data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"]]}]}}',
      'warnings: the answer may be partial: it came with warnings (found ["partial response"]',
    ],
    [
      '{"status":"success","isPartial":true,"data":{"resultType":"matrix","result":[]}}',
      'isPartial: the answer may be partial: it came with warnings (found true',
    ],
    ['{"status":"success","warnings":"partial","data":{"resultType":"matrix","result":[]}}', 'found "partial"'],
    [
      '{"status":"success","data":{"resultType":"matrix","result":[{"metric":["a"],"values":[]}]}}',
      'data.result[0].metric: a series without labels (found ["a"]',
    ],
    [
      '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1e300,"2"]]}]}}',
      'no calendar',
    ],
    ...['0x10', ' 5 ', 'Infinity', '1_0', '--Inf'].map((value) => [
      `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"${value}"]]}]}}`,
      `data.result[0].values[0]: a sample is a time and a value in quotes (found [1,"${value}"]`,
    ]),
  ])('is refused when it is %s', async (text, message) => {
    expect(await faultOf(text)).toContain(message);
  });

  it('is refused when it is nested without end', async () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(await faultOf(`{"status":${deep}}`)).toContain('this is no answer of Prometheus (found a list');
    expect(await faultOf(`{"status":"success","data":{"a":${deep}}}`)).toContain('found nothing');
    expect(await faultOf('['.repeat(1_000_000))).toContain('not valid JSON');
  });

  it('is read where nothing warns', async () => {
    const data = { resultType: 'matrix', result: [{ metric: { a: 'b' }, values: [[1, '2']] }] };
    const read = await seriesOf(
      JSON.stringify({ status: 'success', warnings: null, isPartial: false, infos: ['a style'], data }),
    );
    expect(read).toHaveLength(1);
  });
});
