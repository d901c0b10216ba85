// A command of Serin as a process that a test can watch, interrupt and kill while it runs.
// Never part of the product. Called by tests on a real cluster.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { waitFor } from './wait.ts';

const SERIN = fileURLToPath(new URL('../../bin/serin.js', import.meta.url));

export interface SerinProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** What stdout or stderr says, as soon as it does. */
  said(pattern: RegExp, withinMs?: number): Promise<void>;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

export function startSerin(args: readonly string[], env: Readonly<Record<string, string>>): SerinProcess {
  const child = spawn(process.execPath, [SERIN, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const written = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (chunk: Buffer) => {
      written[stream] += chunk.toString();
    });
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? ''));
  });
  return {
    child,
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    said: async (pattern, withinMs = 60_000) => {
      const has = () => {
        if (pattern.test(written.stdout) || pattern.test(written.stderr)) return true;
        if (child.exitCode !== null) throw new Error(`it has ended: ${written.stdout}${written.stderr}`);
        return undefined;
      };
      await waitFor(`serin ${args[0]} says ${pattern}`, has, withinMs).catch((error: unknown) => {
        throw new Error(`serin ${args[0]} said only:\n${written.stdout}${written.stderr}`, { cause: error });
      });
    },
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
