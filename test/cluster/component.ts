// One process of the test cluster, its log in a file: started, stopped with SIGSTOP, continued, killed, started anew with the same flags.
// Never decides when it is ready (who starts it does). Called by test/cluster.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Component {
  readonly name: string;
  readonly log: string;
  pid(): number | undefined;
  /** True while it runs; throws with the end of its log when it has ended by itself. */
  check(): true;
  /** It stands still, its connections stay open. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL, and its end awaited; again: does nothing. */
  stop(): Promise<void>;
  /** After stop: the same command once more. */
  restart(): Promise<void>;
}

export async function startComponent(
  name: string,
  command: string,
  flags: readonly string[],
  folder: string,
  env?: NodeJS.ProcessEnv,
): Promise<Component> {
  const log = join(folder, `${name}.log`);
  let child: ChildProcess | undefined;

  const tail = () => readFileSync(log, 'utf8').split('\n').slice(-25).join('\n');
  const kill = () => child?.kill('SIGKILL');
  const begin = async () => {
    const file = openSync(log, 'a');
    const spawned = spawn(command, flags, { stdio: ['ignore', file, file], ...(env === undefined ? {} : { env }) });
    closeSync(file);
    child = spawned;
    // Not even a test run that dies leaves it behind.
    process.setMaxListeners(process.getMaxListeners() + 1);
    process.once('exit', kill);
    await once(spawned, 'spawn');
  };
  const signal = (which: NodeJS.Signals) => {
    if (child?.kill(which) !== true) throw new Error(`${name} does not run`);
  };
  const hasEnded = (one: ChildProcess) => one.exitCode !== null || one.signalCode !== null;

  await begin();
  return {
    name,
    log,
    pid: () => child?.pid,
    check: () => {
      if (child === undefined || hasEnded(child)) throw new Error(`${name} has ended:\n${tail()}`);
      return true;
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    stop: async () => {
      const running = child;
      child = undefined;
      if (running !== undefined) {
        process.removeListener('exit', kill);
        process.setMaxListeners(process.getMaxListeners() - 1);
      }
      if (running === undefined || hasEnded(running)) return;
      const ended = once(running, 'exit');
      running.kill('SIGKILL');
      await ended;
    },
    restart: async () => {
      if (child !== undefined && !hasEnded(child)) throw new Error(`${name} still runs`);
      await begin();
    },
  };
}
