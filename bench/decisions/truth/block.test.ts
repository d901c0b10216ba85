import { describe, expect, it } from 'vitest';
import { type Block, grid, sumOf } from './block.ts';

const block = (seconds: number, counts: Partial<Block> = {}): Block => ({
  seconds,
  nC: 1,
  eC: 0,
  nS: 2,
  eS: 1,
  ...counts,
});

describe('blocks', () => {
  it('add up; gauges are averaged by their time', () => {
    const sum = sumOf([
      block(10, { slowC: [1, 2], slowS: [0, 1], gaugeC: 1, gaugeS: 2 }),
      block(30, { slowC: [3, 4], slowS: [5, 0], gaugeC: 5, gaugeS: 2 }),
    ]);
    expect(sum).toEqual({
      seconds: 40,
      nC: 2,
      eC: 0,
      nS: 4,
      eS: 2,
      slowC: [4, 6],
      slowS: [5, 1],
      gaugeC: 4,
      gaugeS: 2,
    });
  });

  it('make a minute of tenths of a second, which are not exact', () => {
    const minutes = grid(60);
    const sums = Array.from({ length: 1800 }, () => minutes(block(0.1))).filter((sum) => sum !== undefined);
    expect(sums.map(({ nC, nS, eS }) => [nC, nS, eS])).toEqual(Array(3).fill([600, 1200, 600]));
  });

  it('keep their latencies on a coarser grid', () => {
    const pairs = grid(20);
    expect(pairs(block(10, { slowC: [1], slowS: [2] }))).toBeUndefined();
    expect(pairs(block(10, { slowC: [3], slowS: [4] }))).toEqual({
      seconds: 20,
      nC: 2,
      eC: 0,
      nS: 4,
      eS: 2,
      slowC: [4],
      slowS: [6],
    });
    expect(pairs(block(10, { slowC: [5], slowS: [6] }))).toBeUndefined();
  });
});
