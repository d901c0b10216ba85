import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import {
  prometheusTools,
  type RunningPrometheus,
  startPrometheus,
  toolsOrSkip,
} from '../../test/support/prometheus.ts';
import { planQueries, prepareGate } from '../analysis/gate.ts';
import { systemClock } from '../lib/clock.ts';
import { parse } from '../promql/parse.ts';
import type { Sample, Value } from '../promql/value.ts';
import { isStale, type Matcher, type SeriesData } from '../series/series.ts';
import { createStore } from '../series/store.ts';
import { localSource } from './local.ts';
import { type PrometheusSource, prometheusSource } from './prometheus/source.ts';
import type { MetricsSource } from './source.ts';
import { togetherSource } from './together.ts';

const START = 1_700_000_000_000;
const SCRAPE = 1000;
const END = START + 120_000;
const POD_1 = { app: 'checkout', version: 'v1', pod: 'v1-a', instance: 'v1-a' };
const POD_2 = { app: 'checkout', version: 'v2', pod: 'v2-b', instance: 'v2-b' };

/** Two versions scraped each second for two minutes; v2 restarts after one, fails from then on, and is gone at the end. */
function samples() {
  const store = createStore({ retentionMs: 1e12 });
  const odd = { __name__: 'odd' };
  for (let second = 0; second <= 120; second++) {
    const at = START + second * SCRAPE;
    store.append({ ...POD_1, __name__: 'up' }, at + 250, 1);
    store.append({ ...POD_1, __name__: 'http_requests_total', method: 'GET', code: '200' }, at + 250, second * 90);
    for (const [index, le] of ['0.1', '0.5', '+Inf'].entries())
      store.append({ ...POD_1, __name__: 'latency_bucket', le }, at + 250, second * (60 + 15 * index));
    if (second > 110) continue;
    store.append({ ...POD_2, __name__: 'up' }, at + 750, second === 60 ? 0 : 1);
    if (second === 60) continue;
    const count = (second % 60) * 10;
    store.append({ ...POD_2, __name__: 'http_requests_total', method: 'GET', code: '200' }, at + 750, count);
    if (second > 60)
      store.append({ ...POD_2, __name__: 'http_requests_total', method: 'GET', code: '500' }, at + 750, count / 100);
  }
  for (const name of ['up', 'http_requests_total'])
    for (const series of store.select(
      [
        { name: '__name__', op: '=', value: name },
        { name: 'version', op: '=', value: 'v2' },
      ],
      START,
      END,
    ))
      store.appendStale(series.labels, START + 111_750);
  const values = {
    nan: Number.NaN,
    inf: Infinity,
    minus: -Infinity,
    small: 5e-324,
    large: 1.7976931348623157e308,
    third: 1 / 3,
    zero: -0,
  };
  for (const [kind, value] of Object.entries(values)) store.append({ ...odd, kind }, START, value);
  store.append({ ...odd, kind: 'text', 'ünï "code"\\': 'a\nb\t"c"\\ü😀' }, START, 1);
  return store;
}

const store = samples();
const local = localSource({ store, scrapeIntervalMs: SCRAPE });
let running: RunningPrometheus | undefined;
let real: PrometheusSource | undefined;

beforeAll(async () => {
  if (prometheusTools() === undefined) return;
  running = await startPrometheus({ series: store.select([], START, END + 1000) });
  real = prometheusSource({ settings: { addresses: [running.url], scrapeInterval: '1s' }, clock: systemClock });
});
afterAll(async () => {
  await real?.close();
  await running?.stop();
});

const sources: Record<string, (context: TestContext) => MetricsSource> = {
  'the local source': () => local,
  'a Prometheus': (context) => {
    toolsOrSkip(context);
    if (real === undefined) throw new Error('not started');
    return real;
  },
};

for (const [name, sourceFor] of Object.entries(sources))
  sources[`${name}, asked together`] = (context) => togetherSource({ source: sourceFor(context), clock: systemClock });

const exprOf = (text: string) => {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  return parsed.value;
};
const name = (value: string): Matcher => ({ name: '__name__', op: '=', value });
const ask = (source: MetricsSource, text: string, at: number) => source.instant(exprOf(text), at);
const withoutMarkers = ({ times, values }: SeriesData) =>
  [...times].flatMap((time, index) => (isStale(values, index) ? [] : [[time, values[index]]]));

