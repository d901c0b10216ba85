// One attempt of one probe or lifecycle handler: HTTP, TCP or a command.
// Never counts successes (threshold.ts does) and never waits between attempts (prober.ts does). Called by prober.ts and pod.ts.
// Source: Kubernetes' pkg/probe: 200–399 is healthy, certificates are not checked, redirects to the same host are followed.
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';
import type { HTTPGetAction, LifecycleHandler } from '../api/kubernetes.ts';
import type { Clock } from '../lib/clock.ts';

/** What of a probe says what to do, apart from when. */
export type Handler = Pick<LifecycleHandler, 'httpGet' | 'tcpSocket' | 'exec'>;

export type Outcome = { readonly kind: 'healthy' } | { readonly kind: 'unhealthy'; readonly message: string };

export interface Target {
  /** Where the container listens. */
  readonly host: string;
  /** The local port of a container port, by name or number; undefined when there is none. */
  readonly localPort: (port: string | number) => number | undefined;
  /** Runs a command in the container's environment until it ends or the signal aborts; answers its exit code and output. */
  readonly exec: (argv: readonly string[], signal: AbortSignal) => Promise<{ code: number; output: string }>;
  readonly clock: Clock;
}

const HEALTHY: Outcome = { kind: 'healthy' };
const MOST_REDIRECTS = 10;

/** Never rejects: whatever goes wrong is an unhealthy outcome with its reason. */
export async function attempt(
  handler: Handler,
  target: Target,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<Outcome> {
  const late = new AbortController();
  const done = new AbortController();
  void target.clock.sleep(timeoutMs, AbortSignal.any([done.signal, signal])).then(() => late.abort());
  try {
    return await perform(handler, target, late.signal);
  } catch (error) {
    const message = late.signal.aborted ? `no answer within ${timeoutMs / 1000} s` : (error as Error).message;
    return { kind: 'unhealthy', message };
  } finally {
    done.abort();
  }
}

async function perform(handler: Handler, target: Target, signal: AbortSignal): Promise<Outcome> {
  if (handler.httpGet !== undefined)
    return overHttp(handler.httpGet, target.host, localPort(target, handler.httpGet.port), signal);
  if (handler.tcpSocket !== undefined) return overTcp(target.host, localPort(target, handler.tcpSocket.port), signal);
  const { code, output } = await target.exec(handler.exec?.command ?? [], signal);
  signal.throwIfAborted();
  return code === 0 ? HEALTHY : { kind: 'unhealthy', message: `the command ended with code ${code}: ${output}` };
}

function localPort(target: Target, port: string | number): number {
  const local = target.localPort(port);
  if (local === undefined) throw new Error(`the container has no port ${port}`);
  return local;
}

async function overHttp(action: HTTPGetAction, host: string, port: number, signal: AbortSignal): Promise<Outcome> {
  const origin = `${(action.scheme ?? 'HTTP').toLowerCase()}://${host}:${port}`;
  let url = new URL(action.path ?? '/', origin);
  for (let hop = 0; hop <= MOST_REDIRECTS; hop += 1) {
    const { status, location } = await fetchOnce(url, action, signal);
    if (status < 200 || status >= 400) return { kind: 'unhealthy', message: `GET ${url.pathname} answered ${status}` };
    const next = location === undefined || !URL.canParse(location, url.href) ? undefined : new URL(location, url.href);
    if (status < 300 || next === undefined || next.host !== url.host) return HEALTHY;
    url = next;
  }
  return { kind: 'unhealthy', message: `more than ${MOST_REDIRECTS} redirects` };
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
}

/** A connection of its own for each attempt, so that a probe never rides on one that an earlier probe left open. */
function fetchOnce(url: URL, { httpHeaders = [] }: HTTPGetAction, signal: AbortSignal): Promise<Answer> {
  const headers = {
    'user-agent': 'kube-probe/serin',
    ...Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value])),
  };
  const options = { agent: false as const, headers, signal };
  return new Promise((resolve, reject) => {
    const onAnswer = (answer: IncomingMessage) => {
      answer.on('error', reject);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, location: answer.headers.location }));
      answer.resume();
    };
    const sent =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, rejectUnauthorized: false }, onAnswer)
        : requestHttp(url, options, onAnswer);
    sent.on('error', reject);
    sent.end();
  });
}

function overTcp(host: string, port: number, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal });
    socket.on('error', reject);
    socket.on('connect', () => {
      socket.destroy();
      resolve(HEALTHY);
    });
  });
}
