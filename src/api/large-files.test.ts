import { describe, expect, it } from 'vitest';
import { readObjects } from './load.ts';

/** Far above what it takes on a busy machine (a second or two), far below what quadratic work takes. */
const PATIENCE_MS = 15_000;

const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n';

const read = (text: string) => readObjects([{ name: 'a.yaml', text }]);
const problemsOf = (text: string) => {
  const result = read(text);
  return result.ok ? [] : result.problems;
};
const times = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('');

describe('a large file', () => {
  it('is refused by its size before it is parsed', () => {
    expect(problemsOf(`${CONFIG_MAP}data:\n${times(400_000, (i) => `  key${i}: v\n`)}`)).toEqual([
      {
        code: 'SRN1010',
        place: { file: 'a.yaml' },
        message: 'the file is too large for manifests',
        found: expect.stringMatching(/^\d+ characters$/),
        accepted: 'at most 1048576 bytes; split it, or keep the data elsewhere',
      },
    ]);
  });

  it('may have as many keys as fit in', { timeout: PATIENCE_MS }, () => {
    expect(problemsOf(`${CONFIG_MAP}data:\n${times(60_000, (i) => `  key${i}: v\n`)}`)).toEqual([]);
  });

  it('may have very many documents and wrong fields, each with its place', { timeout: PATIENCE_MS }, () => {
    const documents = problemsOf('---\na: 1\n'.repeat(20_000));
    expect(documents).toHaveLength(20_000);
    expect(documents.at(-1)).toMatchObject({ code: 'SRN1005', place: { line: 40_000 } });
    const fields = problemsOf(`${CONFIG_MAP}${times(40_000, (i) => `key${i}: v\n`)}`);
    expect(fields).toHaveLength(40_000);
    expect(fields.at(-1)).toMatchObject({ code: 'SRN1003', place: { line: 40_003 } });
  });

  it.each([
    ['a list', `a:\n${'- x\n'.repeat(210_000)}`, 'too many values'],
    ['brackets that nobody closes', '['.repeat(20_000), 'nested too deeply'],
    ['brackets that nobody opened', '}\n'.repeat(20_000), expect.any(String)],
    ['tabs', `a:\n${'\t- x\n'.repeat(20_000)}`, expect.any(String)],
    ['anchors with aliases', `a:\n${times(40_000, (i) => `- &a${i} x\n- *a${i}\n`)}`, 'too many aliases'],
  ])('of %s is told about in a few lines', { timeout: PATIENCE_MS }, (_, text, message) => {
    const problems = problemsOf(text);
    expect(problems.map(({ message: told }) => told)).toContainEqual(message);
    expect(problems.length).toBeLessThanOrEqual(20);
  });
});

describe('deep nesting', () => {
  it.each([100, 700, 5000, 50_000])('of %d levels is told with its place', (levels) => {
    for (const text of [`a: ${'['.repeat(levels)}${']'.repeat(levels)}\n`, `${'- '.repeat(levels)}a\n`])
      expect(problemsOf(text)[0]).toMatchObject({
        code: 'SRN1001',
        place: { line: 1, column: expect.any(Number) },
        message: 'nested too deeply',
        accepted: 'at most 64 levels',
      });
  });

  it('through aliases counts as well', () => {
    const chain = times(900, (i) => `a${i + 1}: &a${i + 1} [*a${i}]\n`);
    expect(problemsOf(`a0: &a0 x\n${chain}`)).toMatchObject([
      { code: 'SRN1001', message: 'nested too deeply', place: { line: 65 } },
    ]);
  });
});

describe('aliases', () => {
  it('that would expand into very much are refused', () => {
    const levels = times(9, (i) => `a${i + 1}: &a${i + 1} [${Array.from({ length: 9 }, () => `*a${i}`).join(', ')}]\n`);
    expect(problemsOf(`a0: &a0 x\n${levels}`)).toMatchObject([
      { code: 'SRN1001', message: 'too many values', accepted: 'at most 200000' },
    ]);
  });

  it('of a large map are counted at its size, merged ones too', () => {
    const map = `x: &x\n${times(4000, (i) => `  k${i}: v\n`)}`;
    for (const use of ['- *x\n', '- { <<: *x }\n'])
      expect(problemsOf(`${map}y:\n${use.repeat(90)}`)).toMatchObject([{ message: 'too many values' }]);
  });

  it('of nothing, and of what is around them, are told where they stand', () => {
    expect(problemsOf('a: &a x\nb: [*c]\n')).toEqual([
      {
        code: 'SRN1001',
        place: { file: 'a.yaml', line: 2, column: 5 },
        message: 'no anchor of that name stands before the alias',
        found: '*c',
        accepted: 'a',
      },
    ]);
    expect(problemsOf('a: &a [*a]\n')).toMatchObject([
      { message: 'an alias inside of what it stands for', place: { line: 1, column: 8 } },
    ]);
  });
});

it('a key that stands twice is told with its name and place, in a flow map too', () => {
  const twice = { code: 'SRN1001', message: 'the key stands twice in one map', found: '`kind`' };
  expect(problemsOf('kind: Service\nkind: Service\n')).toMatchObject([{ ...twice, place: { line: 2, column: 1 } }]);
  expect(problemsOf('{ kind: a, "kind": b }\n')).toMatchObject([{ ...twice, place: { line: 1, column: 12 } }]);
});
