import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextSlot, phaseOf, sampleTime } from './schedule.ts';

const interval = fc.integer({ min: 100, max: 120_000 });
const now = fc.integer({ min: 0, max: 4e12 });

describe('slots', () => {
  it('lie at one phase of the interval, ahead of now, however late a scrape has ended', () => {
    fc.assert(
      fc.property(interval, now, fc.integer({ min: -5, max: 500_000 }), fc.string(), (step, slot, late, key) => {
        const phase = phaseOf(key, step);
        const next = nextSlot(slot, slot + late, step, phase);
        expect(((next - phase) % step) + 0).toBe(0);
        expect(next).toBeGreaterThan(slot + late);
        expect(next - slot).toBeGreaterThan(step / 2);
        expect(next - Math.max(slot, slot + late)).toBeLessThanOrEqual(1.5 * step);
      }),
    );
  });

  it('follow each other by exactly one interval while scrapes are short', () => {
    fc.assert(
      fc.property(interval, now, fc.double({ min: -0.009, max: 0.9, noNaN: true }), (step, start, lateness) => {
        const phase = phaseOf('target', step);
        const first = nextSlot(start, start, step, phase);
        expect(nextSlot(first, first + Math.round(lateness * step), step, phase)).toBe(first + step);
      }),
    );
  });

  it('start anew when the clock was set back', () => {
    const next = nextSlot(10_000_000, 5_000_000, 1000, 7);
    expect(next).toBe(5_000_007);
  });

  it('are spread evenly over the interval for targets that differ in one digit', () => {
    for (const interval of [1000, 1024, 15_000, 60_000]) {
      const tenths = Array.from({ length: 10 }, () => 0);
      for (let port = 30_000; port < 30_500; port++) {
        const tenth = Math.floor((10 * phaseOf(`http://127.0.0.1:${port}/metrics`, interval)) / interval);
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
      expect(Math.min(...tenths)).toBeGreaterThan(25);
      expect(Math.max(...tenths)).toBeLessThan(80);
    }
  });
});

describe('the time of a sample', () => {
  it('is the slot when the timer missed it by little, else when the scrape began', () => {
    expect(sampleTime(1000, 1002, 1000)).toBe(1000);
    expect(sampleTime(1000, 999, 1000)).toBe(1000);
    expect(sampleTime(1000, 1003, 1000)).toBe(1003);
    expect(sampleTime(1000, 1002, 100)).toBe(1002);
  });
});
