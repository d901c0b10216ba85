import { describe, expect, it } from 'vitest';
import { NO_PODS, podName, subjectsOf } from '../../../test/support/compared.ts';
import { MIRRORED, SETTING } from '../../../test/support/compared-blocks.ts';
import { rawSeries } from '../../../test/support/raw-series.ts';
import type { Cursor } from '../../analysis/blocks/blocks.ts';
import type { Setting } from '../../analysis/comparative/setting.ts';
import { localSource } from '../../metrics/local.ts';
import type { MetricsSource } from '../../metrics/source.ts';
import { compileMatchers } from '../../series/matchers.ts';
import type { SeriesData } from '../../series/series.ts';
import { lookAtErrors, lookAtGauges, lookAtLatency, type Place } from './looks.ts';

const HOUR = 3600;

interface World {
  readonly everySeconds: number;
  readonly toSeconds: number;
  /** Whether a pod is scraped then, and how often it was asked by then. */
  readonly isScraped?: (at: number, pod: string) => boolean;
  /** From then on the canary has a histogram, and buckets are known; left out: always. */
  readonly histogramFrom?: number;
}

/** Two pods of each version, scraped each at a time of its own; of the canary's requests more and more fail. */
function seriesOf({
  everySeconds,
  toSeconds,
  isScraped = () => true,
  histogramFrom = 0,
}: World): readonly SeriesData[] {
  return ['v1', 'v2'].flatMap((version, ofVersion) =>
    ['a', 'b'].flatMap((letter, ofPod) => {
      const pod = podName(version, letter);
      const phase = Math.round((everySeconds * (2 * ofVersion + ofPod)) / 4);
      const all = Array.from({ length: Math.floor(toSeconds / everySeconds) }, (_, i) => i * everySeconds + phase);
      const times = all.filter((at) => isScraped(at, pod));
      const own = { namespace: 'prod', app: 'checkout', version, pod, instance: pod };
      const of = (name: string, value: (at: number) => number, more = {}, from = 0) =>
        rawSeries(
          { ...own, ...more, __name__: name },
          ...times.filter((at) => at >= from).map((at) => [at, value(at)] as const),
        );
      const histogram = ofVersion * histogramFrom;
      const container = { namespace: 'prod', pod, container: 'app', instance: 'node' };
      return [
        of('up', () => 1),
        of('http_requests_total', (at) => 10 * at, { code: '200' }),
        of('http_requests_total', (at) => ofVersion * Math.floor((at * at) / 1000), { code: '500' }),
        of('http_request_duration_seconds_bucket', (at) => 8 * at, { le: '0.1' }, histogram),
        of('http_request_duration_seconds_bucket', (at) => 10 * at, { le: '+Inf' }, histogram),
        rawSeries(
          { ...container, __name__: 'container_cpu_usage_seconds_total' },
          ...all.map((at) => [at, at / 10] as const),
        ),
      ];
    }),
  );
}

/** As it is known at a time, whatever time somebody asks for. */
function sourceAt(series: readonly SeriesData[], atSeconds: number, everySeconds: number): MetricsSource {
  const store = {
    select(matchers: Parameters<typeof compileMatchers>[0], from: number, to: number) {
      const matches = compileMatchers(matchers);
      const end = Math.min(to, atSeconds * 1000);
      return series
        .filter(({ labels }) => matches(labels))
        .flatMap(({ labels, times, values }) => {
          const [first, last] = [times.findIndex((at) => at >= from), times.findLastIndex((at) => at <= end)];
          if (first < 0 || last < first) return [];
          return [{ labels, times: times.slice(first, last + 1), values: values.slice(first, last + 1) }];
        });
    },
  };
  return localSource({ store, scrapeIntervalMs: everySeconds * 1000 });
}

/** Seconds: when somebody looks, and what the clock says then. */
type LookAt = readonly [at: number, clock: number];

const LOOKS = { errors: lookAtErrors, latency: lookAtLatency, gauges: lookAtGauges } as const;
type Sort = keyof typeof LOOKS;

