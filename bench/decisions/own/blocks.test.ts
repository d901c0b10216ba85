import { describe, expect, it } from 'vitest';
import type { Block } from '../truth/block.ts';
import { randomOf } from '../truth/random.ts';
import type { Setting } from '../truth/setting.ts';
import { settingOf, streamOf } from '../truth/stream.ts';
import type { Truth } from '../truth/truth.ts';
import { bareErrors } from './bare.ts';
import { serinBlocks } from './blocks.ts';
import { ERRORS_HALF_POINT, SHIPPED } from './gates.ts';

const TRUTH: Truth = {
  traffic: { arms: 'mirror', perSecond: 50 },
  blockSeconds: 1,
  seconds: 600,
  stable: 0.01,
  canary: 0.03,
};
const rule = serinBlocks('own', SHIPPED);

function blocksOf(truth: Truth, count: number): readonly Block[] {
  const next = streamOf(truth, randomOf('own', 1));
  return Array.from({ length: count }, () => next()!);
}

function folded(setting: Setting, blocks: readonly Block[]) {
  const state = rule.start(setting);
  const verdicts = blocks.map((block) => rule.fold(state, block, setting));
  return { state, verdicts };
}

describe('serin blocks', () => {
  it('has the same evidence, told of blocks one by one or many at once', () => {
    const blocks = blocksOf(TRUTH, 40);
    const one = folded(settingOf(TRUTH), blocks);
    const many = folded(settingOf({ ...TRUTH, blocksPerLook: 20 }), blocks);
    expect(many.state.comparisons).toEqual(one.state.comparisons);
    expect(one.verdicts.indexOf('rollBack')).toBeGreaterThan(0);
    expect(many.verdicts.findIndex(Boolean)).toBe(20 * Math.ceil((one.verdicts.indexOf('rollBack') + 1) / 20) - 1);
  });

  it('shares alpha out as a release without gates of its own does', () => {
    const { state } = folded(settingOf(TRUTH), blocksOf(TRUTH, 5));
    expect(Object.keys(state.comparisons.gates).toSorted()).toEqual(['errors', 'lostRequests']);
    expect(SHIPPED.map(({ name }) => name)).toEqual(['errors', 'latency', 'saturation', 'lostRequests', 'restarts']);
  });

  it('promotes only where a promotion ends the run', () => {
    const alone = serinBlocks('alone', ERRORS_HALF_POINT);
    const good = { ...TRUTH, stable: 0, canary: 0 };
    const seen = (truth: Truth) => {
      const state = alone.start(settingOf(truth));
      return blocksOf(truth, 30).map((block) => alone.fold(state, block, settingOf(truth)));
    };
    expect(seen(good).filter(Boolean)).toEqual([]);
    const promoted = seen({ ...good, mayPromote: true }).indexOf('promote');
    // ln 20 by the tolerance at least: 600 pairs.
    expect(promoted).toBeGreaterThan(11);
    expect(promoted).toBeLessThan(20);
  });

  it('compares latencies too, where there are some', () => {
    const edges = [50, 100, 200, Number.POSITIVE_INFINITY];
    const latency = { medianMs: 60, logSd: 0.8, edges, canary: { factor: 4 } };
    const truth = { ...TRUTH, stable: 0, canary: 0, blockSeconds: 10, latency };
    const { state, verdicts } = folded(settingOf(truth), blocksOf(truth, 5));
    expect(verdicts).toContain('rollBack');
    expect(state.comparisons.together.gates).toEqual(['latency']);
  });
});

describe('the bare process', () => {
  it('needs fewer requests than what ships with tolerance, onset and a part of alpha', () => {
    const bare = bareErrors('bare', 0.01);
    const state = bare.start(settingOf(TRUTH));
    const blocks = blocksOf(TRUTH, 60);
    const found = blocks.findIndex((block) => bare.fold(state, block, settingOf(TRUTH)) === 'rollBack');
    expect(found).toBeGreaterThan(0);
    expect(found).toBeLessThan(folded(settingOf(TRUTH), blocks).verdicts.indexOf('rollBack'));
  });
});
