import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { samplesOf } from './series.ts';
import { type Run, readValues } from './values.ts';

/** What stands at each instant; undefined: nothing. */
function expanded(text: string): readonly (number | 'stale' | undefined)[] {
  const runs = readValues(text);
  if ('message' in runs) throw new Error(`${runs.offset}: ${runs.message}`);
  const values: (number | 'stale' | undefined)[] = [];
  for (const { at, value } of samplesOf({ labels: {}, runs }, 0, 1)) values[at] = value;
  return Array.from(values);
}

const refusal = (text: string) => {
  const runs = readValues(text);
  return 'message' in runs ? runs : undefined;
};

describe('the values of a series', () => {
  it.each<[string, readonly (number | 'stale' | undefined)[]]>([
    ['', []],
    [' 1 2 3', [1, 2, 3]],
    [' -2+4x3', [-2, 2, 6, 10]],
    [' 1-2x4', [1, -1, -3, -5, -7]],
    [' 1x4', [1, 1, 1, 1, 1]],
    [' 1+1x0', [1]],
    [' 1 _x3 stale', [1, undefined, undefined, undefined, 'stale']],
    [' _ 2', [undefined, 2]],
    [' .5 5. 1e3 1.5E-3 +7', [0.5, 5, 1000, 0.0015, 7]],
    [' Inf -inf +INF NaN', [Infinity, -Infinity, Infinity, Number.NaN]],
    [' 010 08 1_000 1_0.5', [8, 8, 1000, 10.5]],
    // No hexadecimal number: nought, five times more.
    [' 0x5', [0, 0, 0, 0, 0, 0]],
    ['  1 \t 2  ', [1, 2]],
  ])('%j', (text, values) => {
    expect(expanded(text)).toEqual(values);
  });

  it('adds a step again and again, rounding included', () => {
    expect(expanded(' 0+0.1x3')).toEqual([0, 0.1, 0.2, 0.1 + 0.1 + 0.1]);
    expect(0.1 + 0.1 + 0.1).not.toBe(0.3);
  });

  it.each([
    [' 1 x3', 'expected a number, "stale" or "_"', 3],
    [' 1+2', 'expected x and how often after a step', 4],
    [' 1x', 'expected a whole number after x', 3],
    [' 1x1_0', 'expected a blank between two values', 4],
    [' 0x1f', 'expected a blank between two values', 4],
    [' NaNx3', 'NaN cannot be repeated with x: write it out', 1],
    [' stalex3', 'stale cannot be repeated with x: write it out', 1],
    [' 1+Infx3', 'Inf cannot be repeated with x: write it out', 3],
    [' 5m', 'not a number', 1],
    [' 0b11', 'not a number', 1],
    [' 1__0', 'not a number: 1__0', 1],
    [' 1e999', 'not a number: 1e999', 1],
    [' --1', 'expected a number, "stale" or "_"', 2],
    ['1', 'expected a blank between two values', 0],
    [' 1 sum', 'expected a number, "stale" or "_"', 3],
    [' 1x99999999', 'more than 2000000 values in one series', 1],
  ])('refuses %j', (text, message, offset) => {
    expect(refusal(text)).toMatchObject({ message, offset });
  });

  it('refuses native histograms by name', () => {
    expect(refusal(' 1 {{schema:1 count:3}}')).toEqual({
      offset: 3,
      message: 'native histograms are not supported',
      unsupported: true,
    });
  });

  const value = fc.oneof(fc.double({ noNaN: true }), fc.integer());
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
  const run = fc.oneof<fc.Arbitrary<Run>[]>(
    fc.constant({ kind: 'stale', count: 1 }),
    fc.nat(50).map((count) => ({ kind: 'none', count })),
    value.map((first) => ({ kind: 'values', first, step: 0, count: 1 })),
    fc.record({
      kind: fc.constant('values' as const),
      first: finite,
      step: finite,
      count: fc.integer({ min: 1, max: 50 }),
    }),
  );

  it('are read as they were written, whatever they are', () => {
    fc.assert(
      fc.property(fc.array(run), (runs) => {
        expect(readValues(runs.map((one) => ` ${printed(one)}`).join(''))).toEqual(runs);
      }),
      { examples: [[[{ kind: 'values', first: 1, step: -0, count: 1 }]]] },
    );
  });

  it('are never more than a fault, whatever stands there', () => {
    const piece = fc.constantFrom('1', 'x', '_', '+', '-', ' ', 'e', '.', 'stale', 'Inf', '{{', '0', '9', 'NaN', ':');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('').replace(/\d{7,}/g, '1');
        const fault = refusal(text);
        if (fault !== undefined) expect(fault.offset).toBeLessThanOrEqual(text.length);
      }),
    );
  });
});

function printed(one: Run): string {
  if (one.kind === 'stale') return 'stale';
  if (one.kind === 'none') return `_x${one.count}`;
  const { first, step, count } = one;
  const number = (value: number) => (Object.is(value, -0) ? '-0' : String(value).replace('Infinity', 'Inf'));
  if (count === 1 && Object.is(step, 0)) return number(first);
  const sign = step < 0 || Object.is(step, -0) ? '' : '+';
  return `${number(first)}${sign}${number(step)}x${count - 1}`;
}
