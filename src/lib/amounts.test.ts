import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTime, grouped, hourly, millis, oneOf, percent, points, roughly, size, times } from './amounts.ts';

describe('an amount in words', () => {
  it.each<[string, string]>([
    [percent(0), '0 %'],
    [percent(0.000312), '0.031 %'],
    [percent(0.0214), '2.1 %'],
    [percent(0.999), '99.9 %'],
    [points(0.002), '0.2 pp'],
    [points(-0.00123), '-0.12 pp'],
    [times(1.2345), '1.23 times'],
    [millis(0.4123), '0.412 ms'],
    [millis(214.4), '214 ms'],
    [millis(999.6), '1 s'],
    [millis(1534), '1.53 s'],
    [millis(150_000), '2m30s'],
    [cpuTime(0.012), '12 ms'],
    [cpuTime(1.24), '1.2 s'],
    [size(0), '0 bytes'],
    [size(180 * 2 ** 20), '180 MiB'],
    [size(1.5 * 2 ** 30), '1.5 GiB'],
    [hourly(3), '3 an hour and pod'],
    [grouped(1_234_567.4), '1,234,567'],
    [roughly(869.2), '870'],
    [roughly(1284), '1,300'],
  ])('is short, with its unit: %s', (text, expected) => {
    expect(text).toBe(expected);
  });
});

describe('how seldom evidence appears by chance', () => {
  it.each<[number, string]>([
    [0, '1 of 1'],
    [Math.log(20), '1 of 20'],
    [Math.log(100), '1 of 100'],
    [-Math.log(0.01), '1 of 100'],
    [Math.log(4099), '1 of 4,000'],
    [1e4, '1 of 1,000,000'],
  ])('is %s in logarithms: %s', (logEvidence, text) => {
    expect(oneOf(logEvidence)).toBe(text);
  });

  it('is never told as more than it is, and what was asked is told as asked', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999_999 }), (most) => {
        const told = Number(oneOf(Math.log(most)).slice('1 of '.length).replaceAll(',', ''));
        expect(told).toBeLessThanOrEqual(most);
        expect(told).toBeGreaterThan(most * 0.9);
        if (most < 100) expect(told).toBe(most);
      }),
    );
  });
});
