// The command line within this process, with streams that are kept: where a process per case would only cost time.
// Never touches the real streams, terminal or signals. Called by tests of src/cli.
import type { CliContext, Terminal } from '../../src/cli/context.ts';
import { type Commands, runCli } from '../../src/cli/run.ts';
import type { CliRun } from './cli.ts';

export interface Stage {
  readonly terminal?: Terminal;
  readonly colour?: boolean;
  readonly cwd?: string;
  readonly stdin?: Uint8Array<ArrayBuffer>;
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
    colour: { stdout: colour, stderr: colour },
    cwd,
    baseEnv: { PATH: '/bin' },
    onInterrupt: () => new AbortController().signal,
  };
  const code = await runCli(commands, args, context);
  return { code, ...written };
}
