// One local process in a group of its own, from spawn to the last of its output.
// Never restarts, never decides when to end (pod.ts does). Called by pod.ts, and by handler.ts for exec.
import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock, Millis } from '../lib/clock.ts';
import type { Guard } from './guard.ts';
import { readLines } from './logs.ts';

export interface Command {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export type Exit =
  | { readonly kind: 'exited'; readonly code: number; readonly at: Millis }
  | { readonly kind: 'signalled'; readonly signal: NodeJS.Signals; readonly at: Millis }
  /** It never ran: no such file, not executable, no such directory. */
  | { readonly kind: 'notStarted'; readonly message: string; readonly at: Millis };

export interface RunningProcess {
  /** Also the number of its group and session; undefined when it could not be started. */
  readonly pid: number | undefined;
  readonly startedAt: Millis;
  /** When the process has ended, its group with it, and its output has been read. Never rejects. */
  readonly ended: Promise<Exit>;
  /** To the whole group; nothing once it has ended. */
  signal(name: NodeJS.Signals): void;
}

export interface ProcessDeps {
  readonly clock: Clock;
  readonly guard: Guard;
  readonly onLine: (stream: 'stdout' | 'stderr', text: string) => void;
  /** Processes that belong to it although they may have left its group; they end with it. */
  readonly members?: () => Promise<readonly number[]>;
}

/** How long output may go on after the process has ended, when somebody outside its group still holds the pipe. */
const OUTPUT_GRACE_MS = 500;

export function startProcess(command: Command, deps: ProcessDeps): RunningProcess {
  const { clock, guard } = deps;
  const startedAt = clock.now();
  const notStarted = (error: Error): Exit => ({ kind: 'notStarted', message: error.message, at: clock.now() });
  let child: ChildProcess;
  try {
    child = launch(command);
  } catch (error) {
    // Node refuses some commands itself, for example one with a zero byte.
    return { pid: undefined, startedAt, ended: Promise.resolve(notStarted(error as Error)), signal: () => {} };
  }
  const { pid } = child;
  if (pid !== undefined) guard.watch(pid);
  if (child.stdout) readLines(child.stdout, (text) => deps.onLine('stdout', text));
  if (child.stderr) readLines(child.stderr, (text) => deps.onLine('stderr', text));
  let over = false;

  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const ended = new Promise<Exit>((resolve) => {
    child.once('error', (error) => resolve(notStarted(error)));
    child.once('exit', (code, signal) => {
      over = true;
      const at = clock.now();
      const exit: Exit = signal === null ? { kind: 'exited', code: code ?? 0, at } : { kind: 'signalled', signal, at };
      void cleanUp().then(() => resolve(exit));
    });
  });

  /** A container ends with its first process: whatever that one left behind goes too. */
  async function cleanUp(): Promise<void> {
    if (pid === undefined) return;
    kill(-pid, 'SIGKILL');
    for (const member of (await deps.members?.()) ?? []) kill(member, 'SIGKILL');
    guard.release(pid);
    const read = new AbortController();
    await Promise.race([closed.then(() => read.abort()), clock.sleep(OUTPUT_GRACE_MS, read.signal)]);
    // When this process itself was held up, output that is there already is read before the pipe is given up.
    await new Promise((resolve) => setImmediate(resolve));
    child.stdout?.destroy();
    child.stderr?.destroy();
  }

  return {
    pid,
    startedAt,
    ended,
    signal(name) {
      if (pid !== undefined && !over) kill(-pid, name);
    },
  };
}

function launch({ argv, env, cwd }: Command): ChildProcess {
  const [file = '', ...args] = argv;
  return spawn(file, args, { env: { ...env }, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Whoever is gone already needs no signal (EPERM: macOS' answer for a group of which only unreaped members are left). */
function kill(target: number, name: NodeJS.Signals): void {
  try {
    process.kill(target, name);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
