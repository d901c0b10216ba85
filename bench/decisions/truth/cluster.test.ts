import { describe, expect, it } from 'vitest';
import { labelValue, NAME } from '../../../src/series/labels.ts';
import { isStale, type SeriesData } from '../../../src/series/series.ts';
import { ISTIO_EDGES } from '../../../test/support/istio-edges.ts';
import { type Cluster, createCluster } from './cluster.ts';
import { BEGAN_MS } from './objects.ts';
import { randomOf } from './random.ts';
import type { Scrapes, Truth } from './truth.ts';

const TRUTH: Truth = {
  traffic: { arms: 'mirror', perSecond: 10 },
  blockSeconds: 5,
  seconds: 300,
  stable: 0.1,
  canary: 0.2,
};

const clusterOf = (own: Partial<Truth> = {}, scrapes: Partial<Scrapes> = {}): Cluster =>
  createCluster(
    { ...TRUTH, ...own },
    { everySeconds: 5, pods: { canary: 2, stable: 3 }, ...scrapes },
    randomOf('cluster', 1),
    randomOf('scrapes', 1),
  );

async function selected(cluster: Cluster, name: string, at: number): Promise<readonly SeriesData[]> {
  const now = BEGAN_MS + at * 1000;
  return cluster.sourceAt(now).select([{ name: NAME, op: '=', value: name }], BEGAN_MS, now);
}

const REQUESTS = 'istio_requests_total';
const ofVersion = (series: readonly SeriesData[], version: string) =>
  series.filter(({ labels }) => labelValue(labels, 'version') === version);
const last = ({ values }: SeriesData): number => values.at(-1) ?? Number.NaN;
const total = (series: readonly SeriesData[]): number => series.reduce((sum, one) => sum + last(one), 0);

