import { describe, expect, it } from 'vitest';
import { formatGoDecimal, formatGoFixed, formatGoFloat, parseGoFloat } from './go-float.ts';

const Inf = Number.POSITIVE_INFINITY;

describe('parseGoFloat', () => {
  it.each([
    ['0.5', 0.5],
    ['+Inf', Inf],
    ['inf', Inf],
    ['-Infinity', -Inf],
    ['1e-3', 0.001],
    ['.5', 0.5],
    ['5.', 5],
    ['nan', Number.NaN],
    ['0x1p-2', 0.25],
    ['-0X1.8p1', -3],
    ['0x_1Fp+0', 31],
    ['0x1p-1074', 5e-324],
    ['0x.8p0', 0.5],
  ])('reads %s', (text, wanted) => expect(parseGoFloat(text)).toBe(wanted));

  it.each(['', 'x', '1x', '--1', '0x10', '0xp1', '0x1_p1', '1_000', '1e999', '+nan', '.', '0x1p99999'])(
    'refuses %j',
    (text) => expect(parseGoFloat(text)).toBeUndefined(),
  );
});

describe('formatGoFloat', () => {
  // As fmt.Sprintf("%g", …) and "%.2g" print them.
  it.each([
    [0, '0', '0'],
    [-0, '-0', '-0'],
    [1.5, '1.5', '1.5'],
    [100, '100', '1e+02'],
    [99.6, '99.6', '1e+02'],
    [2050, '2050', '2e+03'],
    [-2150, '-2150', '-2.2e+03'],
    [0.125, '0.125', '0.12'],
    [0.375, '0.375', '0.38'],
    [123_456, '123456', '1.2e+05'],
    [1_000_000, '1e+06', '1e+06'],
    [1_234_567, '1.234567e+06', '1.2e+06'],
    [0.0001, '0.0001', '0.0001'],
    [0.000_012_3, '1.23e-05', '1.2e-05'],
    [-2.26, '-2.26', '-2.3'],
    [1e300, '1e+300', '1e+300'],
    [Inf, '+Inf', '+Inf'],
    [-Inf, '-Inf', '-Inf'],
    [Number.NaN, 'NaN', 'NaN'],
  ])('%d is %s, with two digits %s', (value, shortest, two) => {
    expect([formatGoFloat(value), formatGoFloat(value, 2)]).toEqual([shortest, two]);
  });
});

describe('formatGoDecimal', () => {
  it.each([
    [0, '0'],
    [-0, '-0'],
    [0.1, '0.1'],
    [1e21, '1000000000000000000000'],
    [-1.5e22, '-15000000000000000000000'],
    [1.25e-7, '0.000000125'],
    [-5e-7, '-0.0000005'],
    [Inf, '+Inf'],
    [Number.NaN, 'NaN'],
  ])('%d is %s', (value, wanted) => expect(formatGoDecimal(value)).toBe(wanted));
});

describe('formatGoFixed', () => {
  it.each([
    [1.5, '1.500000'],
    [-0.1234567, '-0.123457'],
    [1e21, '1000000000000000000000.000000'],
    [2 ** 100, '1267650600228229401496703205376.000000'],
    [-Inf, '-Inf'],
  ])('%d is %s', (value, wanted) => expect(formatGoFixed(value)).toBe(wanted));
});