async function blocksBy(sort: Sort, world: World, looks: readonly LookAt[]) {
  const series = seriesOf(world);
  const latency = { edges: [0.1], history: [80, 20], dispersion: 1 };
  let setting: Setting = { ...SETTING, lengths: { errors: 60_000, latency: 60_000, gauges: 60_000 } };
  if (world.histogramFrom === undefined) setting = { ...setting, latency };
  const blocks: { readonly canary: { readonly requests: number } }[] = [];
  let cursor: Cursor = { at: 0 };
  for (const [at, clock] of looks) {
    const place: Place = {
      accepted: subjectsOf(),
      setting,
      spans: [MIRRORED],
      pods: NO_PODS,
      now: clock * 1000,
      metrics: sourceAt(series, at, world.everySeconds),
    };
    const seen = await LOOKS[sort](place, cursor);
    if (seen === undefined) continue;
    blocks.push(...seen.look.blocks);
    cursor = seen.look.cursor;
    if ('setting' in seen && seen.setting !== undefined) setting = { ...setting, latency: seen.setting };
  }
  return { blocks, cursor: cursor.at / 1000 };
}

const every = (step: number, from: number, to: number): readonly number[] =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, index) => from + index * step);
const right = (at: number): LookAt => [at, at];

describe.each(['errors', 'latency', 'gauges'] as const)('blocks of %s', (sort) => {
  it.each([
    [5, 90],
    [5, 400],
    [5, HOUR],
    [30, HOUR],
    [60, 700],
    [60, HOUR],
  ])('scraped every %i s are the same when the clock was ahead by %i s for some looks', async (everySeconds, ahead) => {
    const world = { everySeconds, toSeconds: 3000 };
    const at = every(15, 1, 3000);
    const always = await blocksBy(sort, world, at.map(right));
    const wrong = at.map((one): LookAt => [one, one > 1000 && one < 1200 ? one + ahead : one]);
    expect(always.blocks.length).toBeGreaterThan(40);
    expect(await blocksBy(sort, world, wrong)).toEqual(always);
    // Piece by piece, at the end of an absence.
    const seldom = [...at.filter((one) => one < 600 || one > 2000)].map(
      (one): LookAt => [one, one > 2000 && one < 2100 ? one + ahead : one],
    );
    expect(await blocksBy(sort, world, seldom)).toEqual(always);
  });

  it.each([5, 30, 60])('scraped every %i s go on after an hour in which nothing was scraped', async (everySeconds) => {
    const isScraped = (at: number) => at < 1000 || at > 1000 + HOUR;
    const world = { everySeconds, toSeconds: 2000 + HOUR, isScraped };
    const at = every(15, 1, 2000 + HOUR);
    const meanwhile = await blocksBy(sort, world, at.map(right));
    expect(meanwhile.cursor).toBeGreaterThan(1800 + HOUR);
    expect(meanwhile.blocks.at(-1)?.canary.requests).toBeGreaterThan(1100);
    const after = await blocksBy(sort, world, at.filter((one) => one < 600 || one > 1400 + HOUR).map(right));
    expect(after).toEqual(meanwhile);
  });

  it('wait as long as nothing is scraped, and tell a version that is not scraped from that', async () => {
    const none = { everySeconds: 5, toSeconds: 2000, isScraped: (at: number) => at < 1000 };
    const stopped = await blocksBy(sort, none, every(15, 1, 2000).map(right));
    expect(stopped.cursor).toBeLessThan(1010);
    const isScraped = (at: number, pod: string) => at < 1000 || pod === podName('v1', 'a');
    const one = await blocksBy(sort, { ...none, isScraped }, every(15, 1, 2000).map(right));
    expect(one.cursor).toBeGreaterThan(1900);
  });
});

it('blocks of latency are the same when the clock was ahead before the canary had a histogram', async () => {
  const world = { everySeconds: 5, toSeconds: 3000, histogramFrom: 1300 };
  const at = every(15, 1, 3000);
  const always = await blocksBy('latency', world, at.map(right));
  const wrong = at.map((one): LookAt => [one, one > 1000 && one < 1200 ? one + HOUR : one]);
  expect(always.blocks.length).toBeGreaterThan(20);
  expect(await blocksBy('latency', world, wrong)).toEqual(always);
});
