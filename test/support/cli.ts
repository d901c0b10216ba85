// The command line as a user meets it: a process, its two streams and its exit code.
// Never a shortcut into the modules. Called by tests of src/cli.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** What V8 made of the sources at the last start: a process starts in half the time, and dozens are started. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url));

export interface CliRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly stdin?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export async function serin(args: readonly string[], { stdin = '', cwd, env }: CliOptions = {}): Promise<CliRun> {
  const own = { PATH: process.env['PATH'], NODE_COMPILE_CACHE: CACHE };
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env: { ...own, ...env } });
  // A command that does not read its input may be gone before it is written.
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code));
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { code, stdout, stderr };
}

/** The lines of a stream. */
export const lines = (stream: string): readonly string[] => stream.split('\n').filter((line) => line !== '');
