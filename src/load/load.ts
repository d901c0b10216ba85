// Users: an open-loop traffic generator in a process of its own, so that nothing here disturbs its timing.
// Never waits for answers before it sends, never repeats a request, never keeps answers. Called by rehearsal/ and bench/.
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { type Problem, SerinError } from '../lib/problem.ts';
import type { Answer, Totals } from './answer.ts';
import { createLatencies, type LatencySummary } from './latencies.ts';
import type { FromProcess, Orders, ToProcess } from './protocol.ts';
import { type Arrivals, gapOf } from './schedule.ts';
import { type RequestShape, shapePicker } from './shapes.ts';
import { countTotals } from './totals.ts';

export interface LoadOptions {
  /** Where users send to; several are taken in turn. `http://127.0.0.1:15001` */
  readonly url: string | readonly string[];
  /** Requests per second; 0 sends nothing until `setRate`. */
  readonly rate: number;
  /** Default: GET /. */
  readonly shapes?: readonly RequestShape[];
  /** Picks shapes and, with `poisson`, the gaps. Default 1. */
  readonly seed?: number;
  /** Default `even`. */
  readonly arrivals?: Arrivals;
  /** Requests without an answer yet; beyond it a planned request is counted as not sent. Default 1000. */
  readonly maxOpen?: number;
  /** How long a user waits for a complete answer. Default 15 s, so that a route's own timeout speaks first. */
  readonly timeoutMs?: number;
}

/** How a load ended: as told, or because its process died (`SRN2002`). */
export type LoadEnd = { readonly kind: 'closed' } | { readonly kind: 'died'; readonly problem: Problem };

export interface Load {
  /** Every answer, in batches of some 50 ms, from now on. Returns how to stop listening. */
  onAnswers(listener: (answers: readonly Answer[]) => void): () => void;
  setRate(rate: number): void;
  totals(): Totals;
  /** Of all answers so far, failed ones included; from the planned time. */
  latencies(): LatencySummary;
  /** Sends no more and waits for open requests, which `timeoutMs` bounds; every answer has been given to the listeners then. */
  stop(): Promise<Totals>;
  /** Ends the process at once. Safe to call twice. */
  close(): Promise<void>;
  /** Of the process, for whoever measures its CPU time. */
  readonly pid: number;
  /** Never rejects. */
  readonly ended: Promise<LoadEnd>;
}

const START_MS = 10_000;
const KEPT_STDERR = 2000;

/** Resolves when the first request is about to leave. Throws SerinError SRN2002 when the process does not come up. */
export async function startLoad(options: LoadOptions): Promise<Load> {
  const orders = ordersOf(options);
  // The built package holds process.js beside load.js.
  const entry = new URL(import.meta.url.endsWith('.ts') ? './process.ts' : './process.js', import.meta.url);
  const child = fork(entry, [], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const load = watch(child);
  await load.ready;
  load.say({ type: 'start', orders });
  return load;
}

function watch(child: ChildProcess): Load & { ready: Promise<void>; say(message: ToProcess): void } {
  const counter = countTotals();
  const latencies = createLatencies();
  const listeners = new Set<(answers: readonly Answer[]) => void>();
  const ready = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<Totals>();
  const ended = Promise.withResolvers<LoadEnd>();
  let closing = false;
  let stopping = false;
  let stderr = '';

  const receive = (message: FromProcess): void => {
    if (message.type === 'ready') ready.resolve();
    else if (message.type === 'stopped') stopped.resolve(counter.totals());
    else {
      counter.add(message.answers, message);
      for (const answer of message.answers) latencies.record(answer.latencyMs);
      for (const listener of listeners) listener(message.answers);
    }
  };

  const end = (how: string): void => {
    const problem: Problem = {
      code: 'SRN2002',
      place: {},
      message: `the traffic generator ended by itself (${how})`,
      ...(stderr === '' ? {} : { found: stderr.trim() }),
    };
    clearTimeout(slowStart);
    ended.resolve(closing ? { kind: 'closed' } : { kind: 'died', problem });
    // Whoever still waits for an answer from the process hears that there will be none.
    ready.reject(new SerinError([problem]));
    stopped.reject(new SerinError([problem]));
  };

  const slowStart = setTimeout(() => child.kill('SIGKILL'), START_MS);
  ready.promise.then(() => clearTimeout(slowStart)).catch(() => {});
  stopped.promise.catch(() => {});
  child.on('message', receive);
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => end(signal ?? `exit code ${code}`));
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-KEPT_STDERR);
  });

  const say = (message: ToProcess): void => {
    if (child.connected) child.send(message);
  };

  return {
    ready: ready.promise,
    say,
    pid: child.pid ?? 0,
    ended: ended.promise,
    onAnswers(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setRate(rate) {
      gapOf(rate);
      say({ type: 'rate', rate });
    },
    totals: () => counter.totals(),
    latencies: () => latencies.summary(),
    stop() {
      if (!stopping) say({ type: 'stop' });
      stopping = true;
      return stopped.promise;
    },
    async close() {
      closing = true;
      child.kill('SIGKILL');
      await ended.promise;
    },
  };
}

function ordersOf(options: LoadOptions): Orders {
  const urls = typeof options.url === 'string' ? [options.url] : options.url;
  const shapes = options.shapes ?? [{}];
  if (urls.length === 0) throw new RangeError('a load needs an address');
  for (const url of urls) checkUrl(url);
  for (const shape of shapes) checkShape(shape);
  // Whatever the process would refuse is refused here, where the caller sees it.
  shapePicker(shapes, () => 0);
  gapOf(options.rate);
  return {
    urls,
    shapes,
    rate: options.rate,
    arrivals: options.arrivals ?? 'even',
    seed: options.seed ?? 1,
    maxOpen: options.maxOpen ?? 1000,
    timeoutMs: options.timeoutMs ?? 15_000,
    run: randomUUID(),
  };
}

function checkUrl(url: string): void {
  if (!URL.canParse(url) || new URL(url).protocol !== 'http:') throw new RangeError(`not an http:// address: ${url}`);
}

function checkShape({ path = '/', url, headers = {} }: RequestShape): void {
  if (!path.startsWith('/')) throw new RangeError(`a request's path starts with "/", not ${JSON.stringify(path)}`);
  if (url !== undefined) checkUrl(url);
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
}
