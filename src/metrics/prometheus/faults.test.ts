import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type FaultProxy,
  HTML,
  json,
  type Mode,
  PASS,
  startFaultProxy,
  status,
} from '../../../test/support/fault-proxy.ts';
import {
  prometheusTools,
  type RunningPrometheus,
  startPrometheus,
  toolsOrSkip,
} from '../../../test/support/prometheus.ts';
import { waitFor } from '../../../test/support/wait.ts';
import { systemClock } from '../../lib/clock.ts';
import { SerinError } from '../../lib/problem.ts';
import { parse } from '../../promql/parse.ts';
import { createStore } from '../../series/store.ts';
import { type PrometheusSource, prometheusSource } from './source.ts';

const NOW = 1_700_000_000_000;
const QUERY = 'sum(requests)';
const TIMEOUT_MS = 600;

let running: RunningPrometheus | undefined;
let proxy: FaultProxy;
let source: PrometheusSource;

/** Requests at 10/s for twenty minutes, then nothing. */
function recorded() {
  const store = createStore({ retentionMs: 1e12 });
  for (let second = -1200; second <= 0; second += 5) {
    store.append({ __name__: 'requests', pod: 'a' }, NOW + second * 1000, (second + 1200) * 10);
    store.append({ __name__: 'up', pod: 'a' }, NOW + second * 1000, 1);
  }
  return store.select([], 0, 1e15);
}

beforeAll(async () => {
  if (prometheusTools() !== undefined) running = await startPrometheus({ series: recorded() });
  proxy = await startFaultProxy(running === undefined ? {} : { upstream: running.url });
});
beforeEach(() => {
  source = prometheusSource({
    settings: { addresses: [proxy.url], timeout: `${TIMEOUT_MS}ms`, scrapeInterval: '5s' },
    clock: systemClock,
    responseLimitBytes: 200_000,
  });
});
afterEach(async () => {
  await source.close();
  await proxy.set(PASS);
});
afterAll(async () => {
  await proxy.close();
  await running?.stop();
});

const expr = (text: string) => {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
};
const ask = (query = QUERY, at = NOW) => source.instant(expr(query), at);

/** What an attempt ended in, as people read it. */
async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    (value) => `answered: ${JSON.stringify(value)}`,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SerinError)) throw new Error(`no SerinError: ${String(error)}`);
  return error.message.replaceAll(proxy.url, 'ADDRESS').replaceAll(String(proxy.port), 'PORT');
}

async function under(mode: Mode, query = QUERY): Promise<string> {
  await proxy.set(mode);
  return failure(ask(query));
}

const RESULT = { kind: 'vector', samples: [{ labels: {}, value: 12_000 }] };

