import { expect, it } from 'vitest';
import { parseQuantity } from './quantity.ts';

it.each<[string | number, number]>([
  ['500m', 0.5],
  ['2', 2],
  [1.5, 1.5],
  ['.5', 0.5],
  ['128Mi', 134_217_728],
  ['1Gi', 1_073_741_824],
  ['1G', 1_000_000_000],
  ['1e3', 1000],
  ['250E-3', 0.25],
  ['100k', 100_000],
])('reads %s as %s', (text, value) => {
  expect(parseQuantity(text)).toBeCloseTo(value, 9);
});

it.each(['', 'lots', '5 m', '-1', '1K', '10mi', 'm', '1ee3'])('refuses "%s"', (text) => {
  expect(parseQuantity(text)).toBeUndefined();
});
