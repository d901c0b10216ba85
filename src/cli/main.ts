// The entry of the command line: the one place that reads the environment, the terminal and signals, and ends the process.
// Never holds a command. Started by bin/serin.js.
import { readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createLogUpdate } from 'log-update';
import { systemClock } from '../lib/clock.ts';
import type { Result } from '../lib/result.ts';
import { abortCommand } from './abort.ts';
import { approveCommand } from './approve.ts';
import type { ClusterChoice, ClusterConnection } from './connection.ts';
import { type CliContext, EXIT, type Terminal } from './context.ts';
import { crdCommand } from './crd.ts';
import { onInterrupt } from './interrupt.ts';
import { lintCommand } from './lint.ts';
import { onLostOutput } from './lost-output.ts';
import { metricsCommands } from './metrics.ts';
import { operatorCommand } from './operator.ts';
import { pauseCommand } from './pause.ts';
import { planCommand } from './plan.ts';
import { promoteCommand } from './promote.ts';
import { type Rehearse, rehearseCommand } from './rehearse.ts';
import { replayCommand } from './replay.ts';
import { resumeCommand } from './resume.ts';
import { runCli } from './run.ts';
import { runCommand } from './run-release.ts';
import { statusCommand } from './status.ts';
import { testCommand } from './test.ts';
import { watchCommand } from './watch.ts';

/** What any program may need to run at all; the rest of the user's environment stays out of the containers. */
const PASSED_ON = ['HOME', 'LANG', 'LC_ALL', 'TMPDIR', 'TZ'];

const output = onLostOutput(process);

/** Some terminals do not know their width, and say 0. */
const columnsOf = (stream: NodeJS.WriteStream): number | undefined =>
  stream.isTTY && stream.columns > 0 ? stream.columns : undefined;

const wantsColour = (stream: NodeJS.WriteStream): boolean => stream.isTTY === true && !process.env['NO_COLOR'];

function terminal(): Terminal | undefined {
  if (process.stderr.isTTY !== true) return undefined;
  const draw = createLogUpdate(process.stderr);
  return {
    redraw: (line) => (line === undefined ? draw.clear() : draw(line)),
    columns: () => process.stderr.columns,
  };
}

function baseEnv(): Record<string, string> {
  const kept = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  // `node` in a container's command means the Node that runs Serin, not an older one of the host's.
  const path = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  return { ...Object.fromEntries(kept), PATH: path };
}

/** From the sources and from dist/ alike, the package's own directory is two above. */
function version(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(file) as { version: string }).version;
}

/** Loaded when a cluster is spoken to: its client is large. */
async function connect(choice: ClusterChoice): Promise<Result<ClusterConnection>> {
  const { connectKubernetes } = await import('../objects/kubernetes/connect.ts');
  return connectKubernetes({
    ...choice,
    env: process.env,
    clock: systemClock,
    reporter: { controller: 'serin.dev/serin', instance: 'serin-cli' },
  });
}

const context: CliContext = {
  version: version(),
  process: {
    stdout: { write: (text) => void process.stdout.write(text) },
    stderr: { write: (text) => void process.stderr.write(text) },
  },
  stdin: () => buffer(process.stdin),
  terminal: terminal(),
  width: { stdout: () => columnsOf(process.stdout), stderr: () => columnsOf(process.stderr) },
  colour: { stdout: wantsColour(process.stdout), stderr: wantsColour(process.stderr) },
  cwd: process.cwd(),
  baseEnv: baseEnv(),
  clock: systemClock,
  connect,
  onInterrupt: () =>
    onInterrupt(
      process,
      () => performance.now(),
      () => process.exit(EXIT.interrupted),
    ),
  unread: output.unread,
};

/** Loaded when it is asked for: `serin --help` should not wait for a mesh. */
const rehearse: Rehearse = async (options, hooks) =>
  (await import('../rehearsal/rehearse.ts')).rehearse(options, hooks);

const commands = {
  rehearse: rehearseCommand(rehearse),
  plan: planCommand,
  replay: replayCommand,
  lint: lintCommand,
  test: testCommand,
  metrics: metricsCommands,
  run: runCommand(),
  status: statusCommand,
  watch: watchCommand,
  approve: approveCommand,
  pause: pauseCommand,
  resume: resumeCommand,
  abort: abortCommand,
  promote: promoteCommand,
  operator: operatorCommand,
  crd: crdCommand,
};

const exitCode = await runCli(commands, process.argv.slice(2), context);
process.exitCode = exitCode === EXIT.fine && (await output.isLost()) ? EXIT.unreachable : exitCode;
