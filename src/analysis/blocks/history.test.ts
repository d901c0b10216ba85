import { describe, expect, it } from 'vitest';
import { every, podLabels, rawSeries, steady } from '../../../test/support/raw-series.ts';
import type { ErrorSamples } from './errors.ts';
import type { GaugeSamples } from './gauges.ts';
import { errorHistory, gaugeHistory, latencyHistory } from './history.ts';
import { timingOf } from './timing.ts';

const timing = timingOf(10_000);
const range = { from: 0, to: 120_000, timing };
const regular = every(10, 0, 120);

/** So many requests and errors a scrape. */
const pods = (all: Readonly<Record<string, readonly [number, number]>>): ErrorSamples => ({
  requests: Object.entries(all).map(([pod, [requests]]) => steady(pod, regular, requests)),
  errors: Object.entries(all).map(([pod, [, errors]]) => steady(pod, regular, errors)),
  up: [],
  pods: [],
});

describe("the history of stable's errors", () => {
  it('has the counts of two halves of its pods, by name every other one, in blocks of 30 s', () => {
    const { split, pairs } = errorHistory(pods({ b: [10, 2], a: [10, 1], d: [10, 4], c: [10, 3] }), range);
    expect(split).toBe('pods');
    expect(pairs).toHaveLength(4);
    expect(pairs[0]).toEqual({
      from: 0,
      to: 30_000,
      first: { requests: 60, errors: 12, podSeconds: 60 },
      second: { requests: 60, errors: 18, podSeconds: 60 },
    });
  });

  it('leaves out an odd pod, and one that was not there for the whole block', () => {
    const odd = errorHistory(pods({ a: [10, 1], b: [10, 2], c: [10, 3] }), range);
    expect(odd.pairs[0]).toMatchObject({ first: { errors: 3 }, second: { errors: 6 } });
    const three = pods({ a: [10, 1], c: [10, 3], d: [10, 4] });
    const late = rawSeries(podLabels('b'), ...regular.slice(1).map((time) => [time, time] as const));
    const first = errorHistory({ ...three, requests: [...three.requests, late] }, range).pairs;
    expect(first[0]).toMatchObject({ first: { errors: 3 }, second: { errors: 9 } });
    expect(first[1]).toMatchObject({ first: { errors: 12 - 9 + 9 }, second: { errors: 12 } });
  });

  it('compares neighbouring blocks of one pod alone, an even one with the odd one after it', () => {
    const { split, pairs } = errorHistory(pods({ a: [10, 1] }), range);
    expect(split).toBe('neighbours');
    expect(pairs.map(({ from, to }) => [from, to])).toEqual([
      [0, 60_000],
      [60_000, 120_000],
    ]);
    expect(pairs[0]?.first).toEqual({ requests: 30, errors: 3, podSeconds: 30 });
  });

  it('has blocks no shorter than a scrape', () => {
    const slow = errorHistory(pods({ a: [10, 1], b: [10, 2] }), { ...range, timing: timingOf(60_000) });
    expect(slow.pairs.map(({ from, to }) => [from, to])).toEqual([
      [0, 60_000],
      [60_000, 120_000],
    ]);
  });

  it('sums up all that there is, also of a past that is too short for a pair', () => {
    const short = errorHistory(pods({ a: [10, 1], b: [10, 2] }), { ...range, to: 20_000 });
    expect(short).toEqual({ split: 'none', pairs: [], total: { requests: 40, errors: 6, podSeconds: 40 } });
  });

  it('says so where there is none', () => {
    const total = { requests: 0, errors: 0, podSeconds: 0 };
    expect(errorHistory(pods({}), range)).toEqual({ split: 'none', pairs: [], total });
  });
});

describe("the history of stable's latency", () => {
  const slow = { ...podLabels('a'), le: '100' };
  const all = { ...podLabels('a'), le: '+Inf' };
  const grown = (labels: typeof slow, each: number) =>
    rawSeries(labels, ...regular.map((time) => [time, time * each] as const));
  const stable = { buckets: [grown(slow, 9), grown(all, 10)], up: [], pods: [] };

  it('sums up all that there is, also of a few scrapes', () => {
    const short = latencyHistory(stable, { ...range, to: 20_000 });
    expect(short).toEqual({ edges: [100], total: { requests: 200, buckets: [180, 20] }, pairs: [] });
  });

  it('has the buckets of two halves of its pods, and of neighbouring blocks where there is one pod alone', () => {
    const other = (labels: typeof slow, each: number) => grown({ ...labels, ...podLabels('b'), le: labels.le }, each);
    const two = { ...stable, buckets: [...stable.buckets, other(slow, 5), other(all, 10)] };
    const pairs = latencyHistory(two, range)?.pairs ?? [];
    expect(pairs).toHaveLength(4);
    expect(pairs[0]).toMatchObject({
      from: 0,
      to: 30_000,
      first: { buckets: [270, 30] },
      second: { buckets: [150, 150] },
    });
    expect(latencyHistory(stable, range)?.pairs).toMatchObject([
      { from: 0, to: 60_000 },
      { from: 60_000, to: 120_000 },
    ]);
  });
});

describe("the history of stable's gauges", () => {
  const gauges = (cpu: Readonly<Record<string, number>>): GaugeSamples => ({
    requests: Object.keys(cpu).map((pod) => steady(pod, regular, 10)),
    up: [],
    cpu: Object.entries(cpu).map(([pod, seconds]) => steady(pod, regular, seconds)),
    memory: Object.keys(cpu).map((pod) => rawSeries(podLabels(pod), ...regular.map((time) => [time, 500] as const))),
    pods: [],
  });

  it('has the log ratio of the halves, block after block', () => {
    const { cpuPerRequest, memory } = gaugeHistory(gauges({ a: 2, b: 1 }), range);
    expect(cpuPerRequest).toEqual(Array(4).fill(Math.log(2)));
    expect(memory).toEqual([0, 0, 0, 0]);
  });

  it('has null where there is no ratio, and nothing for one pod alone', () => {
    expect(gaugeHistory(gauges({ a: 2, b: 0 }), range).cpuPerRequest).toEqual([null, null, null, null]);
    expect(gaugeHistory(gauges({ a: 2 }), range)).toEqual({ cpuPerRequest: [], memory: [] });
  });
});