describe('an outage', () => {
  it.for<readonly [string, Mode, string]>([
    [
      'nobody listens',
      { kind: 'refuse' },
      'ADDRESS cannot be reached, asked for sum(requests) (found connect ECONNREFUSED 127.0.0.1:PORT; accepted: a Prometheus that listens there: check the address, that it runs, and what lies between) [SRN1901]',
    ],
    [
      'no answer',
      { kind: 'hang' },
      'ADDRESS gave no complete answer within 600ms, asked for sum(requests) (accepted: an answer in that time: a query over fewer series, a faster Prometheus, or a longer timeout) [SRN1901]',
    ],
    [
      'an answer too late',
      { kind: 'slow', ms: 1500 },
      'ADDRESS gave no complete answer within 600ms, asked for sum(requests) (accepted: an answer in that time: a query over fewer series, a faster Prometheus, or a longer timeout) [SRN1901]',
    ],
    [
      'an answer without end',
      { kind: 'drip' },
      'ADDRESS gave no complete answer within 600ms, asked for sum(requests) (accepted: an answer in that time: a query over fewer series, a faster Prometheus, or a longer timeout) [SRN1901]',
    ],
    [
      'a connection cut within the answer',
      { kind: 'cut' },
      'ADDRESS closed the connection before the answer was complete, asked for sum(requests) (found other side closed (UND_ERR_SOCKET); accepted: a whole answer; a server that speaks TLS closes http:// so) [SRN1901]',
    ],
    [
      'an answer too large',
      { kind: 'huge', bytes: 10_000_000 },
      'ADDRESS cannot be read, asked for sum(requests) (found an answer of more than 200000 bytes; accepted: a smaller answer, not encoded) [SRN1905]',
    ],
    [
      'samples of ten minutes ago',
      { kind: 'stale', ms: 600_000 },
      'ADDRESS answers something else, asked for sum(requests) (found samples of about 10m before the time that was asked for; accepted: an answer to exactly this query: check what lies between, such as a cache) [SRN1905]',
    ],
    [
      'a partial answer',
      { kind: 'warnings', warnings: ['store 10.0.0.7 did not answer', 'neither did 10.0.0.8'] },
      'ADDRESS has only a partial or doubtful answer, asked for sum(requests) (found the warning "store 10.0.0.7 did not answer" and 1 more; accepted: an answer without warnings: what is missing or doubtful in it cannot be evidence) [SRN1906]',
    ],
  ])('is told: %s', async ([, mode, message], context) => {
    toolsOrSkip(context);
    expect(await under(mode)).toBe(message);
  });

  it('is over when it is over: the next query is answered', async (context) => {
    toolsOrSkip(context);
    for (const mode of [{ kind: 'refuse' }, { kind: 'hang' }, { kind: 'cut' }, status(500), HTML] as const) {
      await under(mode);
      await proxy.set(PASS);
      // The next turn: another instant, of the same samples.
      expect(await ask(QUERY, NOW + 1)).toEqual(RESULT);
    }
  });

  it('costs one timeout at most for all queries of one instant', async () => {
    await proxy.set({ kind: 'hang' });
    const began = performance.now();
    await Promise.all([failure(ask()), failure(ask('requests'))]);
    expect(await failure(ask('up'))).toContain('ADDRESS gave no answer in time to another query of this instant');
    expect(performance.now() - began).toBeLessThan(TIMEOUT_MS * 1.9);
    expect(proxy.asked.at(-1)?.body).not.toContain('query=up');
  });

  it('keeps no connection on which nobody waits any more', async () => {
    await proxy.set({ kind: 'hang' });
    await Promise.all([failure(ask()), failure(ask('requests'))]);
    await waitFor('both connections are closed', () => proxy.connections() === 0);
  });

  it('makes queries that wait for a free connection late as well, not endless', async () => {
    await proxy.set({ kind: 'hang' });
    const began = performance.now();
    const all = await Promise.all(Array.from({ length: 40 }, (_, index) => failure(ask(`requests + ${index}`))));
    expect(all.filter((message) => message.includes('within 600ms'))).toHaveLength(40);
    expect(performance.now() - began).toBeLessThan(TIMEOUT_MS * 2.5);
  });
});

