// A store of this process behind Prometheus' HTTP API, for subjects that are processes: instant queries, evaluated by our own PromQL.
// Never scrapes and knows no other endpoint. Used by tests and benchmarks; real answers are tested elsewhere.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { evaluate } from '../../src/promql/evaluate.ts';
import { parse } from '../../src/promql/parse.ts';
import type { Value } from '../../src/promql/value.ts';
import type { SeriesReader } from '../../src/series/series.ts';

export interface PrometheusStub {
  readonly url: string;
  queries(): number;
  /** While it is true, connections are refused their answer. */
  away: boolean;
  close(): Promise<void>;
}

export async function startPrometheusStub(store: SeriesReader, port = 0): Promise<PrometheusStub> {
  let queries = 0;
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const form = new URLSearchParams(await text(incoming));
    if (stub.away) return void outgoing.destroy();
    queries += 1;
    const query = parse(form.get('query') ?? '');
    const at = Math.round(Number(form.get('time')) * 1000);
    const body = query.ok
      ? { status: 'success', data: dataOf(evaluate(query.value, store, at), at) }
      : { status: 'error', errorType: 'bad_data', error: query.problems[0]?.message };
    outgoing.writeHead(query.ok ? 200 : 400, { 'content-type': 'application/json' });
    outgoing.end(JSON.stringify(body));
  };
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => {
      outgoing.writeHead(422, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ status: 'error', errorType: 'execution', error: String(error) }));
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const stub: PrometheusStub = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    queries: () => queries,
    away: false,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return stub;
}

function dataOf(value: Value, at: number): unknown {
  const time = at / 1000;
  switch (value.kind) {
    case 'vector':
      return {
        resultType: 'vector',
        result: value.samples.map(({ labels, value: number }) => ({ metric: labels, value: [time, textOf(number)] })),
      };
    case 'matrix':
      return {
        resultType: 'matrix',
        result: value.series.map(({ labels, times, values }) => ({
          metric: labels,
          values: [...times].map((one, index) => [one / 1000, textOf(values[index] ?? Number.NaN)]),
        })),
      };
    case 'scalar':
      return { resultType: 'scalar', result: [time, textOf(value.value)] };
    case 'string':
      return { resultType: 'string', result: [time, value.value] };
  }
}

const textOf = (value: number): string =>
  Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
