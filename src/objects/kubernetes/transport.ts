// Questions to the API server over HTTP: credentials, time limits, and patience where it asks for patience (429).
// Never knows what an object is, never repeats a question that may have been done. Called by this folder only.
import type { Clock } from '../../lib/clock.ts';
import { reasonOf } from '../../lib/problem.ts';
import { ObjectsError } from '../objects.ts';
import type { Credentials, CredentialsKeeper } from './credentials.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, below the server's address. */
  readonly path: string;
  readonly body?: unknown;
  /** Of the body; JSON when left out. */
  readonly contentType?: string;
  /** From sending to the last byte of the answer. */
  readonly timeoutMs?: number;
  /** Called last before each attempt leaves. */
  readonly guard?: () => void;
  /** Asked right after the guard: how long the attempt may be under way, where that is less than `timeoutMs`. */
  readonly withinMs?: () => number;
}

export interface ApiAnswer {
  readonly status: number;
  readonly text: string;
  /** The text of each `Warning` header. */
  readonly warnings: readonly string[];
  readonly retryAfterMs: number | undefined;
}

export interface ApiStream {
  readonly status: number;
  /** As they come; ends with the answer, throws when the connection breaks. */
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly retryAfterMs: number | undefined;
}

export interface Transport {
  ask(request: ApiRequest): Promise<ApiAnswer>;
  /** An answer without an end of its own. */
  stream(path: string, signal: AbortSignal): Promise<ApiStream>;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly server: string;
  readonly credentials: CredentialsKeeper;
  readonly clock: Clock;
  /** Ends what is under way. */
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  readonly userAgent: string;
}

const TIMEOUT_MS = 15_000;
/** So long in all a question waits for the server's "not now" to pass. */
const PATIENCE_MS = 10_000;

export function createTransport(options: TransportOptions): Transport {
  const { credentials, clock, signal } = options;
  const base = new URL(options.server);
  // Some servers stand below a path of their own.
  const prefix = base.pathname.replace(/\/$/, '');

  const headersFor = (
    { headers }: Credentials,
    { body, contentType = 'application/json' }: Pick<ApiRequest, 'body' | 'contentType'>,
  ) => ({
    ...headers,
    accept: 'application/json',
    'user-agent': options.userAgent,
    ...(body === undefined ? {} : { 'content-type': contentType }),
  });

  async function attempt(request: ApiRequest): Promise<ApiAnswer> {
    const { method, path, body } = request;
    const known = await credentials.current();
    // Nothing asynchronous may come between the guard and the sending.
    request.guard?.();
    const timeoutMs = Math.min(request.timeoutMs ?? options.timeoutMs ?? TIMEOUT_MS, request.withinMs?.() ?? Infinity);
    const limit = limited(timeoutMs, signal);
    try {
      const answer = await known.pools.requests.request({
        origin: base.origin,
        path: `${prefix}${path}`,
        method,
        headers: headersFor(known, request),
        body: body === undefined ? null : JSON.stringify(body),
        signal: limit.signal,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
      const text = await answer.body.text();
      return { status: answer.statusCode, text, ...toldBy(answer.headers) };
    } catch (error) {
      throw unreachable(error, limit.isOver() ? `no answer within ${timeoutMs / 1000} s` : undefined);
    } finally {
      limit.lift();
    }
  }

  async function ask(request: ApiRequest): Promise<ApiAnswer> {
    const until = clock.now() + PATIENCE_MS;
    for (;;) {
      const answer = await attempt(request);
      if (answer.status === 401 && credentials.renew()) continue;
      if (answer.status !== 429) return answer;
      // Refused before it was looked at: asking again is safe, for writes too.
      const wait = Math.max(answer.retryAfterMs ?? 1_000, 100);
      if (signal.aborted || clock.now() + wait > until) return answer;
      await clock.sleep(wait, signal);
    }
  }

  async function stream(path: string, ending: AbortSignal): Promise<ApiStream> {
    const known = await credentials.current();
    try {
      const answer = await known.pools.watches.request({
        origin: base.origin,
        path: `${prefix}${path}`,
        method: 'GET',
        headers: headersFor(known, {}),
        signal: ending,
        headersTimeout: options.timeoutMs ?? TIMEOUT_MS,
        // How long a stream may be silent is its reader's to judge.
        bodyTimeout: 0,
      });
      if (answer.statusCode === 401) credentials.renew();
      return { status: answer.statusCode, chunks: answer.body, ...toldBy(answer.headers) };
    } catch (error) {
      throw unreachable(error);
    }
  }

  return { ask, stream, close: () => credentials.close() };
}

/**
 * Aborts after so long, or with `signal`. Not AbortSignal.any and AbortSignal.timeout: those stay in memory until the time is
 * over, and hang on the longer-lived signal.
 */
function limited(ms: number, signal: AbortSignal) {
  const controller = new AbortController();
  const end = () => controller.abort(signal.reason);
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    controller.abort();
  }, ms);
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  return {
    signal: controller.signal,
    isOver: () => isOver,
    lift: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    },
  };
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function toldBy(headers: Headers): Pick<ApiAnswer, 'warnings' | 'retryAfterMs'> {
  const seconds = Number(headers['retry-after']);
  return {
    warnings: [headers['warning'] ?? []].flat().flatMap(warningsIn),
    retryAfterMs: Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined,
  };
}

/** RFC 7234: `299 - "text"`, several after commas; a quote or backslash in the text is escaped. */
const warningsIn = (header: string): readonly string[] =>
  [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1'));

export function unreachable(error: unknown, why?: string): Error {
  if (error instanceof ObjectsError) return error;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return new ObjectsError('Unavailable', `the API server cannot be reached: ${why ?? reasonOf(cause)}`, {
    cause: error,
  });
}