describe('an answer that is none', () => {
  it.each<readonly [string, Mode, string]>([
    [
      'a page',
      HTML,
      'does not answer as a Prometheus, asked for sum(requests) (found status 200, text/html: <!doctype html><html><head><title>Sign in',
    ],
    ['nothing', status(200), 'does not answer as a Prometheus, asked for sum(requests) (found status 200 and no body;'],
    [
      'cut JSON',
      json('{"status":"success","da'),
      'does not answer as a Prometheus, asked for sum(requests) (found status 200, application/json: {"status":"success","da;',
    ],
    ['other JSON', json({ message: 'hello' }), 'does not answer as a Prometheus'],
    ['JSON without data', json({ status: 'success' }), 'does not answer as a Prometheus'],
    ['a list', json([]), 'does not answer as a Prometheus'],
    [
      'a wrong path',
      status(404, '404 page not found'),
      "found status 404, no content type: 404 page not found; accepted: the address of Prometheus' HTTP API, with the path it lies below) [SRN1905]",
    ],
    ['a wrong method even for GET', status(405), 'found status 405 and no body'],
    [
      'a failed gateway',
      status(502, '<html>Bad Gateway</html>'),
      'ADDRESS cannot answer now, asked for sum(requests) (found status 502, no content type: <html>Bad Gateway</html>; accepted: a Prometheus in good health: look at its log, and at that of a gateway before it) [SRN1901]',
    ],
    ['too many questions', status(429, 'rate limit'), 'ADDRESS is asked too much'],
    [
      'who are you?',
      status(401),
      'ADDRESS does not know who asks, asked for sum(requests) (found status 401 and no body; accepted: a user, token or certificate that may query: check its file) [SRN1903]',
    ],
    ['not you', status(403, 'RBAC: access denied'), 'ADDRESS does not let Serin in'],
    [
      'elsewhere',
      { kind: 'answer', status: 302, headers: { location: 'https://me:pw@sso.example/login?token=abc' }, body: '' },
      'ADDRESS redirects, asked for sum(requests) (found status 302 to https://sso.example/login; accepted:',
    ],
    [
      'compressed text',
      { kind: 'answer', status: 200, headers: { 'content-encoding': 'gzip' }, body: 'x' },
      'found an answer encoded as gzip, though none was asked for',
    ],
  ])('is told: %s', async (_, mode, message) => {
    expect(await under(mode)).toContain(message);
  });

  const vector = (...result: unknown[]) => json({ status: 'success', data: { resultType: 'vector', result } });
  const at = NOW / 1000;
  it.each<readonly [string, Mode, string]>([
    ['a number that is no text', vector({ metric: {}, value: [at, 1] }), 'lacks a value as text'],
    ['an empty number', vector({ metric: {}, value: [at, ''] }), 'lacks a number'],
    ['a number in hex', vector({ metric: {}, value: [at, '0x10'] }), 'lacks a number'],
    ['a time as text', vector({ metric: {}, value: [String(at), '1'] }), 'lacks a time'],
    [
      'a millisecond off',
      vector({ metric: {}, value: [at - 0.001, '1'] }),
      'samples of less than a second before the time',
    ],
    ['ahead of time', vector({ metric: {}, value: [at + 20, '1'] }), 'samples of 20s after the time'],
    ['no labels', vector({ value: [at, '1'] }), 'lacks a map'],
    ['a label that is no text', vector({ metric: { a: 1 }, value: [at, '1'] }), 'lacks a text'],
    [
      'a native histogram',
      vector({ metric: {}, histogram: [at, {}] }),
      'a native histogram, which Serin does not read',
    ],
    ['no samples', json({ status: 'success', data: { resultType: 'vector' } }), 'lacks a list'],
    [
      'another type',
      json({ status: 'success', data: { resultType: 'matrix', result: [] } }),
      'found a matrix in place of a vector',
    ],
    ['null', json({ status: 'success', data: null }), 'lacks a map'],
  ])('is no number either: %s', async (_, mode, message) => {
    expect(await under(mode)).toContain(message);
  });

  it('is told where raw samples lie outside of the time asked for', async (context) => {
    toolsOrSkip(context);
    await proxy.set({ kind: 'stale', ms: 600_000 });
    const matchers = [{ name: '__name__', op: '=', value: 'up' }] as const;
    expect(await failure(source.select(matchers, NOW - 60_000, NOW))).toContain('samples of about 10m before the time');
    expect(await failure(source.freshAt(NOW))).toContain('asked for samples of up ');
  });

  it('is not where the first sample lies just before the time, as the windows of Prometheus 2 have it', async () => {
    const values = [-1001, -1000, 0].map((ms) => [(NOW + ms) / 1000, String(ms)]);
    const matrix = (shown: unknown) =>
      json({ status: 'success', data: { resultType: 'matrix', result: [{ metric: {}, values: shown }] } });
    await proxy.set(matrix(values));
    const select = () => source.select([{ name: '__name__', op: '=', value: 'up' }], NOW - 1000, NOW);
    const read = (await select()).map((series) => [[...series.times], [...series.values]]);
    expect(read).toEqual([
      [
        [NOW - 1000, NOW],
        [-1000, 0],
      ],
    ]);
    await proxy.set(matrix([[(NOW - 1002) / 1000, '1'], ...values]));
    expect(await failure(select())).toContain('samples of less than a second before the time');
    await proxy.set(matrix(values.slice(0, 1)));
    expect(await select()).toEqual([]);
  });

  it('is told where a range query was moved to other times', async (context) => {
    toolsOrSkip(context);
    const steps = { startMs: NOW - 60_000, endMs: NOW, stepMs: 15_000 };
    await proxy.set({ kind: 'stale', ms: 1 });
    expect(await failure(source.range(expr('requests'), steps))).toMatch(/before the time|between the times/);
  });
});

