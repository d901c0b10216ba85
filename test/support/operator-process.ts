// `serin operator` as a process, with its log: started, stopped, continued, killed by tests.
// Never part of the product.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { waitFor } from './wait.ts';

const SERIN = fileURLToPath(new URL('../../bin/serin.js', import.meta.url));

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly time: string;
  readonly [field: string]: unknown;
}

export interface OperatorProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly lines: readonly LogLine[];
  readonly errors: () => string;
  /** The first line that says so. */
  said(message: string, withinMs?: number): Promise<LogLine>;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  metrics(): Promise<string>;
}

export function startOperatorProcess(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): OperatorProcess {
  const child = spawn(
    process.execPath,
    [SERIN, 'operator', '--metrics-address', '127.0.0.1', '--metrics-port', '0', ...args],
    {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const lines: LogLine[] = [];
  let errors = '';
  createInterface({ input: child.stdout }).on('line', (line) => void lines.push(JSON.parse(line) as LogLine));
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? ''));
  });
  const said = (message: string, withinMs = 30_000) =>
    waitFor(
      `the operator says "${message}"; its errors: ${errors}`,
      () => {
        if (child.exitCode !== null && child.exitCode !== 0) throw new Error(`the operator has ended: ${errors}`);
        return lines.find((line) => line.message === message);
      },
      withinMs,
    );
  return {
    child,
    lines,
    errors: () => errors,
    said,
    ended,
    metrics: async () => {
      const { address } = await said('started');
      return (await fetch(`${address}/metrics`)).text();
    },
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
