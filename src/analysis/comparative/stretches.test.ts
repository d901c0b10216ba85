import { describe, expect, it } from 'vitest';
import { SETTING } from '../../../test/support/compared-blocks.ts';
import { type Paced, paceOf, type Stretched, type Stretches, stretched } from './stretches.ts';

const PACE = paceOf(SETTING);

const block = (index: number, traffic: number, canary = traffic, ratio = 1): Paced => ({
  from: index * 5000,
  to: index * 5000 + 5000,
  traffic,
  canary,
  ratio,
});

function joined(blocks: readonly Paced[]): readonly Stretched[] {
  let stretches: Stretches | undefined;
  return blocks.map((one) => {
    const next = stretched(stretches, one, PACE);
    stretches = JSON.parse(JSON.stringify(next.stretches)) as Stretches;
    return next;
  });
}

const toldOf = (all: readonly Stretched[]) => all.flatMap(({ told }) => (told === undefined ? [] : [told]));
const endedOf = (all: readonly Stretched[]) => all.flatMap(({ ended }) => (ended === undefined ? [] : [ended]));
const steady = (count: number, from = 0, each = 250) =>
  Array.from({ length: count }, (_, index) => block(from + index, each));

describe('stretches', () => {
  it('are as long as clocks may differ and two scrapes, and add up what is in their blocks', () => {
    expect(PACE.lengthMs).toBe(40_000);
    expect(endedOf(joined(steady(17)))).toEqual([
      { from: 0, to: 40_000, traffic: 2000, canary: 2000, ratio: 1, uneven: 0, isApart: true },
      { from: 40_000, to: 80_000, traffic: 2000, canary: 2000, ratio: 1, uneven: 0, isApart: false },
    ]);
  });

  it('are told once the one before and the one after are known', () => {
    const all = joined(steady(32));
    expect(all.findIndex(({ told }) => told !== undefined)).toBe(23);
    expect(toldOf(all)).toMatchObject([
      { from: 40_000, to: 80_000, movedAtStart: 0, movedAtEnd: 0, isApart: true },
      { from: 80_000, to: 120_000, movedAtStart: 0, movedAtEnd: 0, isApart: false },
    ]);
  });

  it('say at both ends by how much the traffic next to these is unlike the first', () => {
    const more = [...steady(24), ...steady(8, 24, 500), ...steady(16, 32)];
    expect(toldOf(joined(more)).map(({ movedAtStart, movedAtEnd }) => [movedAtStart, movedAtEnd])).toEqual([
      [0, 0],
      [0, 2000],
      [2000, 2000],
      [2000, 0],
    ]);
    const tenth = more.map((one) => ({ ...one, ratio: 0.1 }));
    expect(toldOf(joined(tenth))[1]).toMatchObject({ movedAtStart: 0, movedAtEnd: 200 });
  });

  it('notice what only moves within one, of either version, but not what chance makes', () => {
    const burst = steady(8)
      .with(3, block(3, 2000, 250))
      .with(4, block(4, 0, 250));
    const late = steady(8).with(5, block(5, 250, 2000));
    const drawn = steady(8).with(3, block(3, 280)).with(4, block(4, 220));
    expect(endedOf(joined(burst))[0]?.uneven).toBeGreaterThan(2000);
    expect(endedOf(joined(late))[0]?.uneven).toBeGreaterThan(1750);
    expect(endedOf(joined(drawn))[0]?.uneven).toBe(0);
  });

  it('begin anew after a gap, and where the ratio is another', () => {
    const gap = [...steady(20), ...steady(24, 21, 900)];
    const other = [...steady(20), ...steady(24, 20, 900).map((one) => ({ ...one, ratio: 0.5 }))];
    for (const [all, from] of [[gap, 21] as const, [other, 20] as const]) {
      const ends = endedOf(joined(all));
      expect(ends.map(({ isApart }) => isApart)).toEqual([true, false, true, false, false]);
      expect(ends[2]?.from).toBe(from * 5000);
      expect(toldOf(joined(all))).toMatchObject([{ movedAtStart: 0, isApart: true }]);
    }
  });
});
