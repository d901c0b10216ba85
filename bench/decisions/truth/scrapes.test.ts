import { describe, expect, it } from 'vitest';
import type { Block } from '../rule.ts';
import type { CountsOf } from './arms.ts';
import { randomOf } from './random.ts';
import { scrapedBlocks } from './scrapes.ts';
import type { Scrapes, Truth } from './truth.ts';

/** One request a second on each, the canary failing from second 30 to 33, stable from 30 to 33 too. */
const counts: CountsOf = (at) => {
  const failed = at >= 30 && at < 33 ? 1 : 0;
  return { nC: 1, eC: failed, nS: 1, eS: failed };
};

const TRUTH: Truth = {
  traffic: { arms: 'mirror', perSecond: 1 },
  blockSeconds: 10,
  seconds: 120,
  stable: 0,
  canary: 0,
};

const read = (own: Partial<Scrapes>): readonly Block[] =>
  scrapedBlocks(
    TRUTH,
    { everySeconds: 10, laterSeconds: [0], reading: 'grid', ...own },
    counts,
    randomOf('scrapes', 1),
  );

const total = (blocks: readonly Block[], pick: (block: Block) => number): number =>
  blocks.reduce((sum, block) => sum + pick(block), 0);

describe('scraped at the same time', () => {
  it.each(['raw', 'grid'] as const)('blocks are what happened (%s)', (reading) => {
    const blocks = read({ reading });
    expect(blocks.length).toBe(12);
    expect(blocks[3]).toEqual({ seconds: 10, nC: 10, eC: 3, nS: 10, eS: 3 });
    expect(total(blocks, ({ eC, eS }) => eC + eS)).toBe(6);
  });
});

describe('scraped at different times', () => {
  it('raw blocks put a common incident into different blocks', () => {
    // Stable's scrapes are at 10, 20 …; the canary's at 12, 22 …: seconds 30 and 31 come a scrape earlier.
    const blocks = read({ reading: 'raw', laterSeconds: [2] });
    expect(blocks.map(({ eC }) => eC).slice(1, 5)).toEqual([0, 2, 1, 0]);
    expect(blocks.map(({ eS }) => eS).slice(1, 5)).toEqual([0, 0, 3, 0]);
  });

  it('the grid reads between the scrapes', () => {
    const blocks = read({ laterSeconds: [2] });
    expect(blocks.every(({ nC, nS }) => Math.abs(nC - nS) < 1e-9)).toBe(true);
    // Blocks begin at 2, 12 …; stable had three failures between its scrapes at 30 and 40: a fifth of them by 32.
    expect(blocks.map(({ eC }) => eC).slice(1, 5)).toEqual([0, 2, 1, 0]);
    expect(blocks.map(({ eS }) => Number(eS.toFixed(9))).slice(1, 5)).toEqual([0, 0.6, 2.4, 0]);
  });
});

describe('scrapes that are missing', () => {
  it('make one longer block of both, and lose nothing in between', () => {
    const blocks = read({ loss: 0.4 });
    expect(blocks.some(({ seconds }) => seconds > 10)).toBe(true);
    expect(blocks.every(({ seconds, nC, nS }) => nC === seconds && nS === seconds)).toBe(true);
  });
});

describe('a counter that starts anew', () => {
  it('costs what came since its last scrape, and never counts anything twice', () => {
    const blocks = read({ resetEverySeconds: 45, laterSeconds: [0] });
    // At 45 and at 90: five requests are lost at 45, none at 90, which is scraped at the same moment.
    expect(total(blocks, ({ nC }) => nC)).toBe(115);
    expect(total(blocks, ({ nS }) => nS)).toBe(120);
    expect(blocks.every(({ nC }) => nC >= 0)).toBe(true);
  });
});
