import { expect, it } from 'vitest';
import { createBackoff } from './backoff.ts';

const settings = { baseMs: 1000, capMs: 30_000, resetAfterMs: 60_000 };

it('restarts at once after the first crash, then waits twice as long each time, up to the cap', () => {
  const backoff = createBackoff(settings);
  const waits = Array.from({ length: 8 }, () => backoff.afterRunOf(10));
  expect(waits).toEqual([0, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

it('begins anew after a healthy run, and only then', () => {
  const backoff = createBackoff(settings);
  for (let crash = 0; crash < 5; crash += 1) backoff.afterRunOf(10);
  expect(backoff.afterRunOf(59_999)).toBe(16_000);
  expect(backoff.afterRunOf(60_000)).toBe(0);
  expect(backoff.afterRunOf(10)).toBe(1000);
});
