import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inUsersWords, positionOf, standIn, substitute } from './placeholders.ts';

const problemsOf = (text: string) => {
  const result = substitute(text);
  return result.ok ? [] : result.problems;
};

describe('placeholders in a gate', () => {
  it('become matchers of equal length, so that later positions stay true', () => {
    const text = 'sum(rate(errors{$canary,code=~"5.."}[30s])) > sum(rate(errors{$stable}[30s]))';
    const result = substitute(text);
    expect(result).toEqual({ ok: true, value: text.replace('$canary', '_="can"').replace('$stable', '_="sta"') });
    if (result.ok) expect(result.value).toHaveLength(text.length);
  });

  it('are told apart from ordinary matchers after parsing', () => {
    expect(standIn({ name: '_', op: '=', value: 'can' })).toBe('canary');
    expect(standIn({ name: '_', op: '=', value: 'sta' })).toBe('stable');
    expect(standIn({ name: '_', op: '=', value: 'other' })).toBeUndefined();
    expect(standIn({ name: 'app', op: '=', value: 'can' })).toBeUndefined();
    expect(standIn({ name: '_', op: '!=', value: 'can' })).toBeUndefined();
  });

  it('leave comments and other strings alone', () => {
    const text = "# is $canary or $other worse?\nup{path=\"/$canary/{$other}\", re=~`\\$$`, q='a\\'$x'}";
    expect(substitute(text)).toEqual({ ok: true, value: text });
  });

  it.each([
    ['$other in braces', 'up{$other}', '$other', { line: 1, column: 4 }],
    ['a longer name', 'up{$canaryx}', '$canaryx', { line: 1, column: 4 }],
    ["a dashboard's variable", 'rate(up{$canary}[$__interval])', '$__interval', { line: 1, column: 18 }],
    ['a variable in braces', `up{$canary} > $${'{limit}'}`, `$${'{limit}'}`, { line: 1, column: 15 }],
    ['a bare dollar', 'up{$canary} > $', '$', { line: 1, column: 15 }],
  ])('refuse %s by name and position', (_, text, found, place) => {
    expect(problemsOf(text)).toMatchObject([
      { code: 'SRN1404', found, place, message: expect.stringContaining(found) },
    ]);
  });

  it('refuse $canary outside of braces, on the right line', () => {
    expect(problemsOf('up{$stable}\n  > $canary')).toMatchObject([
      { place: { line: 2, column: 5 }, message: "$canary stands outside of a selector's braces" },
    ]);
  });

  it('refuse $canary as a quoted value, which would silently select nothing', () => {
    expect(problemsOf('up{version="$canary"}')).toMatchObject([{ place: { line: 1, column: 12 }, found: '"$canary"' }]);
  });

  it('report every fault at once', () => {
    expect(problemsOf('$canary + up{$x} + $stable')).toHaveLength(3);
  });

  it('are put back into messages about the substituted text', () => {
    expect(inUsersWords('unexpected `_="can"`')).toBe('unexpected `$canary`');
  });

  it('never change the length of any text', () => {
    const pieces = fc.constantFrom(
      '$canary',
      '$stable',
      '{',
      '}',
      '"',
      "'",
      '`',
      '#',
      '\n',
      '\\',
      'up',
      ',',
      ' ',
      '[5m]',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        const text = parts.join('');
        const result = substitute(text);
        return !result.ok || result.value.length === text.length;
      }),
    );
  });
});

describe('positionOf', () => {
  it('counts lines and columns from one', () => {
    expect(positionOf('ab\ncd', 0)).toEqual({ line: 1, column: 1 });
    expect(positionOf('ab\ncd', 3)).toEqual({ line: 2, column: 1 });
    expect(positionOf('ab\ncd', 4)).toEqual({ line: 2, column: 2 });
  });
});
