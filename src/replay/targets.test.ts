import { describe, expect, it } from 'vitest';
import { rawSeries, upAt } from '../../test/support/raw-series.ts';
import { localSource } from '../metrics/local.ts';
import { compileMatchers } from '../series/matchers.ts';
import type { SeriesData } from '../series/series.ts';
import { withTargets } from './targets.ts';

function recorded(...series: readonly SeriesData[]) {
  const store = {
    select: (matchers: Parameters<typeof compileMatchers>[0], from: number, to: number) =>
      series.filter(
        ({ labels, times }) => compileMatchers(matchers)(labels) && times.some((at) => at >= from && at <= to),
      ),
  };
  return withTargets(localSource({ store, scrapeIntervalMs: 5000 }), 0);
}

describe('when anything was scraped last', () => {
  it('is when somebody asks, in a recording without any `up`, which else could never tell that time has passed', async () => {
    const requests = rawSeries({ __name__: 'http_requests_total', pod: 'a', instance: 'a' }, [10, 1], [20, 2]);
    expect(await recorded(requests).freshAt(900_000)).toBe(900_000);
    expect(await recorded(requests, upAt('a', 10, 20)).freshAt(30_000)).toBe(20_000);
    expect(await recorded(requests, upAt('a', 10, 20)).freshAt(900_000)).toBeUndefined();
  });
});
