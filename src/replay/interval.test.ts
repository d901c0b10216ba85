import { describe, expect, it } from 'vitest';
import { recordedSeries } from '../../test/support/recordings.ts';
import type { Labels, SeriesData } from '../series/series.ts';
import { scrapeIntervalOf } from './interval.ts';

const every = (ms: number, labels: Labels, count = 10): SeriesData => ({
  labels,
  times: Float64Array.from({ length: count }, (_, index) => index * ms),
  values: new Float64Array(count),
});

describe('the scrape interval', () => {
  it("is the spacing of the versions' own targets, whatever the rest of the recording has", () => {
    const series = [
      ...[1, 2, 3].map((n) => every(30_000, { __name__: 'up', job: `other-${n}` }, 50)),
      ...recordedSeries({ everySeconds: 5 }),
      ...[1, 2, 3].map((n) => every(1000, { __name__: `gauge_${n}`, version: 'v2' }, 2000)),
    ];
    expect(scrapeIntervalOf(series, [{ version: 'v2' }, { version: 'v1' }])).toBe(5000);
  });

  it('is that of any series of the versions where there is no `up`, and else of any', () => {
    const [mine, other] = [every(15_000, { __name__: 'a', version: 'v2' }), every(60_000, { __name__: 'b' }, 100)];
    expect(scrapeIntervalOf([mine, other], [{ version: 'v2' }])).toBe(15_000);
    expect(scrapeIntervalOf([mine, other], [{ version: 'v3' }])).toBe(60_000);
  });

  it('is the usual spacing where scrapes are late, missing or a little off', () => {
    const times = Float64Array.from([0, 14_998, 30_003, 44_999, 90_001, 104_997, 120_000]);
    const series = { labels: { __name__: 'up' }, times, values: new Float64Array(7) };
    expect(scrapeIntervalOf([series], [{}])).toBe(15_000);
  });

  it('is not known from single samples', () => {
    expect(scrapeIntervalOf([every(1, { __name__: 'up' }, 1)], [{}])).toBeUndefined();
  });
});
