// The proxy process seen from the supervisor: started, spoken to, watched, ended.
// Never compiles or watches objects. Called by mesh.ts.
import { type ChildProcess, fork } from 'node:child_process';
import { type Problem, SerinError } from '../lib/problem.ts';
import type { CallerConfig, MeshConfig } from './config.ts';
import type { AccessEntry, FromProxy, ProxyStats, ToProxy } from './messages.ts';

/** How the proxy ended: as told, or because its process died (`SRN2002`). */
export type MeshEnd = { readonly kind: 'closed' } | { readonly kind: 'died'; readonly problem: Problem };

export interface ProxyChild {
  readonly pid: number;
  readonly metricsPort: number;
  /** Resolves with the version when the proxy has applied it. */
  configure(config: MeshConfig): Promise<number>;
  listen(service: string, caller: CallerConfig): Promise<number>;
  stats(): Promise<ProxyStats>;
  /** Every entry of requests that ended before has been given to the listeners when it resolves. */
  flushAccess(): Promise<void>;
  onAccess(listener: (entries: readonly AccessEntry[]) => void): () => void;
  close(): Promise<void>;
  /** Never rejects. */
  readonly ended: Promise<MeshEnd>;
}

const START_MS = 10_000;
const KEPT_STDERR = 2000;

/** Throws SerinError SRN2002 when the process does not come up. */
export async function startProxy(seed: number): Promise<ProxyChild> {
  // The built package holds main.js.
  const entry = new URL(import.meta.url.endsWith('.ts') ? './proxy/main.ts' : './proxy/main.js', import.meta.url);
  const child = fork(entry, [String(seed)], { execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  return await converse(child);
}

type Answer = Exclude<Extract<FromProxy, { id: number }>, { type: 'refused' }>;

async function converse(child: ChildProcess): Promise<ProxyChild> {
  const ready = Promise.withResolvers<number>();
  const ended = Promise.withResolvers<MeshEnd>();
  const waiting = new Map<string, { resolve(answer: unknown): void; reject(error: Error): void }>();
  const listeners = new Set<(entries: readonly AccessEntry[]) => void>();
  let stderr = '';
  let closing = false;
  let nextId = 1;

  const died = (why: string): SerinError =>
    new SerinError([
      { code: 'SRN2002', place: {}, message: 'the mesh process ended', found: `${why} ${stderr}`.trim() },
    ]);

  function end(why: string): void {
    const error = died(why);
    ready.reject(error);
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
    ended.resolve(closing ? { kind: 'closed' } : { kind: 'died', problem: error.problems[0]! });
  }

  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-KEPT_STDERR);
  });
  child.on('error', (error) => end(error.message));
  child.on('close', (code, signal) => end(signal === null ? `with exit code ${code}` : `by ${signal}`));
  child.on('message', (message: FromProxy) => {
    if (message.type === 'ready') ready.resolve(message.metricsPort);
    else if (message.type === 'access') for (const listener of listeners) listener(message.entries);
    else if (message.type === 'refused') {
      waiting.get(String(message.id))?.reject(new Error(message.why));
      waiting.delete(String(message.id));
    } else {
      const key = message.type === 'applied' ? `version ${message.version}` : String(message.id);
      waiting.get(key)?.resolve(message);
      waiting.delete(key);
    }
  });

  const say = (message: ToProxy): void => {
    // A failure means the process is gone, which `close` tells.
    if (child.connected) child.send(message, () => {});
  };
  const ask = <T extends FromProxy>(key: string, message: ToProxy): Promise<T> =>
    new Promise((resolve, reject) => {
      if (!child.connected) return reject(died(''));
      waiting.set(key, { resolve: (answer) => resolve(answer as T), reject });
      say(message);
    });
  const askById = <T extends Answer>(message: (id: number) => ToProxy): Promise<T> => {
    const id = nextId;
    nextId += 1;
    return ask<T>(String(id), message(id));
  };

  const timer = setTimeout(() => {
    ready.reject(died('before it was ready'));
    child.kill('SIGKILL');
  }, START_MS);
  const metricsPort = await ready.promise.finally(() => clearTimeout(timer));

  return {
    pid: child.pid!,
    metricsPort,
    async configure(config) {
      const { version } = await ask<Extract<FromProxy, { type: 'applied' }>>(`version ${config.version}`, {
        type: 'config',
        config,
      });
      return version;
    },
    async listen(service, caller) {
      const answer = await askById<Extract<FromProxy, { type: 'listening' }>>((id) => ({
        type: 'listen',
        id,
        service,
        caller,
      }));
      return answer.port;
    },
    async stats() {
      return (await askById<Extract<FromProxy, { type: 'stats' }>>((id) => ({ type: 'stats', id }))).stats;
    },
    async flushAccess() {
      await askById<Extract<FromProxy, { type: 'flushed' }>>((id) => ({ type: 'flush', id }));
    },
    onAccess(listener) {
      listeners.add(listener);
      if (listeners.size === 1) say({ type: 'access', on: true });
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) say({ type: 'access', on: false });
      };
    },
    async close() {
      closing = true;
      child.kill('SIGKILL');
      await ended.promise;
    },
    ended: ended.promise,
  };
}
