import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../lib/random.ts';
import { createSchedule, type Schedule } from './schedule.ts';

const at0 = { startAt: 0, random: seededRandom(1) };

function timesUntil(schedule: Schedule, end: number): number[] {
  const times = [];
  for (; schedule.next() < end; schedule.advance()) times.push(schedule.next());
  return times;
}

describe('the schedule', () => {
  it('plans even gaps that do not drift over a million requests', () => {
    const schedule = createSchedule({ ...at0, rate: 300, arrivals: 'even' });
    for (let index = 0; index < 1_000_000; index += 1) schedule.advance();
    expect(schedule.next()).toBeCloseTo((1_000_000 * 1000) / 300, 6);
  });

  it('plans exponential gaps with the wanted mean, the same ones for the same seed', () => {
    const plan = (seed: number) =>
      timesUntil(createSchedule({ startAt: 0, random: seededRandom(seed), rate: 100, arrivals: 'poisson' }), 100_000);
    // 10 000 expected; five standard deviations.
    expect(Math.abs(plan(7).length - 10_000)).toBeLessThan(500);
    expect(plan(7)).toEqual(plan(7));
    expect(plan(7).slice(0, 5)).not.toEqual(plan(8).slice(0, 5));
  });

  it('plans nothing at rate 0, and at once when the rate becomes positive', () => {
    const schedule = createSchedule({ ...at0, rate: 0, arrivals: 'even' });
    expect(schedule.next()).toBe(Number.POSITIVE_INFINITY);
    schedule.setRate(10, 5000);
    expect(timesUntil(schedule, 5250)).toEqual([5000, 5100, 5200]);
    schedule.setRate(0, 5250);
    expect(schedule.next()).toBe(Number.POSITIVE_INFINITY);
  });

  it('keeps what was planned before a change of rate that a late sender has not come to yet', () => {
    const schedule = createSchedule({ ...at0, rate: 10, arrivals: 'even' });
    schedule.setRate(100, 350);
    // 300 is planned at the old rate; half of the gap then begun has passed, the other half shrinks to 5 ms.
    expect(timesUntil(schedule, 380)).toEqual([0, 100, 200, 300, 355, 365, 375]);
  });

  it('plans as many requests as the rates say, however often they change', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 400 }))), (changes) => {
        const schedule = createSchedule({ ...at0, rate: 50, arrivals: 'even' });
        let now = 1000;
        let wanted = 50;
        for (const [ms, rate] of changes) {
          schedule.setRate(rate, now);
          wanted += (ms / 1000) * rate;
          now += ms;
        }
        // A time that falls on the very end may be counted or not.
        expect(Math.abs(timesUntil(schedule, now).length - wanted)).toBeLessThanOrEqual(1.001);
      }),
    );
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses a rate of %s', (rate) => {
    expect(() => createSchedule({ ...at0, rate, arrivals: 'even' })).toThrow(RangeError);
  });
});