describe('a cluster', () => {
  it('counts each request in one pod of each version', async () => {
    const cluster = clusterOf({}, { laterSeconds: 0 });
    const before = await selected(cluster, REQUESTS, 0);
    const after = await selected(cluster, REQUESTS, 300);
    expect(after.length).toBe(10);
    const { nC, eC, nS, eS } = cluster.totalsAt(300);
    expect([nC, nS]).toEqual([3000, 3000]);
    expect(total(ofVersion(after, 'v2'))).toBe(3000);
    expect(total(ofVersion(after, 'v1')) - total(ofVersion(before, 'v1'))).toBe(3000);
    const failed = after.filter(({ labels }) => labelValue(labels, 'response_code') === '503');
    expect(total(ofVersion(failed, 'v2'))).toBe(eC);
    expect(eC).toBeGreaterThan(1.5 * eS);
  });

  it('tells blocks that add up to the same', () => {
    const cluster = clusterOf();
    const blocks = Array.from({ length: 60 }, () => cluster.next()!);
    const sum = (of: 'nC' | 'eC' | 'nS' | 'eS') => blocks.reduce((all, block) => all + block[of], 0);
    const { nC, eC, nS, eS } = cluster.totalsAt(300);
    expect([sum('nC'), sum('eC'), sum('nS'), sum('eS')]).toEqual([nC, eC, nS, eS]);
    expect(cluster.next()).toBeUndefined();
  });

  it('has the same requests, whatever befalls their scrapes', () => {
    const badly = clusterOf({}, { loss: 0.5, resetEverySeconds: 60, skewSeconds: 10 });
    badly.sourceAt(BEGAN_MS + 100_000);
    expect(badly.totalsAt(300)).toEqual(clusterOf().totalsAt(300));
  });

  it('shows no sample of a scrape that is yet to come, whatever its time stamp', async () => {
    const cluster = clusterOf({}, { skewSeconds: 40 });
    const early = await selected(cluster, 'up', 100);
    const late = await selected(cluster, 'up', 200);
    for (const [index, { times }] of early.entries()) {
      expect(times.length).toBeLessThan(late[index]!.times.length);
      expect(late[index]!.times.slice(0, times.length)).toEqual(times);
      expect(times.at(-1)).toBeLessThanOrEqual(BEGAN_MS + 100_000);
    }
    expect(new Set(early.map(({ times }) => times.at(-1))).size).toBeGreaterThan(2);
  });

  it('has no series of errors before the first', async () => {
    const series = await selected(clusterOf({ stable: 0, canary: 0 }), REQUESTS, 300);
    expect(series.length).toBe(5);
    expect(new Set(series.map(({ labels }) => labelValue(labels, 'response_code')))).toEqual(new Set(['200']));
  });

  it('marks series stale where a scrape failed, and has up say so', async () => {
    const cluster = clusterOf({}, { loss: 0.3 });
    const [up, requests] = [await selected(cluster, 'up', 300), await selected(cluster, REQUESTS, 300)];
    const failed = up.flatMap(({ values }) => [...values]).filter((value) => value === 0).length;
    expect(failed).toBeGreaterThan(60);
    expect(failed).toBeLessThan(120);
    expect(requests.some(({ values }) => values.some((_, index) => isStale(values, index)))).toBe(true);
    expect(cluster.freshAt('canary', BEGAN_MS + 300_000).up).toBe(2);
  });

  it('begins counters anew', async () => {
    const all = await selected(clusterOf({}, { resetEverySeconds: 60 }), REQUESTS, 300);
    const series = all.filter(({ labels }) => labelValue(labels, 'response_code') === '200');
    for (const { values } of series) {
      const falls = values.filter((value, index) => index > 0 && value < values[index - 1]!);
      expect(falls.length).toBeGreaterThanOrEqual(3);
    }
  });

  it('counts latencies of good answers, cumulative, and says who has restarted', async () => {
    const latency = { medianMs: 50, logSd: 0.8, edges: ISTIO_EDGES, canary: { factor: 10 } };
    const cluster = clusterOf({ latency }, { crashEverySeconds: 100, laterSeconds: 0 });
    const buckets = await selected(cluster, 'istio_request_duration_milliseconds_bucket', 50);
    const upTo = (version: string, le: string) =>
      total(ofVersion(buckets, version).filter(({ labels }) => labelValue(labels, 'le') === le));
    const { nC, eC } = cluster.totalsAt(50);
    expect(upTo('v2', '+Inf')).toBe(nC - eC);
    expect(upTo('v2', '100') / upTo('v2', '+Inf')).toBeLessThan(0.1);
    expect(upTo('v1', '100') / upTo('v1', '+Inf')).toBeGreaterThan(0.7);
    const restarts = (at: number) =>
      cluster.objectsAt(BEGAN_MS + at * 1000).pods.map(({ status }) => status?.containerStatuses?.[0]?.restartCount);
    expect(restarts(250)).toEqual([2, 2, 0, 0, 0]);
  });

  it('has CPU that remembers, in counters and in blocks', async () => {
    const gauge = { lag1: 0.8, sd: 0.15, factor: 2 };
    const cluster = clusterOf({ gauge, blockSeconds: 60, seconds: 60 * 2000 });
    const blocks = Array.from({ length: 2000 }, () => cluster.next()!);
    const logs = blocks.map(
      ({ gaugeC = 0, gaugeS = 0 }) => [Math.log(gaugeC / 0.02), Math.log(gaugeS / 0.01)] as const,
    );
    for (const version of [0, 1] as const) {
      const own = logs.map((pair) => pair[version]);
      const mean = own.reduce((sum, log) => sum + log, 0) / own.length;
      const variance = own.reduce((sum, log) => sum + (log - mean) ** 2, 0) / own.length;
      const lag = own.slice(1).reduce((sum, log, at) => sum + (log - mean) * (own[at]! - mean), 0) / own.length;
      expect(Math.abs(mean)).toBeLessThan(0.06);
      expect(Math.sqrt(variance)).toBeCloseTo(0.15, 1);
      expect(lag / variance).toBeGreaterThan(0.7);
      expect(lag / variance).toBeLessThan(0.9);
    }
    const series = await selected(cluster, 'container_cpu_usage_seconds_total', 300);
    expect(total(series.filter(({ labels }) => labelValue(labels, 'pod').includes('v2')))).toBeCloseTo(
      cluster.totalsAt(300).cpuC,
      -1,
    );
  });

  it('does not scrape a canary that is not scraped', async () => {
    const cluster = clusterOf({}, { canaryUnseen: true });
    expect(ofVersion(await selected(cluster, 'up', 300), 'v2')).toEqual([]);
    expect(cluster.freshAt('canary', BEGAN_MS + 300_000)).toEqual({ up: 0 });
  });
});
