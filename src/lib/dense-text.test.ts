import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromDense, toDense } from './dense-text.ts';

const again = (value: unknown): unknown => fromDense(toDense(value));

describe('dense text', () => {
  it('gives back what JSON gives back, with the names in their order', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = JSON.stringify(value);
        expect(JSON.stringify(again(value))).toBe(JSON.stringify(JSON.parse(json)));
      }),
    );
  });

  it('gives back every number to the last digit', () => {
    const numbers = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.tuple(fc.integer(), fc.nat(8)).map(([digits, decimals]) => digits / 10 ** decimals),
    );
    fc.assert(
      fc.property(fc.array(numbers), (list) => {
        expect(again(list)).toEqual(list.map((one) => one + 0));
      }),
      { numRuns: 1000 },
    );
    const odd = [0, 1e21, 5e-324, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER, 0.1 + 0.2, 140_737_488_355_327];
    expect(again(odd)).toEqual(odd);
  });

  it('leaves out what JSON leaves out', () => {
    expect(again({ a: undefined, b: 1 })).toEqual({ b: 1 });
  });

  it('spells a word once', () => {
    expect(toDense([{ exposure: 'mirrored' }, { exposure: 'mirrored' }])).toBe('[{~08exposure~08mirrored}{@0@1}]');
  });

  it('spells of a word what the last one did not have', () => {
    expect(toDense(['checkout-a', 'checkout-b', 'cart'])).toBe('[~0Acheckout-a~91b~13art]');
  });

  it('spells no word that is known, and is read with more of them', () => {
    const text = toDense({ exposure: 'live', pods: 2 }, ['live', 'exposure']);
    expect(text).toBe('{1%0~04pods14}');
    expect(fromDense(text, ['live', 'exposure', 'pods'])).toEqual({ exposure: 'live', pods: 2 });
  });

  it('takes half of what logarithms of evidence take in JSON, and is escaped nowhere in it', () => {
    const logs = Array.from({ length: 100 }, (_, k) => Math.round(-1e5 * (8 + 20 * Math.sin(k) ** 4)) / 1e5);
    expect(toDense(logs).length).toBeLessThan(0.55 * JSON.stringify(logs).length);
    expect(JSON.stringify(toDense({ logs }))).toBe(`"${toDense({ logs })}"`);
    expect(toDense({ logs })).not.toMatch(/[<>&'"\\]/);
  });

  it('is refused when it is cut off, or goes on', () => {
    const text = toDense({ logs: [1.5, -2], name: 'a word' });
    for (let length = 0; length < text.length; length += 1)
      expect(() => fromDense(text.slice(0, length))).toThrow(SyntaxError);
    expect(() => fromDense(`${text}0`)).toThrow(SyntaxError);
    expect(() => fromDense('{0')).toThrow(SyntaxError);
  });
});
