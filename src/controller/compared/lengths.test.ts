import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../analysis/profiles/own.ts';
import { blockLengths } from './lengths.ts';

describe('the blocks of an attempt', () => {
  it('are a scrape long, and as long as CPU, memory and proxies need', () => {
    expect(blockLengths({ scrapeIntervalMs: 1000 }, PROFILES.app)).toEqual({
      errors: 1000,
      latency: 1000,
      gauges: 30_000,
    });
    expect(blockLengths({ scrapeIntervalMs: 15_000 }, PROFILES.app)).toEqual({
      errors: 15_000,
      latency: 15_000,
      gauges: 30_000,
    });
  });

  it.each(['istio', 'envoy'] as const)("are no shorter than 10 s for latencies that %s's proxies tell", (name) => {
    expect(blockLengths({ scrapeIntervalMs: 1000 }, PROFILES[name]).latency).toBe(10_000);
    expect(blockLengths({ scrapeIntervalMs: 15_000 }, PROFILES[name]).latency).toBe(15_000);
  });

  it('are 3 s for usage that is measured at every scrape, as in a rehearsal', () => {
    expect(blockLengths({ scrapeIntervalMs: 1000, usageEveryMs: 1000 }, PROFILES.app).gauges).toBe(3000);
  });
});
