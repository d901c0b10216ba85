import { describe, expect, it } from 'vitest';
import { isStale, type Matcher } from '../../series/series.ts';
import { createStore } from '../../series/store.ts';
import { createIngest } from './ingest.ts';

const TEXT = 'text/plain; version=0.0.4';
const target = { job: 'prod/web', instance: '127.0.0.1:1', pod: 'web-1' };

const setUp = () => {
  const store = createStore({ retentionMs: 3_600_000 });
  const ingest = createIngest(store, target);
  const samples = (name: string, ...matchers: readonly Matcher[]) => {
    const [series] = store.select([{ name: '__name__', op: '=', value: name }, ...matchers], 0, 1e15);
    const values = series?.values ?? new Float64Array();
    return [...(series?.times ?? [])].map((time, index) => [time, isStale(values, index) ? 'stale' : values[index]]);
  };
  return { store, ingest, samples };
};

describe('a scrape', () => {
  it("writes the page's samples under the target's labels, and its own three series, all of one time", () => {
    const { ingest, samples, store } = setUp();
    const outcome = ingest.page('a{x="1"} 5\nb NaN\n', TEXT, 1000, 250);
    expect(outcome).toEqual({ error: undefined, samples: 2, refused: 0 });
    expect(samples('a')).toEqual([[1000, 5]]);
    expect(samples('b')).toEqual([[1000, Number.NaN]]);
    expect(samples('up')).toEqual([[1000, 1]]);
    expect(samples('scrape_duration_seconds')).toEqual([[1000, 0.25]]);
    expect(samples('scrape_samples_scraped')).toEqual([[1000, 2]]);
    expect(store.select([{ name: 'x', op: '=', value: '1' }], 0, 9999)[0]?.labels).toEqual({
      __name__: 'a',
      x: '1',
      ...target,
    });
  });

  it('marks a series stale in the scrape in which it is missing, and only then', () => {
    const { ingest, samples } = setUp();
    ingest.page('a 1\nb 1\n', TEXT, 1000, 1);
    ingest.page('b 2\n', TEXT, 2000, 1);
    ingest.page('b 3\n', TEXT, 3000, 1);
    ingest.page('a 4\nb 4\n', TEXT, 4000, 1);
    expect(samples('a')).toEqual([
      [1000, 1],
      [2000, 'stale'],
      [4000, 4],
    ]);
    expect(samples('b')).toHaveLength(4);
  });

  it('that fails sets up to 0 and marks every series of the page stale', () => {
    const { ingest, samples } = setUp();
    ingest.page('a 1\n', TEXT, 1000, 1);
    expect(ingest.failure('refused', 2000, 1)).toEqual({ error: 'refused', samples: 0, refused: 0 });
    ingest.failure('refused', 3000, 1);
    expect(samples('a')).toEqual([
      [1000, 1],
      [2000, 'stale'],
    ]);
    expect(samples('up')).toEqual([
      [1000, 1],
      [2000, 0],
      [3000, 0],
    ]);
    expect(samples('scrape_samples_scraped').at(-1)).toEqual([3000, 0]);
  });

  it('takes nothing of a page that is wrong anywhere, and says where', () => {
    const { ingest, samples } = setUp();
    ingest.page('a 1\n', TEXT, 1000, 1);
    const { error } = ingest.page('a 2\nb{x} 1\n', TEXT, 2000, 1);
    expect(error).toBe('line 2, column 4: expected "=" after the label name "x"');
    expect(ingest.page('{}', 'application/json', 3000, 1).error).toContain('content type');
    expect(ingest.page('a 1\n', 'application/openmetrics-text', 4000, 1).error).toContain('# EOF');
    expect(samples('a')).toEqual([
      [1000, 1],
      [2000, 'stale'],
    ]);
    expect(samples('b')).toEqual([]);
    expect(samples('up').map(([, up]) => up)).toEqual([1, 0, 0, 0]);
  });

  it("keeps the page's labels that clash with the target's as exported ones", () => {
    const { ingest, store } = setUp();
    ingest.page('a{pod="mine",exported_job="x",job="y"} 1\n', TEXT, 1000, 1);
    expect(store.select([{ name: '__name__', op: '=', value: 'a' }], 0, 9999)[0]?.labels).toEqual({
      __name__: 'a',
      ...target,
      exported_pod: 'mine',
      exported_job: 'x',
      exported_exported_job: 'y',
    });
  });

  it("honours the exporter's own times, and ends no such series itself", () => {
    const { ingest, samples } = setUp();
    ingest.page('a 1 500\nb 1\n', TEXT, 1000, 1);
    ingest.page('a 2 1500\n', TEXT, 2000, 1);
    ingest.page('', TEXT, 3000, 1);
    expect(samples('a')).toEqual([
      [500, 1],
      [1500, 2],
    ]);
    expect(samples('b').at(-1)).toEqual([2000, 'stale']);
  });

  it('counts what the store refused: one series twice, old times, times far ahead', () => {
    const { ingest, samples } = setUp();
    ingest.page('t 1 5000\n', TEXT, 9000, 1);
    const outcome = ingest.page('a{x="1",y="2"} 1\na{y="2",x="1"} 2\nt 3 4000\nf 1 99999999\n', TEXT, 10_000, 1);
    expect(outcome).toEqual({ error: undefined, samples: 4, refused: 3 });
    expect(samples('a')).toEqual([[10_000, 1]]);
  });

  it("keeps its own up when the page has a series of that name with the target's labels", () => {
    const { ingest, samples } = setUp();
    expect(ingest.page('up 0\n', TEXT, 1000, 1).refused).toBe(1);
    expect(samples('up')).toEqual([[1000, 1]]);
  });

  it('ends every series when the target is gone, its own too', () => {
    const { ingest, samples } = setUp();
    ingest.page('a 1\n', TEXT, 1000, 1);
    ingest.end(1500);
    for (const name of ['a', 'up', 'scrape_duration_seconds', 'scrape_samples_scraped'])
      expect(samples(name).at(-1)).toEqual([1500, 'stale']);
  });
});
