import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNumber, printDuration, printNumber, quote, unquote } from './literals.ts';

describe('parseNumber', () => {
  it.each([
    ['0', 0],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['1e3', 1000],
    ['2E-2', 0.02],
    ['0x1F', 31],
    ['010', 8],
    ['08', 8],
    ['1_000', 1000],
    ['Inf', Number.POSITIVE_INFINITY],
    ['inF', Number.POSITIVE_INFINITY],
    ['NaN', Number.NaN],
    ['5m', 300],
    ['1h30m', 5400],
    ['1s500ms', 1.5],
    ['1d', 86_400],
    ['2w', 1_209_600],
    ['1y', 31_536_000],
  ])('reads %s as Go and Prometheus do', (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });

  it.each(['', '0x', '1e999', '5M', '1h30', 'x', '1.5h'])('refuses %s', (text) => {
    expect(parseNumber(text)).toBeUndefined();
  });

  it('reads back every number it prints', () => {
    fc.assert(
      fc.property(fc.double({ min: 0 }), (value) => {
        expect(parseNumber(printNumber(value))).toBe(value);
      }),
    );
  });
});

describe('printDuration', () => {
  it.each([
    [0, '0s'],
    [5000, '5s'],
    [300_000, '5m'],
    [5_400_000, '1h30m'],
    [1500, '1s500ms'],
    [604_800_000, '1w'],
    [8 * 86_400_000, '8d'],
    [-60_000, '-1m'],
    [0.5, '0.0005'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(printDuration(ms)).toBe(text);
  });

  it('writes what reads back as the same duration', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e12 }), (ms) => {
        expect((parseNumber(printDuration(ms)) ?? 0) * 1000).toBeCloseTo(ms, 3);
      }),
    );
  });
});

describe('unquote', () => {
  it.each([
    ['"plain"', 'plain'],
    ["'single'", 'single'],
    ['`raw \\n`', 'raw \\n'],
    ['"a\\n\\t\\\\\\""', 'a\n\t\\"'],
    ["'\\''", "'"],
    ['"\\x41\\101\\u00e9\\U0001F600"', 'AAé😀'],
    ['"\\xc3\\xa9"', 'é'],
  ])('reads %s', (literal, value) => {
    expect(unquote(literal)).toEqual({ ok: true, value });
  });

  it.each([
    ['"ab\\q"', 3, 'unknown escape sequence "\\\\q"'],
    ['"\\xff"', 5, 'the escaped bytes before here are not valid UTF-8'],
    ['"\\ud800"', 1, 'escape sequence is an invalid Unicode code point'],
    ['"\\400"', 1, 'escape sequence is an invalid Unicode code point'],
  ])('refuses %s', (literal, offset, message) => {
    expect(unquote(literal)).toMatchObject({ ok: false, offset });
    expect(unquote(literal)).toHaveProperty('message', message);
  });

  it('reads back whatever quote writes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(unquote(quote(text))).toEqual({ ok: true, value: text });
      }),
    );
  });
});
