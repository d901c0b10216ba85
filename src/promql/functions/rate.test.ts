import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ask, given } from '../../../test/support/series-notation.ts';
import { createStore } from '../../series/store.ts';

const single = (notation: string, interval: string, query: string, at: string): number | undefined => {
  const answer = ask(given(interval, { c: notation }), query, at);
  return typeof answer === 'object' ? (answer['{}'] as number | undefined) : Number.NaN;
};

describe('rate, increase and delta extrapolate to the edges of the window', () => {
  it.each([
    // (0, 50]: samples 10 … 50 grown by 40 in 40 s; 10 s missing at the start is one spacing: bridged.
    ['increase(c[50s])', '0+10x5', '50s', 50],
    ['rate(c[50s])', '0+10x5', '50s', 1],
    // 5 s past the last sample: bridged as well; 45 s of 30 s sampled.
    ['increase(c[45s])', '100+10x5', '55s', 30 * (45 / 30)],
    // A reset: 10 20 5 15 is 10 + 5 + 10 grown, in 30 of 40 s.
    ['increase(c[40s])', '0 10 20 5 15', '40s', 25 * (40 / 30)],
    // Two resets in a row, and one to zero.
    ['increase(c[40s])', '0 10 4 2 0', '40s', ((0 - 10 + 10 + 4 + 2) * (30 + 10)) / 30],
    // A gauge falls and rises: no resets.
    ['delta(c[40s])', '0 10 20 5 15', '40s', 5 * (40 / 30)],
    // Two samples are enough, one is not.
    ['rate(c[20s])', '5 6 8', '20s', (2 * (20 / 10)) / 20],
    ['rate(c[10s])', '5 6 8', '20s', undefined],
    // No growth has no zero point.
    ['increase(c[50s])', '7x5', '50s', 0],
  ])('%s of %s at %s is %d', (query, notation, at, wanted) => {
    const answer = single(notation, '10s', query, at);
    if (wanted === undefined) expect(answer).toBeUndefined();
    else expect(answer).toBeCloseTo(wanted, 12);
  });

  it('goes only half a spacing beyond where a series begins or ends inside the window', () => {
    // 100 s, 110 s, 120 s in a window of 300 s: 20 s sampled, 5 s more on either side.
    expect(single('_x10 1000 1010 1020', '10s', 'increase(c[5m])', '5m')).toBeCloseTo(20 * (30 / 20), 12);
  });

  it('does not go below zero: a counter starts where it would have been zero', () => {
    // 1 at 100 s with 1 per s: zero 1 s before, nearer than half a spacing.
    expect(single('_x10 1 11 21', '10s', 'increase(c[5m])', '5m')).toBeCloseTo(20 * (26 / 20), 12);
    // A gauge has no such point.
    expect(single('_x10 1 11 21', '10s', 'delta(c[5m])', '5m')).toBeCloseTo(20 * (30 / 20), 12);
  });

  it('bridges a gap of less than 1.1 spacings at the edge, and no more', () => {
    // Samples at 20, 30, 40 s; the window ends 10.9 s and 11 s after the last.
    expect(single('_x2 1000 1010 1020', '10s', 'increase(c[35s])', '50.9s')).toBeCloseTo(
      20 * ((20 + 4.1 + 10.9) / 20),
      9,
    );
    expect(single('_x2 1000 1010 1020', '10s', 'increase(c[35s])', '51s')).toBeCloseTo(20 * ((20 + 4 + 5) / 20), 9);
  });

  it('takes the window from where the offset puts it', () => {
    expect(single('0+10x5', '10s', 'rate(c[50s] offset 1m)', '110s')).toBeCloseTo(1, 12);
  });
});

describe('irate and idelta', () => {
  it.each([
    ['irate(c[1m])', '0 5 20', 1.5],
    ['irate(c[1m])', '0 20 5', 0.5],
    ['idelta(c[1m])', '0 5 20', 15],
    ['idelta(c[1m])', '0 20 5', -15],
    ['irate(c[5s])', '0 5 20', undefined],
  ])('%s of %s is %d, from the last two samples', (query, notation, wanted) => {
    expect(single(notation, '10s', query, '20s')).toBe(wanted);
  });
});

describe('whatever a counter does', () => {
  // Milliseconds between samples, and values of which falls are resets.
  const counter = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 60_000 }), value: fc.nat(1e6) }), {
    maxLength: 30,
  });
  const stored = (samples: readonly { gap: number; value: number }[]) => {
    const store = createStore({ retentionMs: 1e12 });
    let time = 0;
    for (const { gap, value } of samples) {
      time += gap;
      store.append({ __name__: 'c' }, time, value);
    }
    return { store, end: time };
  };

  it('rate is never negative and increase is rate times the window', () => {
    fc.assert(
      fc.property(counter, fc.integer({ min: 1, max: 900 }), (samples, window) => {
        const { store, end } = stored(samples);
        const answerOf = (query: string) => Object.values(ask(store, query, `${end}ms`));
        const [rate] = answerOf(`rate(c[${window}s])`);
        const [increase] = answerOf(`increase(c[${window}s])`);
        if (rate === undefined || increase === undefined) {
          expect([rate, increase]).toEqual([undefined, undefined]);
          return;
        }
        expect(rate).toBeGreaterThanOrEqual(0);
        expect(increase).toBeCloseTo(rate * window, 3);
      }),
    );
  });
});
