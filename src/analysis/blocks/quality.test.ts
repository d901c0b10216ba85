import { describe, expect, it } from 'vitest';
import { STEPS } from './counter.ts';
import { countText, differ, isAbove } from './quality.ts';

describe('counts that contradict each other', () => {
  it('are those that differ by more than their parts are rounded by', () => {
    expect([isAbove(1 + 2 / STEPS, 1), isAbove(1 + 8 / STEPS, 1)]).toEqual([false, true]);
    expect([differ(1, 1 + 2 / STEPS), differ(1, 1 + 8 / STEPS), differ(1 + 8 / STEPS, 1)]).toEqual([false, true, true]);
  });

  it('are told with no more decimals than people read', () => {
    expect([countText(3), countText(2.666_666), countText(1e-9)]).toEqual(['3', '2.667', '0']);
  });
});