describe.each(Object.entries(sources))('%s', (_, sourceFor) => {
  it('answers with every float as it is, and labels of any text', async (context) => {
    const value = await ask(sourceFor(context), 'odd', START + 5000);
    const read = Object.fromEntries(
      value.kind === 'vector'
        ? value.samples.map((sample): [string, Sample] => [sample.labels['kind'] ?? '', sample])
        : [],
    );
    const numbers = Object.fromEntries(Object.entries(read).map(([kind, sample]) => [kind, sample.value]));
    expect(numbers).toEqual({
      nan: Number.NaN,
      inf: Infinity,
      minus: -Infinity,
      small: 5e-324,
      large: 1.7976931348623157e308,
      third: 1 / 3,
      zero: -0,
      text: 1,
    });
    expect(read['text']?.labels).toEqual({
      __name__: 'odd',
      kind: 'text',
      'ünï "code"\\': 'a\nb\t"c"\\ü😀',
    });
  });

  it('answers a scalar, a text and an empty vector', async (context) => {
    const source = sourceFor(context);
    expect(await ask(source, '1 / 3', START)).toEqual({ kind: 'scalar', value: 1 / 3 });
    expect(await ask(source, '"ü"', START)).toEqual({ kind: 'string', value: 'ü' });
    expect(await ask(source, 'nothing > 1', START)).toEqual({ kind: 'vector', samples: [] });
  });

  it('evaluates at the very millisecond', async (context) => {
    const source = sourceFor(context);
    const counts = await Promise.all(
      [249, 250].map((ms) => ask(source, 'http_requests_total{version="v1"}', START + 5000 + ms)),
    );
    expect(counts.map((value) => value.kind === 'vector' && value.samples[0]?.value)).toEqual([4 * 90, 5 * 90]);
  });

  it('knows a series no more from its staleness marker on, and an unmarked one for five minutes', async (context) => {
    const source = sourceFor(context);
    const count = async (query: string, at: number) => {
      const value = await ask(source, `count(${query})`, at);
      return value.kind === 'vector' ? (value.samples[0]?.value ?? 0) : Number.NaN;
    };
    expect(await count('up{version="v2"}', START + 111_749)).toBe(1);
    expect(await count('up{version="v2"}', START + 111_750)).toBe(0);
    const last = START + 120_250;
    expect(await count('up{version="v1"}', last + 299_999)).toBe(1);
    expect(await count('up{version="v1"}', last + 300_000)).toBe(0);
  });

  it('selects raw samples, the first and the last millisecond included', async (context) => {
    const source = sourceFor(context);
    const matchers: readonly Matcher[] = [name('up'), { name: 'version', op: '=~', value: 'v[12]' }];
    const selected = await source.select(matchers, START + 59_250, START + 61_750);
    const byPod = Object.fromEntries(selected.map((series) => [series.labels['pod'], withoutMarkers(series)]));
    expect(byPod).toEqual({
      'v1-a': [59_250, 60_250, 61_250].map((ms) => [START + ms, 1]),
      'v2-b': [
        [START + 59_750, 1],
        [START + 60_750, 0],
        [START + 61_750, 1],
      ],
    });
    expect(selected.map(({ labels }) => labels['__name__'])).toEqual(['up', 'up']);
    const instant = await source.select(matchers, START + 1250, START + 1250);
    expect(instant.map(withoutMarkers)).toEqual([[[START + 1250, 1]]]);
    expect(await source.select(matchers, START + 1251, START + 1749)).toEqual([]);
    expect(await source.select(matchers, START + 1750, START + 1249)).toEqual([]);
  });

  it('is as fresh as the newest scrape that succeeded', async (context) => {
    const source = sourceFor(context);
    expect(await source.freshAt(START + 249)).toBeUndefined();
    expect(await source.freshAt(START + 250)).toBe(START + 250);
    expect(await source.freshAt(START + 60_900)).toBe(START + 60_250);
    expect(await source.freshAt(END + 60_000)).toBe(START + 120_250);
    expect(await source.freshAt(END + 400_000)).toBeUndefined();
  });

  it('rejects what the samples do not allow', async (context) => {
    const source = sourceFor(context);
    const query = 'http_requests_total / on (app) http_requests_total';
    await expect(ask(source, query, START + 100_000)).rejects.toThrow(/many-to-many|duplicate/);
  });

  it('rejects an answer that PromQL itself warns of, and no other for its remarks', async (context) => {
    const source = sourceFor(context);
    const warned = ask(source, 'histogram_quantile(0.9, rate(http_requests_total[30s]))', START + 50_000);
    await expect(warned).rejects.toThrow(/the warning "PromQL warning: bucket label "le" is missing.*\[SRN1906\]/);
    expect(await ask(source, 'sum(rate(up[30s])) * 0', START + 50_000)).toEqual({
      kind: 'vector',
      samples: [{ labels: {}, value: 0 }],
    });
  });
});

const GATES = [
  'sum(rate(http_requests_total{$canary,code=~"5.."}[30s])) / sum(rate(http_requests_total{$canary}[30s])) > 0.005',
  'sum by (pod) (rate(http_requests_total{$canary,code="500"}[20s])) > 2 * sum(rate(http_requests_total{$stable,code="500"}[20s]))',
  'histogram_quantile(0.9, sum by (le) (rate(latency_bucket{$stable}[1m]))) > 0.2',
  'max_over_time(up{$canary}[10s]) < 1 or absent(up{$canary})',
  'sum(increase(http_requests_total{app="checkout"}[30s] offset 10s)) by (version, code) > 100',
];

/** One form for both: the order of series is nobody's promise. */
function comparable(value: Value): unknown {
  if (value.kind !== 'vector') return value;
  const samples = value.samples.map(({ labels, value: number }) => [Object.entries(labels).sort(), number] as const);
  return samples.sort(([a], [b]) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

describe('both sources', () => {
  it('answer alike to everything that gates ask, at any time', async (context) => {
    const prometheus = sources['a Prometheus']?.(context) as MetricsSource;
    const pair = {
      canary: { app: 'checkout', version: 'v2' },
      stable: { app: 'checkout', version: 'v1' },
      deployments: { canary: 'checkout-v2', stable: 'checkout-v1' },
    };
    const queries = GATES.flatMap((promql) => {
      const gate = prepareGate('gate', promql);
      if (!gate.ok) throw new Error(gate.problems[0]?.message);
      return planQueries(gate.value, pair).queries;
    });
    expect(queries.length).toBeGreaterThan(25);
    let answered = 0;
    for (const at of [START + 20_000, START + 61_000, START + 75_433, START + 109_000, START + 115_000, END + 200_000])
      for (const { key, expr } of queries) {
        const [ours, theirs] = await Promise.all([local.instant(expr, at), prometheus.instant(expr, at)]);
        expect(roundedAlike(comparable(theirs)), `${key} at ${at - START}`).toEqual(roundedAlike(comparable(ours)));
        if (ours.kind === 'vector' && ours.samples.length > 0) answered++;
      }
    expect(answered).toBeGreaterThan(60);
  });

  it('select alike, in any span of time, but for the markers', async (context) => {
    const prometheus = sources['a Prometheus']?.(context) as MetricsSource;
    const ms = fc.integer({ min: -2000, max: 125_000 });
    const matchers = fc.constantFrom<readonly Matcher[]>(
      [name('up')],
      [name('http_requests_total'), { name: 'code', op: '!=', value: '200' }],
      [{ name: 'version', op: '!~', value: '|v1' }],
      [name('odd'), { name: 'kind', op: '=~', value: '.*a.*|third' }],
    );
    const form = (all: readonly SeriesData[]) =>
      all
        .map((series) => [Object.entries(series.labels).sort(), withoutMarkers(series)] as const)
        .filter(([, kept]) => kept.length > 0)
        .sort(([a], [b]) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
    await fc.assert(
      fc.asyncProperty(matchers, ms, ms, async (chosen, from, to) => {
        const span = [chosen, START + Math.min(from, to), START + Math.max(from, to)] as const;
        const [ours, theirs] = await Promise.all([local.select(...span), prometheus.select(...span)]);
        expect(form(theirs)).toEqual(form(ours));
      }),
      { numRuns: 100 },
    );
  });
});

/** To twelve digits: sums of floats may be made in another order. */
const roundedAlike = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'number' ? inner.toPrecision(12) : inner)));
