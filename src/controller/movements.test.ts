import { describe, expect, it } from 'vitest';
import type { SeriesData } from '../series/series.ts';
import { movements, type ProbeRate } from './movements.ts';

const SCRAPE_MS = 1000;
const POD = { pod: 'checkout-v2-abc-00001', instance: 'checkout-v2-abc-00001' };

/** One pod, scraped every second, whose counter stood at `totalAt(second)` at each scrape. */
function counted(seconds: number, totalAt: (second: number) => number, rate: number | ProbeRate): number {
  const probes: ProbeRate = typeof rate === 'number' ? () => rate : rate;
  const times = Float64Array.from({ length: seconds + 1 }, (_, index) => index * SCRAPE_MS);
  const series = (name: string, values: Float64Array): SeriesData => ({
    labels: { ...POD, __name__: name },
    times,
    values,
  });
  const requests = series(
    'http_requests_total',
    times.map((_, index) => totalAt(index)),
  );
  const up = series(
    'up',
    times.map(() => 1),
  );
  return movements([requests], [up], probes).reduce((sum, move) => sum + move.requests, 0);
}

describe('requests of probes', () => {
  const probes = (second: number) => Math.floor(second / 10);

  it('alone are no traffic, whatever the phase in which they come', () => {
    for (let phase = 0; phase < 10; phase++)
      expect(counted(120, (second) => Math.floor((second + phase) / 10), 0.1)).toBe(0);
    // Readiness and liveness, in step with each other.
    expect(counted(120, (second) => 2 * probes(second), 0.2)).toBe(0);
  });

  it('never hide traffic that is little, but more than they make', () => {
    expect(counted(120, (second) => second + probes(second), 0.1)).toBeGreaterThan(100);
  });

  it('of a start are taken off while it can last, and not for longer', () => {
    const starting: ProbeRate = (_, time) => (time <= 30_000 ? 1 : 0.1);
    expect(counted(30, (second) => second, starting)).toBe(0);
    expect(counted(120, (second) => second, starting)).toBeGreaterThan(75);
    const only: ProbeRate = (_, time) => (time <= 30_000 ? 1 : 0);
    expect(counted(31, (second) => second, only)).toBe(0);
    expect(counted(120, (second) => second, only)).toBe(89);
  });

  it('are not taken off where they are not counted', () => {
    expect(counted(120, (second) => second, 0)).toBe(120);
  });
});
