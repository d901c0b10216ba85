// The ten commonest gate queries, answered in this process and by a real Prometheus over HTTP with the same samples.
// Answers are compared first, then timed in turn, query by query, round after round. See README.md.
import { Agent } from 'undici';
import { localSource } from '../../src/metrics/local.ts';
import type { MetricsSource } from '../../src/metrics/source.ts';
import type { Expr } from '../../src/promql/ast.ts';
import { evaluate } from '../../src/promql/evaluate.ts';
import { parse } from '../../src/promql/parse.ts';
import { createStore, type SeriesStore } from '../../src/series/store.ts';
import { askSerin } from '../../test/differential/answer.ts';
import { difference } from '../../test/differential/compare.ts';
import { askPrometheus } from '../../test/differential/reference.ts';
import { findPrometheus, type RunningPrometheus, startPrometheus } from '../../test/support/prometheus.ts';
import { machine, median, printTable, quantile } from '../machine.ts';
import { exposedByPods } from '../pods.ts';
import type { Bench } from '../run.ts';
import { type Asked, ask } from './client.ts';
import { GATES, type NamedQuery, SWEEP } from './queries.ts';

const SCRAPE_MS = 5000;
const SAMPLES = 720;
const ROUNDS = 200;
const WARM_ROUNDS = 20;
/** Somewhere in the past, so that Prometheus' own clock does not matter. */
const BEGIN = Date.UTC(2026, 0, 1);
const END = BEGIN + (SAMPLES - 1) * SCRAPE_MS;

/** Milliseconds, one for each round. */
interface Times {
  readonly evaluated: number[];
  readonly source: number[];
  readonly prometheus: number[];
  /** Of those, what Prometheus says it took inside, without HTTP. */
  readonly engine: number[];
}

export const bench: Bench = {
  title: 'promql: the ten commonest gate queries, in this process against Prometheus over HTTP',
  async run() {
    const tools = findPrometheus();
    if ('reason' in tools) throw new Error(tools.reason);
    const store = filledStore();
    const series = store.select([{ name: '__name__', op: '=~', value: '.+' }], BEGIN, END);
    await using prometheus = await startPrometheus({ series });
    const { series: count, samples } = store.stats();
    console.log(`${machine()}; ${count} series, ${samples} samples\n`);
    const queries = [...GATES, SWEEP];
    await compareAnswers(store, prometheus, queries);
    report(queries, await measure(store, prometheus, queries));
  },
};

function filledStore(): SeriesStore {
  const store = createStore({ retentionMs: 24 * 3_600_000 });
  const pods = exposedByPods({ pods: 20, canaries: 5, intervalMs: SCRAPE_MS, seed: 4 });
  for (let index = 0; index < SAMPLES; index += 1)
    for (const { labels, next } of pods.flat()) store.append(labels, BEGIN + index * SCRAPE_MS, next());
  return store;
}

/** Moments within the last ten minutes, off the grid of the scrapes. */
const moment = (round: number): number => END - ((round * 7919) % 600_000);

async function compareAnswers(store: SeriesStore, { url }: RunningPrometheus, queries: readonly NamedQuery[]) {
  for (const { name, query } of queries)
    for (let round = 0; round < 20; round += 1) {
      const question = { query, when: { at: moment(round) } };
      const differs = difference(query, askSerin(store, question), await askPrometheus(url, question));
      if (differs !== undefined) throw new Error(`${name}: the answers differ: ${differs}`);
    }
  console.error(`answers are equal to 1e-9 at 20 moments for each of ${queries.length} queries`);
}

async function measure(
  store: SeriesStore,
  { url }: RunningPrometheus,
  queries: readonly NamedQuery[],
): Promise<ReadonlyMap<string, Times>> {
  const times = new Map<string, Times>();
  const source = localSource({ store, scrapeIntervalMs: SCRAPE_MS });
  const dispatcher = new Agent({ connections: 1, pipelining: 1 });
  const rounds = WARM_ROUNDS + ROUNDS;
  for (let round = 0; round < rounds; round += 1) {
    const at = moment(round);
    for (const { name, query } of queries) {
      const theirs = (): Promise<Asked> => ask({ url, dispatcher, query, at });
      // Whoever comes second finds the caches as the first left them: they take turns.
      const before = round % 2 === 0 ? await theirs() : undefined;
      const evaluated = timeEvaluation(store, query, at);
      const sourced = await timeSource(source, parsed(query), at);
      const { totalMs, engineMs } = before ?? (await theirs());
      if (round < WARM_ROUNDS) continue;
      const own = times.get(name) ?? { evaluated: [], source: [], prometheus: [], engine: [] };
      times.set(name, own);
      own.evaluated.push(evaluated);
      own.source.push(sourced);
      own.prometheus.push(totalMs);
      own.engine.push(engineMs);
    }
  }
  await dispatcher.close();
  return times;
}

/** From the query's text to its value: the same work that Prometheus is asked for. */
function timeEvaluation(store: SeriesStore, query: string, at: number): number {
  const start = performance.now();
  evaluate(parsed(query), store, at);
  return performance.now() - start;
}

/** As a gate asks: its expression was read when the release was accepted. */
async function timeSource(source: MetricsSource, expr: Expr, at: number): Promise<number> {
  const start = performance.now();
  await source.instant(expr, at);
  return performance.now() - start;
}

function parsed(query: string): Expr {
  const result = parse(query);
  if (!result.ok) throw new Error(`${query}: ${result.problems.map(({ message }) => message).join('; ')}`);
  return result.value;
}

function report(queries: readonly NamedQuery[], times: ReadonlyMap<string, Times>): void {
  const head = [
    'query',
    'Serin, text to value: p50 / p95',
    'Serin, as a gate asks: p50 / p95',
    'Prometheus over HTTP: p50 / p95',
    'its own share of that: p50',
    'ratio p50 (HTTP)',
    'ratio p95 (HTTP)',
    'ratio p50 (without HTTP)',
  ];
  const both = (values: readonly number[]): string => `${ms(median(values))} / ${ms(quantile(0.95, values))}`;
  const rows = queries.map(({ name }) => {
    const { evaluated, source, prometheus, engine } = times.get(name)!;
    return [
      name,
      both(evaluated),
      both(source),
      both(prometheus),
      ms(median(engine)),
      ratio(median(evaluated), median(prometheus)),
      ratio(quantile(0.95, evaluated), quantile(0.95, prometheus)),
      ratio(median(evaluated), median(engine)),
    ];
  });
  printTable(head, rows);
  console.log(`\nMilliseconds; ratios are Serin's time, text to value, by Prometheus' time: below 1 Serin is faster.`);
}

const ms = (value: number): string => value.toFixed(2);
const ratio = (ours: number, theirs: number): string => (ours / theirs).toFixed(2);
