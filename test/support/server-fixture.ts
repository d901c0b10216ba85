// A small HTTP server as a container's process, steered over HTTP, written to a temporary directory for real processes to run.
// Never part of the product. Called by tests of kubelet and rehearsal.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Paths: `/` what it is (pid, argv, env, cwd); `/ready` and `/live` answer 200 or 503; `/set?ready=0&live=0` changes that;
 * `/crash?code=3`; `/child` starts a child that ignores SIGTERM (`?escape=1`: in a session of its own); `/burn?ms=100` uses CPU
 * (`&child=1`: in a child, answered when that has ended); `/never` does not answer. Env: NOT_READY, NOT_LIVE, IGNORE_TERM, CRASH (exit code at start), SLOW_STOP (ms after SIGTERM).
 */
const SERVER = `
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
const { env } = process;
if (env.CRASH !== undefined) { console.error('crashing as told'); process.exit(Number(env.CRASH)); }
const state = { ready: env.NOT_READY === undefined, live: env.NOT_LIVE === undefined };
const burn = (ms) => {
  const used = () => process.cpuUsage().user + process.cpuUsage().system;
  const end = used() + ms * 1000;
  while (used() < end) for (let n = 0; n < 1e6; n += 1);
};
const server = createServer((request, answer) => {
  const url = new URL(request.url, 'http://here');
  const say = (status, body) => answer.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (url.pathname === '/ready') return say(state.ready ? 200 : 503, state);
  if (url.pathname === '/live') return say(state.live ? 200 : 503, state);
  if (url.pathname === '/set') {
    for (const [name, value] of url.searchParams) state[name] = value === '1';
    return say(200, state);
  }
  if (url.pathname === '/crash') { console.error('crash ordered'); process.exit(Number(url.searchParams.get('code'))); }
  if (url.pathname === '/child') {
    const idle = 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1e6)';
    const child = spawn(process.execPath, ['-e', idle], { detached: url.searchParams.has('escape') });
    child.stdout.once('data', () => say(200, { pid: child.pid }));
    return;
  }
  if (url.pathname === '/burn') {
    const ms = Number(url.searchParams.get('ms'));
    if (!url.searchParams.has('child')) { burn(ms); return say(200, process.cpuUsage()); }
    spawn(process.execPath, ['-e', 'const burn = ' + burn + '; burn(' + ms + ')']).once('exit', () => say(200, {}));
    return;
  }
  if (url.pathname === '/never') return;
  say(200, { pid: process.pid, argv: process.argv.slice(2), env, cwd: process.cwd() });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(env.PORT), '127.0.0.1', () => console.log('listening'));
process.on('SIGTERM', () => {
  console.log('got SIGTERM');
  if (env.IGNORE_TERM === undefined) setTimeout(() => process.exit(0), Number(env.SLOW_STOP ?? 0));
});
`;

export interface ServerFixture {
  readonly dir: string;
  /** Starts the server with this very Node. */
  readonly command: readonly string[];
  [Symbol.dispose](): void;
}

export function serverFixture(): ServerFixture {
  const dir = mkdtempSync(join(tmpdir(), 'serin-fixture-'));
  writeFileSync(join(dir, 'server.mjs'), SERVER);
  return {
    dir,
    command: [process.execPath, 'server.mjs'],
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}
