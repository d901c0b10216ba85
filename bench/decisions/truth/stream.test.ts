import { describe, expect, it } from 'vitest';
import { ISTIO_EDGES } from '../../../test/support/istio-edges.ts';
import type { Block } from './block.ts';
import { randomOf } from './random.ts';
import { settingOf, streamOf } from './stream.ts';
import { levelOf } from './swings.ts';
import type { Truth } from './truth.ts';

const BASE: Truth = {
  traffic: { arms: 'mirror', perSecond: 50 },
  blockSeconds: 2,
  seconds: 600,
  stable: 0.01,
  canary: 0.01,
};

function blocksOf(truth: Truth, run = 0): Block[] {
  const next = streamOf(truth, randomOf('test', run));
  const blocks: Block[] = [];
  for (let block = next(); block !== undefined; block = next()) blocks.push(block);
  return blocks;
}

const total = (blocks: readonly Block[], pick: (block: Block) => number): number =>
  blocks.reduce((sum, block) => sum + pick(block), 0);

describe('a stream', () => {
  it('is the same for the same seed, to the last block', () => {
    expect(blocksOf(BASE, 3)).toEqual(blocksOf(BASE, 3));
    expect(blocksOf(BASE, 3)).not.toEqual(blocksOf(BASE, 4));
  });

  it('of a mirror has whole pairs, none lost by rounding', () => {
    const odd: Truth = { ...BASE, traffic: { arms: 'mirror', perSecond: 3.3 }, blockSeconds: 1 };
    const blocks = blocksOf(odd);
    expect(blocks.length).toBe(600);
    expect(blocks.every(({ nC, nS }) => nC === nS && Number.isInteger(nC))).toBe(true);
    expect(total(blocks, ({ nS }) => nS)).toBe(1980);
  });

  it('of a split sends each request to one version, by the share of its step', () => {
    const split: Truth = { ...BASE, traffic: { arms: 'split', perSecond: 1000, shares: [0.05, 0.5] } };
    const blocks = blocksOf(split);
    expect(blocks.every(({ nC, nS }) => nC + nS === 2000)).toBe(true);
    const [first, second] = [blocks.slice(0, 150), blocks.slice(150)];
    expect(total(first, ({ nC }) => nC) / 3e5).toBeCloseTo(0.05, 2);
    expect(total(second, ({ nC }) => nC) / 3e5).toBeCloseTo(0.5, 2);
    expect(settingOf(split).share).toBe(0.05);
  });

  it('is like stable until the onset', () => {
    const blocks = blocksOf({ ...BASE, canary: 1, onsetSeconds: 300 });
    expect(total(blocks.slice(0, 150), ({ eC }) => eC)).toBeLessThan(15_000 * 0.02);
    expect(blocks.slice(150).every(({ nC, eC }) => eC === nC)).toBe(true);
  });

  it('moves both failure rates with the same swing', () => {
    const blocks = blocksOf({
      ...BASE,
      blockSeconds: 10,
      seconds: 6000,
      swings: [{ kind: 'incidents', factor: 30, everySeconds: 600, lastSeconds: 100 }],
    });
    const inside = blocks.filter((_, index) => (index * 10 + 5 + 300) % 600 < 100);
    expect(inside.length).toBe(100);
    for (const pick of [({ eC }: Block) => eC, ({ eS }: Block) => eS]) {
      expect(total(inside, pick) / 50_000).toBeCloseTo(0.3, 1);
      expect((total(blocks, pick) - total(inside, pick)) / 250_000).toBeCloseTo(0.01, 2);
    }
  });

  it('with bursts of mean m is 2m − 1 times as dispersed', () => {
    const blocks = blocksOf({ ...BASE, seconds: 60_000, burst: 5 });
    const mean = total(blocks, ({ eC }) => eC) / blocks.length;
    const variance = total(blocks, ({ eC }) => (eC - mean) ** 2) / blocks.length;
    expect(mean).toBeGreaterThan(0.94);
    expect(mean).toBeLessThan(1.06);
    expect(variance / mean).toBeGreaterThan(8.2);
    expect(variance / mean).toBeLessThan(9.8);
  });

  it('loses copies, or all of them, and never stable’s requests', () => {
    const lost = blocksOf({ ...BASE, lost: 0.05 });
    expect(total(lost, ({ nC }) => nC) / total(lost, ({ nS }) => nS)).toBeCloseTo(0.95, 2);
    const silent = blocksOf({ ...BASE, silentFromSeconds: 300 });
    expect(silent.slice(150).every(({ nC, nS }) => nC === 0 && nS === 100)).toBe(true);
  });

  it('has a latency for each request, and holds it back until the flush', () => {
    const latency = { medianMs: 50, logSd: 0.8, edges: ISTIO_EDGES, canary: {} };
    const blocks = blocksOf({ ...BASE, blockSeconds: 1, latency });
    const sum = (counts: readonly number[] = []): number => counts.reduce((all, count) => all + count, 0);
    expect(blocks.every(({ slowC, slowS }) => sum(slowC) === 50 && sum(slowS) === 50)).toBe(true);
    const stairs = blocksOf({ ...BASE, blockSeconds: 1, latency: { ...latency, flushSeconds: 5 } }).slice(5);
    expect(new Set(stairs.map(({ slowC }) => sum(slowC)))).toEqual(new Set([0, 250]));
  });

  it('has a gauge that remembers', () => {
    const gauge = { lag1: 0.6, sd: 0.15, factor: 1.2 };
    const blocks = blocksOf({ ...BASE, blockSeconds: 60, seconds: 60 * 20_000, gauge });
    const logs = blocks.map(({ gaugeC }) => Math.log(gaugeC! / 1.2));
    const variance = logs.reduce((sum, log) => sum + log * log, 0) / logs.length;
    const lag = logs.slice(1).reduce((sum, log, index) => sum + log * logs[index]!, 0) / logs.length;
    expect(Math.sqrt(variance)).toBeCloseTo(0.15, 2);
    expect(lag / variance).toBeGreaterThan(0.57);
    expect(lag / variance).toBeLessThan(0.63);
  });
});

describe('swings', () => {
  it('drift to their factor, wave up to it, and multiply', () => {
    expect(levelOf([{ kind: 'drift', factor: 6 }], 50, 100)).toBeCloseTo(Math.sqrt(6), 12);
    expect(levelOf([{ kind: 'wave', factor: 5, periodSeconds: 100 }], 50, 100)).toBeCloseTo(5, 12);
    expect(
      levelOf(
        [
          { kind: 'drift', factor: 6 },
          { kind: 'drift', factor: 2 },
        ],
        100,
        100,
      ),
    ).toBeCloseTo(12, 12);
    expect(levelOf(undefined, 1, 2)).toBe(1);
  });
});
