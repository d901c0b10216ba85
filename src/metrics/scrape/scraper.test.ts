import { afterEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import { isStale } from '../../series/series.ts';
import { createStore } from '../../series/store.ts';
import { type FetchPage, PageError } from './page.ts';
import { createScraper, type Scraper } from './scraper.ts';
import type { ScrapeTarget } from './target.ts';

const target = (name: string, intervalMs = 1000, timeoutMs = 900): ScrapeTarget => ({
  url: `http://${name}/metrics`,
  labels: { job: 'web', instance: name },
  intervalMs,
  timeoutMs,
});

const started: Scraper[] = [];
afterEach(async () => {
  for (const scraper of started.splice(0)) await scraper.stop();
});

const page = (body: string) => ({ contentType: 'text/plain', body });

const setUp = (
  initial: readonly ScrapeTarget[],
  fetch: FetchPage = async () => page('a 1\n'),
  clock: ManualClock = new ManualClock(),
) => {
  const store = createStore({ retentionMs: 3_600_000 });
  const list = { targets: initial };
  const scraper = createScraper({ targets: () => list.targets, store, clock, fetch });
  started.push(scraper);
  scraper.start();
  const begin = clock.now();
  /** Milliseconds since the test's begin, and the value. */
  const samples = (name: string, instance?: string) => {
    const all = store.select([{ name: '__name__', op: '=', value: name }], 0, 1e15);
    const series = all.find(({ labels }) => instance === undefined || labels['instance'] === instance);
    const values = series?.values ?? new Float64Array();
    return [...(series?.times ?? [])].map((time, index): [number, number | 'stale'] => [
      time - begin,
      isStale(values, index) ? 'stale' : (values[index] ?? 0),
    ]);
  };
  const times = (name: string, instance?: string) => samples(name, instance).map(([time]) => time);
  return { clock, store, list, scraper, samples, times };
};

const gaps = (times: readonly number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0));

