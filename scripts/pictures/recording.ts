// A rehearsal of examples/checkout as somebody at a terminal starts it: what the terminal shows, and each look of the gate `errors`.
// Never draws. Called by draw-evidence.ts.
import { delimiter, dirname } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ComparisonVerdict } from '../../src/analysis/verdict.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { rehearseCommand } from '../../src/cli/rehearse.ts';
import { runCli } from '../../src/cli/run.ts';
import { statusCommand } from '../../src/cli/status.ts';
import { statusOf } from '../../src/controller/status-of.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { localSource } from '../../src/metrics/local.ts';
import type { Objects } from '../../src/objects/objects.ts';
import { type Cluster, SCRAPE_MS } from '../../src/rehearsal/cluster.ts';
import { rehearse } from '../../src/rehearsal/rehearse.ts';
import { isActive, type ReleaseStatus } from '../../src/release/status.ts';
import { memoryConnect } from '../../test/support/memory-connection.ts';
import { type Look, looksOf } from './looks.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LOOK_MS = 50;
/** Of the terminal. */
export const COLUMNS = 116;

export type Decided = Pick<ComparisonVerdict, 'verdict' | 'evidence'>;

export interface Recording {
  readonly exitCode: number;
  /** With escape codes, as a terminal of `COLUMNS` gets it; without the lines that move. */
  readonly terminal: string;
  readonly looks: readonly Look[];
  /** The first verdict of the gate that is not `inconclusive`, as the release has it. */
  readonly decided: Decided;
  /** What `serin status` says of it in the middle, with escape codes. */
  readonly status: string;
}

export interface RecordingOptions {
  /** As on the command line, after `serin`. */
  readonly args: readonly string[];
  /** When `serin status` is asked. */
  readonly isMiddle: (status: ReleaseStatus) => boolean;
  /** The looks are those until then. */
  readonly isSettled: (status: ReleaseStatus) => boolean;
}

export async function record({ args, isMiddle, isSettled }: RecordingOptions): Promise<Recording> {
  let over = false;
  let status = '';
  let looks: readonly Look[] = [];
  let decided: Decided | undefined;
  const follow = async ({ objects, store }: Cluster): Promise<void> => {
    const metrics = localSource({ store, scrapeIntervalMs: SCRAPE_MS, usageEveryMs: SCRAPE_MS });
    while (!over) {
      const [release] = (await objects.list('Release')).items;
      const present = statusOf(release ?? {});
      decided ??= decidedIn(present);
      if (status === '' && isMiddle(present)) status = await statusText(objects, release?.metadata.name ?? '');
      if (looks.length === 0 && isActive(present) && isSettled(present))
        looks = await looksOf(present, systemClock.now(), metrics);
      await pass(LOOK_MS);
    }
  };
  let following: Promise<void> | undefined;
  const command = rehearseCommand((options, hooks) =>
    rehearse(options, {
      ...hooks,
      onCluster: (cluster) => {
        following = follow(cluster);
      },
      onReport: (report) => {
        over = true;
        hooks.onReport(report);
      },
    }),
  );
  const { context, shown } = terminal();
  const exitCode = await runCli({ rehearse: command }, args, context);
  over = true;
  await following;
  if (decided === undefined) throw new Error(`nothing was decided: ${shown()}`);
  return { exitCode, terminal: shown(), looks, decided, status };
}

function decidedIn({ gates = [] }: ReleaseStatus): Decided | undefined {
  const found = gates.find(({ gate, verdict }) => gate === 'errors' && verdict !== 'inconclusive');
  return found?.evidence?.kind === 'comparison' ? { verdict: found.verdict, evidence: found.evidence } : undefined;
}

async function statusText(objects: Objects, name: string): Promise<string> {
  const { context, shown } = terminal();
  const connect = memoryConnect({ objects });
  await runCli({ status: statusCommand }, ['status', name, '-n', 'shop'], { ...context, connect });
  return shown();
}

/** One in colour, that keeps what is written to it. */
function terminal(): { readonly context: CliContext; shown(): string } {
  let written = '';
  const stream = {
    write: (text: string) => {
      written += text;
    },
  };
  const context: CliContext = {
    process: { stdout: stream, stderr: stream },
    version: '',
    stdin: async () => new Uint8Array(),
    terminal: undefined,
    width: { stdout: () => COLUMNS, stderr: () => COLUMNS },
    colour: { stdout: true, stderr: true },
    cwd: ROOT,
    baseEnv: { PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) },
    clock: systemClock,
    connect: () => Promise.reject(new Error('a rehearsal has no cluster')),
    onInterrupt: () => new AbortController().signal,
    unread: new AbortController().signal,
  };
  return { context, shown: () => written };
}
