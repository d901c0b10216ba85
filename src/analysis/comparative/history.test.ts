import { describe, expect, it } from 'vitest';
import { every, podLabels, rawSeries, steady } from '../../../test/support/raw-series.ts';
import { type ErrorSamples, type GaugeSamples, type LatencySamples, timingOf } from '../blocks/blocks.ts';
import { stableHistory } from './history.ts';

const timing = timingOf(10_000);
const range = { from: 0, to: 3_600_000, timing };
const regular = every(10, 0, 3600);
const NO_ERRORS: ErrorSamples = { requests: [], errors: [], up: [], pods: [] };
const NO_LATENCY: LatencySamples = { buckets: [], up: [], pods: [] };
const NO_GAUGES: GaugeSamples = { requests: [], up: [], cpu: [], memory: [], pods: [] };
const NOTHING = { errors: NO_ERRORS, latency: NO_LATENCY, gauges: NO_GAUGES };

/** A counter whose growth from scrape to scrape is what `grown` says. */
function growing(pod: string, grown: (scrape: number) => number) {
  let total = 0;
  const samples = regular.map((second, scrape) => {
    total += scrape === 0 ? 0 : grown(scrape);
    return [second, total] as const;
  });
  return rawSeries(podLabels(pod), ...samples);
}

describe("what an attempt takes from stable's past", () => {
  it('is its counts, those of an odd pod as well', () => {
    const pods = ['a', 'b', 'c'];
    const errors = {
      ...NO_ERRORS,
      requests: pods.map((pod) => steady(pod, regular, 10)),
      errors: pods.map((pod) => steady(pod, regular, 1)),
    };
    const { outcomes, dispersion } = stableHistory({ ...NOTHING, errors }, range);
    expect(outcomes).toEqual({ requests: 10_800, errors: 1080 });
    expect(dispersion).toBe(1);
  });

  it('is how much its errors scatter: ten at once are ten times as much', () => {
    const errors = {
      ...NO_ERRORS,
      requests: ['a', 'b'].map((pod) => steady(pod, regular, 100)),
      errors: [
        growing('a', (scrape) => (scrape % 6 === 1 ? 10 : 0)),
        growing('b', (scrape) => (scrape % 6 === 4 ? 10 : 0)),
      ],
    };
    expect(stableHistory({ ...NOTHING, errors }, range).dispersion).toBeCloseTo(11.5, 1);
  });

  it('is its latency by the edges that all its pods have', () => {
    const bucket = (pod: string, le: string, perScrape: number) => steady(pod, regular, perScrape, { le });
    const buckets = [
      ...[bucket('a', '0.1', 6), bucket('a', '0.2', 8), bucket('a', '+Inf', 10)],
      ...[bucket('b', '0.1', 1), bucket('b', '+Inf', 10)],
    ];
    const { latency } = stableHistory({ ...NOTHING, latency: { ...NO_LATENCY, buckets, unit: 's' } }, range);
    // Pods that differ for good scatter as well.
    expect(latency).toEqual({ edges: [100], counts: [2520, 4680], dispersion: 6.635 });
  });

  it('is how long blocks of its gauges must be, from the longest time without a gap', () => {
    const level = (pod: string, at: (second: number) => number, seconds = regular) =>
      rawSeries(podLabels(pod), ...seconds.map((second) => [second, at(second)] as const));
    const gauges = (seconds: readonly number[]): GaugeSamples => ({
      ...NO_GAUGES,
      cpu: ['a', 'b'].map((pod) => steady(pod, regular, 1)),
      memory: [level('a', (second) => 1000 + 300 * Math.sin(second / 600), seconds), level('b', () => 1000)],
    });
    const whole = stableHistory({ ...NOTHING, gauges: gauges(regular) }, range);
    expect(whole.memoryBlockMs).toBeGreaterThan(600_000);
    expect(whole.cpuBlockMs).toBe(90_000);
    // Scraps of three blocks each say nothing.
    const scraps = regular.filter((second) => second % 300 <= 90);
    expect(stableHistory({ ...NOTHING, gauges: gauges(scraps) }, range).memoryBlockMs).toBe(90_000);
  });

  it('is nothing of a service that is new', () => {
    expect(stableHistory(NOTHING, range)).toEqual({
      dispersion: 1,
      outcomes: { requests: 0, errors: 0 },
      cpuBlockMs: 90_000,
      memoryBlockMs: 90_000,
    });
  });
});
