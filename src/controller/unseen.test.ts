import { describe, expect, it } from 'vitest';
import { rawSeries, upAt } from '../../test/support/raw-series.ts';
import type { Pod } from '../api/kubernetes.ts';
import { toTime } from '../lib/time.ts';
import { unseenPod } from './unseen.ts';

/** Ready since so many seconds; undefined: not ready. */
function pod(name: string, readyAt: number | undefined, deletedAt?: number): Pod {
  const condition =
    readyAt === undefined ? { status: 'False' } : { status: 'True', lastTransitionTime: toTime(readyAt * 1000) };
  const deletion = deletedAt === undefined ? {} : { deletionTimestamp: toTime(deletedAt * 1000) };
  const status = { conditions: [{ type: 'Ready', ...condition }] };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...deletion }, status } as unknown as Pod;
}

/** Scraped every 5 s, looked at after 300 s. */
const READ = { from: 200_000, now: 300_000, scrapeMs: 5000 };

describe('a ready pod that is not scraped', () => {
  it('is told once it has been ready, and not been scraped, for longer than a target that is gone', () => {
    const up = [upAt('a', 290, 295, 300), upAt('b', 245, 249)];
    expect(unseenPod([pod('a', 10), pod('b', 10)], up, READ)).toEqual({ pod: 'b', since: 249_000 });
    expect(unseenPod([pod('b', 10)], [upAt('b', 250)], READ)).toBeUndefined();
    expect(unseenPod([pod('b', 10)], [], READ)).toEqual({ pod: 'b', since: 200_000 });
  });

  it('is one whose scrapes all fail', () => {
    const failing = rawSeries({ pod: 'b', instance: 'b', __name__: 'up' }, [230, 1], [240, 0], [295, 0], [300, 0]);
    expect(unseenPod([pod('b', 10)], [failing], READ)).toEqual({ pod: 'b', since: 230_000 });
    expect(unseenPod([pod('b', 10)], [failing, upAt('b', 300)], READ)).toBeUndefined();
  });

  it('is none that has just become ready, and will be found by the scraper a little later', () => {
    expect(unseenPod([pod('b', 251)], [], READ)).toBeUndefined();
    expect(unseenPod([pod('b', 249)], [], READ)).toEqual({ pod: 'b', since: 249_000 });
    // Again ready, after a time in which nobody could scrape it.
    expect(unseenPod([pod('b', 280)], [upAt('b', 220)], READ)).toBeUndefined();
  });

  it('is none that gets no requests: not ready, or told to end', () => {
    expect(unseenPod([pod('b', undefined), pod('c', 10, 295)], [], READ)).toBeUndefined();
  });

  it('is not known where targets do not say which pod they are', () => {
    const nameless = rawSeries({ instance: '10.0.0.7:8080', __name__: 'up' }, [295, 1], [300, 1]);
    expect(unseenPod([pod('a', 10)], [nameless], READ)).toBeUndefined();
  });

  it('is, of several, the one for the longest', () => {
    const up = [upAt('a', 240), upAt('b', 230), upAt('c', 230)];
    expect(unseenPod([pod('a', 10), pod('c', 10), pod('b', 10)], up, READ)).toEqual({ pod: 'b', since: 230_000 });
  });
});
