// The command line within this process, with streams that are kept: where a process per case would only cost time.
// Never touches the real streams, terminal or signals. Called by tests of src/cli.
import type { Connect } from '../../src/cli/connection.ts';
import type { CliContext, Terminal } from '../../src/cli/context.ts';
import { type Commands, runCli } from '../../src/cli/run.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import type { CliRun } from './cli.ts';

export interface Stage {
  readonly terminal?: Terminal;
  readonly colour?: boolean;
  /** Of the terminal that both streams are then. */
  readonly width?: number;
  readonly cwd?: string;
  readonly stdin?: Uint8Array<ArrayBuffer>;
  readonly connect?: Connect;
  readonly clock?: Clock;
  /** What Ctrl-C aborts. */
  readonly interrupt?: AbortSignal;
  /** What the end of stdout's reader aborts. */
  readonly unread?: AbortSignal;
}

export async function serinHere(commands: Commands, args: readonly string[], stage: Stage = {}): Promise<CliRun> {
  const { terminal, colour = false, cwd = process.cwd(), stdin = new Uint8Array() } = stage;
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const context: CliContext = {
    process: { stdout: stream('stdout'), stderr: stream('stderr') },
    version: '1.2.3',
    stdin: async () => stdin,
    terminal,
    width: { stdout: () => stage.width, stderr: () => stage.width },
    colour: { stdout: colour, stderr: colour },
    cwd,
    baseEnv: { PATH: '/bin' },
    clock: stage.clock ?? systemClock,
    connect: stage.connect ?? (() => Promise.reject(new Error('this test has no cluster'))),
    onInterrupt: () => stage.interrupt ?? new AbortController().signal,
    unread: stage.unread ?? new AbortController().signal,
  };
  const code = await runCli(commands, args, context);
  return { code, ...written };
}