describe('the scraper', () => {
  it('scrapes a new target at once, then at fixed instants of its own', async () => {
    const { clock, times } = setUp([target('a'), target('b', 5000)]);
    await clock.advance(60_000);
    expect(times('up', 'a')[0]).toBe(0);
    expect(new Set(gaps(times('up', 'a')).slice(1))).toEqual(new Set([1000]));
    expect(times('up', 'b')[0]).toBe(0);
    expect(new Set(gaps(times('up', 'b')).slice(1))).toEqual(new Set([5000]));
    expect(times('up', 'b').length).toBeGreaterThanOrEqual(12);
  });

  it('holds five hundred targets at a second each without drift or loss', async () => {
    const targets = Array.from({ length: 500 }, (_, index) => target(`10.0.0.1:${30_000 + index}`));
    const { clock, store } = setUp(targets);
    await clock.advance(10_000);
    const ups = store.select([{ name: '__name__', op: '=', value: 'up' }], 0, 1e15);
    expect(ups).toHaveLength(500);
    for (const { times } of ups) expect(new Set(gaps([...times]).slice(1))).toEqual(new Set([1000]));
    const phases = new Set(ups.map(({ times }) => (times[1] ?? 0) % 1000));
    expect(phases.size).toBeGreaterThan(300);
  });

  it('has one scrape of a target under way at a time, and leaves out the slots a slow one missed', async () => {
    const own = new ManualClock();
    let under = 0;
    let most = 0;
    const fetch: FetchPage = async ({ signal }) => {
      most = Math.max(most, ++under);
      await own.sleep(2500, signal);
      under--;
      return page('a 1\n');
    };
    const { clock, times } = setUp([target('slow', 1000, 2600)], fetch, own);
    await clock.advance(31_000);
    expect(most).toBe(1);
    expect(new Set(gaps(times('up')).slice(1))).toEqual(new Set([3000]));
  });

  it('gives up a scrape after its timeout, says so, and goes on', async () => {
    const { clock, scraper, samples } = setUp([target('hangs')], ({ signal }) => {
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    });
    await clock.advance(3000);
    expect(scraper.health()).toMatchObject([
      { state: 'down', lastError: 'no complete answer within 900ms', lastDurationMs: 900, samples: 0 },
    ]);
    expect(samples('up').map(([, up]) => up)).toEqual(samples('up').map(() => 0));
    expect(samples('up').length).toBeGreaterThanOrEqual(2);
    expect(samples('scrape_duration_seconds')[0]?.[1]).toBe(0.9);
  });

  it('takes a page that had arrived by the timeout, though this process was too busy to read it', async () => {
    const own = new ManualClock();
    const fetch: FetchPage = async ({ signal }) => {
      await own.sleep(900);
      await Promise.resolve();
      if (signal.aborted) throw signal.reason;
      return page('a 1\n');
    };
    const { clock, scraper } = setUp([target('a')], fetch, own);
    await clock.advance(1000);
    expect(scraper.health()).toMatchObject([{ state: 'up', samples: 1 }]);
  });

  it('tells per target why the last scrape failed, until one succeeds', async () => {
    let broken = true;
    const { clock, scraper } = setUp([target('a')], async () => {
      if (broken) throw new AggregateError([new Error('connect ECONNREFUSED ::1:80'), new PageError('other')]);
      return page('a 1\nb 2\n');
    });
    expect(scraper.health()).toEqual([]);
    await clock.advance(0);
    expect(scraper.health()[0]?.lastError).toBe('connect ECONNREFUSED ::1:80; other');
    broken = false;
    await clock.advance(2000);
    expect(scraper.health()).toMatchObject([{ state: 'up', samples: 2, refused: 0, lastDurationMs: 0 }]);
    expect(scraper.health()[0]).not.toHaveProperty('lastError');
  });

  it('ends the series of a removed target, and scrapes an added one at once', async () => {
    const { clock, list, samples, scraper } = setUp([target('a')]);
    await clock.advance(5000);
    list.targets = [target('b')];
    scraper.refresh();
    await clock.advance(3000);
    expect(samples('up', 'a').at(-1)).toEqual([5000, 'stale']);
    expect(samples('a', 'a').at(-1)).toEqual([5000, 'stale']);
    expect(samples('up', 'b')[0]).toEqual([5000, 1]);
    expect(scraper.health().map((health) => health.target.url)).toEqual(['http://b/metrics']);
  });

  it('notices a changed list by itself', async () => {
    const { clock, list, times } = setUp([]);
    await clock.advance(5000);
    list.targets = [target('a')];
    await clock.advance(1000);
    expect(times('up')[0]).toBeLessThanOrEqual(5200);
  });

  it('writes nothing at all while paused, not even markers, and goes on after it at the same instants', async () => {
    const { clock, list, samples, scraper, times } = setUp([target('a'), target('gone')]);
    await clock.advance(5000);
    scraper.pause();
    await clock.advance(10_000);
    const before = times('a', 'a').filter((time) => time > 0);
    expect(before.at(-1)).toBeLessThanOrEqual(5000);
    expect(samples('up', 'a').every(([, up]) => up === 1)).toBe(true);
    list.targets = [target('a')];
    scraper.resume();
    await clock.advance(5000);
    const after = times('a', 'a').filter((time) => time > 15_000);
    expect(after.length).toBeGreaterThanOrEqual(4);
    expect(((after[0] ?? 0) - (before[0] ?? 0)) % 1000).toBe(0);
  });

  it('fetches nothing while paused, and drops what was under way', async () => {
    const own = new ManualClock();
    let fetched = 0;
    const fetch: FetchPage = async () => {
      fetched++;
      await own.sleep(500);
      return page('a 1\n');
    };
    const { clock, scraper, times } = setUp([target('a')], fetch, own);
    await clock.advance(100);
    scraper.pause();
    await clock.advance(10_000);
    expect(times('up')).toEqual([]);
    expect(fetched).toBe(1);
  });

  it('ends the series of a target that is removed while it is scraped, or in the very millisecond of its scrape', async () => {
    const own = new ManualClock();
    const fetch: FetchPage = async ({ url }) => {
      if (url.includes('slow')) await own.sleep(500);
      return page('a 1\n');
    };
    const { clock, list, samples, scraper } = setUp([target('slow'), target('fast')], fetch, own);
    await clock.advance(0);
    list.targets = [];
    scraper.refresh();
    await clock.advance(5000);
    expect(samples('a', 'fast')).toEqual([
      [0, 1],
      [1, 'stale'],
    ]);
    expect(samples('a', 'slow')).toEqual([]);
    expect(samples('up', 'slow')).toEqual([[500, 'stale']]);
  });

  it('dates samples to their slot when the timer was a little late', async () => {
    class LateClock extends ManualClock {
      #calls = 0;
      override sleep(ms: number, signal?: AbortSignal): Promise<void> {
        return super.sleep(ms + (this.#calls++ % 3), signal);
      }
    }
    const { clock, times } = setUp([target('a')], undefined, new LateClock());
    await clock.advance(10_000);
    expect(new Set(gaps(times('up')).slice(1))).toEqual(new Set([1000]));
  });

  it('keeps the store within its retention', async () => {
    const { clock, list, store } = setUp([target('a', 60_000)]);
    for (let index = 0; index < 20; index++) {
      list.targets = [target(`pod-${index}`, 60_000)];
      await clock.advance(600_000);
    }
    // Of every ten minutes one pod with four series; of an hour and a bit.
    expect(store.stats().series).toBeLessThanOrEqual(8 * 4);
  });

  it('leaves nothing running behind when stopped, a scrape under way neither', async () => {
    const { clock, scraper } = setUp([target('a'), target('b')], ({ signal }) => {
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    });
    await clock.advance(100);
    await scraper.stop();
    expect(clock.asleep).toBe(0);
    expect(scraper.health()).toEqual([]);
  });
});
