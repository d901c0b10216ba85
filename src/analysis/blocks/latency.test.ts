import { describe, expect, it } from 'vitest';
import { every, podLabels, rawSeries, steady } from '../../../test/support/raw-series.ts';
import type { SeriesData } from '../../series/series.ts';
import { withoutPod } from './block.ts';
import { commonEdges, type LatencyReading, type LatencySamples, latency, latencyBlocks } from './latency.ts';
import { timingOf } from './timing.ts';

const timing = timingOf(5000);
const EDGES = [10, 25, 50];
const READING: LatencyReading = { timing, attemptBegan: 0, warmUpMs: 0, lengthMs: 10_000, edges: EDGES };
const regular = every(5, 0, 30);

/** So many requests a scrape up to each upper bound. */
const histogram = (pod: string, cumulative: Readonly<Record<string, number>>): readonly SeriesData[] =>
  Object.entries(cumulative).map(([le, perScrape]) => steady(pod, regular, perScrape, { le }));

const samples = (buckets: readonly SeriesData[], count?: readonly SeriesData[]): LatencySamples => ({
  buckets,
  ...(count && { count }),
  up: [],
  pods: [],
});

const FAST = { '10': 6, '25': 8, '50': 10, '+Inf': 10 };
const look = (canary: LatencySamples, stable = samples(histogram('s', FAST))) =>
  latencyBlocks({ at: 0 }, { canary, stable }, READING, 20_000);

describe('a block of latencies', () => {
  it('has one count for each bucket, the last above all edges, and they add up to the requests', () => {
    const slow = histogram('c', { '10': 1, '25': 2, '50.0': 4, '+Inf': 7 });
    expect(look(samples(slow)).blocks[0]).toEqual({
      from: 0,
      to: 10_000,
      canary: { requests: 14, buckets: [2, 2, 4, 6], pods: { c: { requests: 14, buckets: [2, 2, 4, 6] } } },
      stable: { requests: 20, buckets: [12, 4, 4, 0], pods: { s: { requests: 20, buckets: [12, 4, 4, 0] } } },
    });
  });

  it('is in milliseconds, whichever unit the bounds of each version have', () => {
    const seconds = { ...samples(histogram('c', { '0.01': 1, '0.025': 2, '0.05': 4, '+Inf': 7 })), unit: 's' } as const;
    expect(look(seconds).blocks[0]).toMatchObject({
      canary: { buckets: [2, 2, 4, 6] },
      stable: { buckets: [12, 4, 4, 0] },
    });
    const odd = (counts: Readonly<Record<string, number>>) => samples(histogram('c', counts));
    const canary = { ...odd({ '0.07': 1, '1.005': 1, '+Inf': 1 }), unit: 's' } as const;
    expect(commonEdges({ canary, stable: odd({ '70': 1, '1005': 1, '+Inf': 1 }) })).toEqual([70, 1005]);
  });

  it('says what was between the scrapes around its ends, bucket by bucket, where that is asked for', () => {
    const asked = { ...READING, ends: true, lengthMs: 8000 } as const;
    const both = { canary: samples(histogram('c', FAST)), stable: samples(histogram('s', FAST)) };
    const [block] = latencyBlocks({ at: 0 }, both, asked, 20_000).blocks;
    expect(block?.canary.ends?.to.before.map((count) => Math.round(count * 10) / 10)).toEqual([3.6, 1.2, 1.2, 0]);
    expect(block?.canary.ends?.to.after.map((count) => Math.round(count * 10) / 10)).toEqual([2.4, 0.8, 0.8, 0]);
    expect(block?.canary.ends?.to.prior).toEqual([6, 2, 2, 0]);
    expect(look(samples(histogram('c', FAST))).blocks[0]?.canary.ends).toBeUndefined();
  });

  it('passes over edges that were not asked for', () => {
    const finer = histogram('c', { '5': 1, '10': 6, '25': 8, '30': 9, '50': 10, '+Inf': 10 });
    expect(look(samples(finer)).blocks[0]?.canary.buckets).toEqual([12, 4, 4, 0]);
  });

  it('can be had without one of its pods', () => {
    const both = samples([...histogram('c1', FAST), ...histogram('c2', FAST)]);
    const [block] = look(both).blocks;
    const without = block && withoutPod(block, 'canary', 'c2', latency(EDGES).sum);
    expect(block?.canary.requests).toBe(40);
    expect(without?.canary).toMatchObject({ requests: 20, buckets: [12, 4, 4, 0] });
  });

  it('needs buckets that rise with their upper bounds', () => {
    const { blocks, faults } = look(samples(histogram('c', { '10': 6, '25': 8, '50': 7, '+Inf': 8 })));
    expect(blocks).toEqual([]);
    expect(faults[0]).toEqual({
      version: 'canary',
      pod: 'c',
      from: 0,
      to: 10_000,
      reason: 'bucketsFall',
      found: '16 requests up to 25, 14 up to 50',
    });
    expect(look(samples(histogram('c', { '10': 6, '25': 8, '+Inf': 10 }))).faults[0]?.reason).toBe('bucketsFall');
  });

  it('needs the count of the same histogram to be what its last bucket says, where it is read', () => {
    const buckets = histogram('c', FAST);
    expect(look(samples(buckets, [steady('c', regular, 10)])).faults).toEqual([]);
    expect(look(samples(buckets, [steady('c', regular, 11)])).faults[0]).toMatchObject({
      reason: 'bucketsAndCount',
      found: '20 requests in buckets, a count of 22',
    });
  });

  it('has a cursor that is a time, however many buckets and pods there are', () => {
    expect(JSON.stringify(look(samples(histogram('c', FAST))).cursor)).toBe('{"at":20000}');
  });
});

describe('the edges to compare by', () => {
  const of = (pod: string, ...les: readonly string[]) => ({
    buckets: les.map((le) => rawSeries(podLabels(pod, { le }), [0, 1])),
  });

  it('are those that all targets of both versions have', () => {
    const canary = {
      buckets: [...of('c1', '25', '5', '10', '+Inf').buckets, ...of('c2', '10', '25.0', '+Inf').buckets],
    };
    expect(commonEdges({ canary, stable: of('s', '5', '10', '25', '50', '+Inf') })).toEqual([10, 25]);
  });

  it('are none where one of the versions has no histogram', () => {
    expect(commonEdges({ canary: of('c'), stable: of('s', '5', '+Inf') })).toEqual([]);
  });
});