describe('the server itself', () => {
  it('refuses a query in its own words', async (context) => {
    toolsOrSkip(context);
    const twice = 'requests + on () group_left () (requests or label_replace(requests, "pod", "b", "", ""))';
    const message = await failure(ask(twice));
    expect(message).toContain('ADDRESS cannot evaluate the query, asked for requests + on');
    expect(message).toContain('found execution: found duplicate series for the match group');
    expect(message).toContain('[SRN1904]');
    await proxy.set(json({ status: 'error', errorType: 'bad_data', error: 'unknown function' }, 400));
    expect(await failure(ask())).toContain(
      'ADDRESS refuses the query, asked for sum(requests) (found bad_data: unknown function;',
    );
  });

  it('is told how long it may think, and gives up before we do', async () => {
    await proxy.set(
      json({ status: 'error', errorType: 'timeout', error: 'query timed out in expression evaluation' }, 503),
    );
    expect(await failure(ask())).toContain('ADDRESS did not finish the query in time');
    expect(new URLSearchParams(proxy.asked.at(-1)?.body).get('timeout')).toBe('540ms');
    // It has said so itself, and works: other queries of the instant are asked.
    await proxy.set(status(500));
    expect(await failure(ask())).toContain('ADDRESS cannot answer now');
  });

  it('may have something to remark that does not matter', async (context) => {
    toolsOrSkip(context);
    await proxy.set({ kind: 'infos', infos: ['PromQL info: metric might not be a counter'] });
    expect(await ask()).toEqual(RESULT);
  });

  it('may warn of its own: that is no evidence', async (context) => {
    toolsOrSkip(context);
    const message = await failure(ask('histogram_quantile(0.5, requests)'));
    expect(message).toContain('found the warning "PromQL warning: bucket label "le" is missing');
  });
});

describe('questions', () => {
  const last = () => proxy.asked.at(-1);

  it('are posted, and asked with GET where POST is not allowed: from then on at once', async (context) => {
    toolsOrSkip(context);
    await ask();
    expect(last()).toMatchObject({ method: 'POST', url: '/api/v1/query' });
    await proxy.set({ kind: 'onlyGet' });
    const before = proxy.asked.length;
    expect(await ask()).toEqual(RESULT);
    expect(await ask()).toEqual(RESULT);
    expect(proxy.asked.slice(before).map(({ method }) => method)).toEqual(['POST', 'GET', 'GET']);
  });

  it('about freshness are of few samples in good times', async (context) => {
    toolsOrSkip(context);
    expect(await source.freshAt(NOW + 10_000)).toBe(NOW);
    expect(proxy.asked.slice(-1)[0]?.body).toContain('15s1ms');
    expect(await source.freshAt(NOW + 60_000)).toBe(NOW);
    expect(proxy.asked.slice(-1)[0]?.body).toContain('5m1ms');
  });

  it('range over time, each step once', async (context) => {
    toolsOrSkip(context);
    const value = await source.range(expr('requests'), { startMs: NOW - 20_000, endMs: NOW, stepMs: 10_000 });
    const series = value.kind === 'matrix' ? value.series : [];
    expect(series.map(({ labels, times, values }) => [labels, [...times], [...values]])).toEqual([
      [{ __name__: 'requests', pod: 'a' }, [NOW - 20_000, NOW - 10_000, NOW], [11_800, 11_900, 12_000]],
    ]);
  });

  it('name the series there are', async (context) => {
    toolsOrSkip(context);
    const matchers = [{ name: 'pod', op: '=~', value: 'a|b' }] as const;
    const names = (await source.series(matchers, NOW - 60_000, NOW)).map((labels) => labels['__name__']);
    expect(names.sort()).toEqual(['requests', 'up']);
  });
});
