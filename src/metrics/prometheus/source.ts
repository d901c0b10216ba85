// Samples from a Prometheus, or what speaks its HTTP API, behind the same interface as the local store's.
// Never evaluates itself and never turns a failure into an empty answer. Called by whoever composes: a command, the operator.
import type { Clock, Millis } from '../../lib/clock.ts';
import type { Expr } from '../../promql/ast.ts';
import { typeOf } from '../../promql/check.ts';
import { print } from '../../promql/print.ts';
import type { Value } from '../../promql/value.ts';
import type { Labels, Matcher, SeriesData } from '../../series/series.ts';
import { newestSuccess, UP_LOOKBACK_MS, upEverywhere } from '../fresh.ts';
import type { MetricsSource } from '../source.ts';
import { createAddresses } from './addresses.ts';
import { createClient } from './client.ts';
import type { Question } from './exchange.ts';
import { DEFAULT_SCRAPE_INTERVAL, DEFAULT_TIMEOUT, milliseconds, type PrometheusSettings } from './settings.ts';
import { AnswerError, instantValueOf, labelSetsOf, seriesOf } from './values.ts';

export interface PrometheusSourceOptions {
  readonly settings: PrometheusSettings;
  readonly clock: Clock;
  /** Of one answer; a larger one is a failure. */
  readonly responseLimitBytes?: number;
  /** Queries under way at once on one address. */
  readonly connections?: number;
}

/** A range query's times: from start to end, milliseconds. */
export interface Steps {
  readonly startMs: Millis;
  readonly endMs: Millis;
  readonly stepMs: number;
}

/** Every method rejects with a SerinError that says which query, which address, what came, and what to do. */
export interface PrometheusSource extends MetricsSource {
  range(expr: Expr, steps: Steps): Promise<Value>;
  /** The label sets of the series that have a sample in the time; a Prometheus rounds the time up to its blocks. */
  series(matchers: readonly Matcher[], from: Millis, to: Millis): Promise<readonly Labels[]>;
  close(): Promise<void>;
}

const DEFAULT_LIMIT_BYTES = 32 * 1024 * 1024;
const DEFAULT_CONNECTIONS = 8;
/** Of our own patience: the server gives up first and says so, so that silence means a server that does not work. */
const SERVERS_PART = 0.9;

export function prometheusSource(options: PrometheusSourceOptions): PrometheusSource {
  const { settings, clock, responseLimitBytes: limitBytes = DEFAULT_LIMIT_BYTES } = options;
  const { connections = DEFAULT_CONNECTIONS } = options;
  const timeoutMs = milliseconds(settings.timeout ?? DEFAULT_TIMEOUT);
  const scrapeIntervalMs = milliseconds(settings.scrapeInterval ?? DEFAULT_SCRAPE_INTERVAL);
  const client = createClient({ settings, timeoutMs, limitBytes, connections, clock });
  const addresses = createAddresses(settings.addresses, timeoutMs, clock);
  const common: Question['form'] = [
    ['timeout', `${Math.max(1, Math.floor(timeoutMs * SERVERS_PART))}ms`],
    ...(settings.lookback === undefined ? [] : [['lookback_delta', `${milliseconds(settings.lookback)}ms`] as const]),
  ];

  const ask = <Answer>(at: Millis, question: Question, read: (data: unknown) => Answer): Promise<Answer> =>
    addresses.ask(at, question.text, (address) => client.ask(address, question, read));

  const instantOf = <Answer>(
    query: string,
    at: Millis,
    read: (data: unknown) => Answer,
    text = query,
  ): Promise<Answer> =>
    ask(at, { endpoint: 'query', text, form: [['query', query], ['time', seconds(at)], ...common] }, read);

  const select = (matchers: readonly Matcher[], from: Millis, to: Millis): Promise<readonly SeriesData[]> => {
    const [first, last] = [Math.ceil(from), Math.floor(to)];
    if (last < first) return Promise.resolve([]);
    // Left-open: one millisecond more than the distance takes the sample at `first` in.
    const query = print(rangeOf(matchers, last - first + 1));
    // Its range differs from turn to turn, and messages should not.
    const text = `samples of ${print(selectorOf(matchers))}`;
    return instantOf(query, last, (data) => withSamples(seriesOf(data, { from: first, to: last })), text);
  };

  return {
    scrapeIntervalMs,
    instant: (expr, at) => {
      const time = Math.floor(at);
      const type = typeOf(expr);
      return instantOf(print(expr), time, (data) =>
        type === 'matrix'
          ? { kind: 'matrix', series: seriesOf(data, { from: -Infinity, to: Infinity }) }
          : instantValueOf(data, type, time),
      );
    },
    select,
    // In good times the last few scrapes tell, and five minutes of every target need not be read.
    freshAt: async (at) =>
      newestSuccess(await select(upEverywhere, at - 3 * scrapeIntervalMs, at)) ??
      newestSuccess(await select(upEverywhere, at - UP_LOOKBACK_MS, at)),
    range: (expr, { startMs, endMs, stepMs }) => {
      const text = print(expr);
      const form: Question['form'] = [
        ['query', text],
        ['start', seconds(startMs)],
        ['end', seconds(endMs)],
        ['step', seconds(stepMs)],
        ...common,
      ];
      return ask(endMs, { endpoint: 'query_range', text, form }, (data) => ({
        kind: 'matrix',
        series: onGrid(seriesOf(data, { from: startMs, to: endMs }), startMs, stepMs),
      }));
    },
    series: (matchers, from, to) => {
      const text = print(selectorOf(matchers));
      const form = [
        ['match[]', text],
        ['start', seconds(from)],
        ['end', seconds(to)],
      ] as const;
      return ask(to, { endpoint: 'series', text, form }, labelSetsOf);
    },
    close: () => client.close(),
  };
}

const NOWHERE = { from: 0, to: 0 } as const;

const selectorOf = (matchers: readonly Matcher[]) =>
  ({ kind: 'vectorSelector', matchers, offsetMs: 0, ...NOWHERE }) as const;

const rangeOf = (matchers: readonly Matcher[], rangeMs: number): Expr => ({
  kind: 'matrixSelector',
  selector: selectorOf(matchers),
  rangeMs,
  ...NOWHERE,
});

/** Exact to the millisecond, as Prometheus reads it. */
const seconds = (ms: Millis): string => (Math.round(ms) / 1000).toFixed(3);

const withSamples = (all: readonly SeriesData[]): readonly SeriesData[] => all.filter(({ times }) => times.length > 0);

/** Gateways that align a range query's times, so that their caches fit, answer another question. */
function onGrid(all: readonly SeriesData[], startMs: Millis, stepMs: number): readonly SeriesData[] {
  const off = all.some(({ times }) => times.some((time) => (time - startMs) % stepMs !== 0));
  if (off) throw new AnswerError('samples between the times that were asked for');
  return all;
}
