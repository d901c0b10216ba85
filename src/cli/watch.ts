// `serin watch`: one release as it goes, line by line, and at its end its report and its exit code.
// Never writes to the cluster. Listed in main.ts.
import { buildCommand } from '@stricli/core';
import { type ObjectRef, refOf } from '../api/object.ts';
import { statusOf } from '../controller/status-of.ts';
import { heard, progressFrom } from '../drive/heard.ts';
import { narrate } from '../drive/narrator.ts';
import { namesOf, outcomeOf, reportInput } from '../drive/outcome.ts';
import { fromTime, toTime } from '../lib/time.ts';
import { isEnded, type ReleaseStatus } from '../release/status.ts';
import { buildReport } from '../report/build.ts';
import {
  type ClusterFlags,
  choiceOf,
  clusterAliases,
  clusterFlags,
  onCluster,
  RELEASE_ARGUMENT,
} from './cluster-flags.ts';
import type { ClusterConnection } from './connection.ts';
import { type CliContext, EXIT, failWith } from './context.ts';
import { EXIT_OF } from './exit-of.ts';
import { findRelease, type KnownRelease } from './find-release.ts';
import { duration } from './flag-values.ts';
import { follow } from './follow.ts';
import { type Narrator, narrator } from './rehearse-narrator.ts';

interface Flags extends ClusterFlags {
  readonly timeout?: number;
  readonly output: 'text' | 'json';
}

export const watchCommand = buildCommand<Flags, [string], CliContext>({
  docs: {
    brief: 'Follow a release of a cluster to its end',
    fullDescription:
      'Prints a line for all that happens, with the seconds since the release began, and ends with it. Ctrl-C only ends the watching: the operator goes on.\n\nExit codes: 0 promoted; 1 rolled back or aborted; 2 inconclusive, or not ended within --timeout; 3 rejected, or no such release; 4 the cluster cannot be reached; 130 interrupted.\n\nExamples:\n  serin watch checkout-v2 -n prod\n  serin watch checkout-v2 -n prod --timeout 2h -o json > report.json',
  },
  parameters: {
    flags: {
      ...clusterFlags,
      timeout: {
        kind: 'parsed',
        parse: duration,
        optional: true,
        brief: 'How long to watch at most (for ever when left out)',
        placeholder: 'DURATION',
      },
      output: {
        kind: 'enum',
        values: ['text', 'json'],
        default: 'text',
        brief: 'json prints the report at the end and nothing else on stdout',
      },
    },
    aliases: { ...clusterAliases, o: 'output' },
    positional: RELEASE_ARGUMENT,
  },
  async func(flags, name) {
    await onCluster(this, { ...choiceOf(flags), onlyNamespace: true }, async (cluster) => {
      const release = await findRelease(cluster, name);
      if (!release.ok) return failWith(this, release.problems);
      await watch(this, cluster, refOf(release.value), flags);
    });
  },
});

async function watch(context: CliContext, cluster: ClusterConnection, ref: ObjectRef, flags: Flags): Promise<void> {
  const { clock } = context;
  const lines = narrator(context, flags.output);
  const ending = new AbortController();
  const interrupted = AbortSignal.any([context.onInterrupt(), context.unread]);
  const signal = AbortSignal.any([interrupted, ending.signal]);
  const began = clock.now();
  let known: KnownRelease | undefined;
  if (flags.timeout !== undefined) void clock.sleep(flags.timeout, signal).then(() => ending.abort());
  const drawing = draw(context, lines, () => known && statusOf(known), signal);
  try {
    const options = { objects: cluster.objects, ref, clock, signal };
    const onTrouble = (error: Error) =>
      lines.event({
        at: clock.now() - startOf(known, began),
        kind: 'trouble',
        subject: 'cluster',
        text: error.message,
      });
    for await (const release of follow({ ...options, onTrouble })) {
      tell(lines, known, release, clock.now(), began);
      known = release;
      if (isEnded(statusOf(release))) break;
    }
  } finally {
    ending.abort();
    await drawing;
    lines.clear();
  }
  if (interrupted.aborted) context.process.exitCode = EXIT.interrupted;
  else conclude(context, lines, known, began);
}

function tell(lines: Narrator, before: KnownRelease | undefined, after: KnownRelease, now: number, began: number) {
  const change = heard(before && statusOf(before), statusOf(after), now);
  const { name, namespace } = refOf(after);
  const howToApprove = (step: number) => `serin approve ${name} -n ${namespace} --step ${step}`;
  for (const event of narrate(change, { startedAt: startOf(after, began), approve: [], howToApprove }))
    lines.event(event);
}

/** Times are those of the release, as far as it has begun. */
const startOf = (release: KnownRelease | undefined, began: number): number => {
  const startedAt = release && statusOf(release).startedAt;
  return startedAt === undefined ? began : fromTime(startedAt);
};

const DRAW_MS = 500;

async function draw(
  { terminal, clock }: CliContext,
  lines: Narrator,
  status: () => ReleaseStatus | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (terminal === undefined) return;
  while (!signal.aborted) {
    const known = status();
    const progress = known && progressFrom(known, clock.now());
    if (progress !== undefined && known !== undefined && !isEnded(known)) lines.progress(progress);
    await clock.sleep(DRAW_MS, signal);
  }
}

/** Gone, or not ended in time: that has no outcome of its own. */
function conclude(context: CliContext, lines: Narrator, release: KnownRelease | undefined, began: number): void {
  if (release === undefined) {
    failWith(context, [GONE]);
    return;
  }
  const status = statusOf(release);
  const times = {
    startedAt: status.startedAt ?? toTime(began),
    endedAt: status.endedAt ?? toTime(context.clock.now()),
  };
  const end = { outcome: 'inconclusive', reason: whyNoEnd(release) } as const;
  const report = buildReport(reportInput(status, namesOf(release), { end, ...times, users: 'notCounted' }));
  lines.end(report);
  context.process.exitCode = outcomeOf(status) === undefined ? EXIT.inconclusive : EXIT_OF[report.outcome];
}

function whyNoEnd(release: KnownRelease): string {
  const { phase, holding } = statusOf(release);
  const held = holding === undefined ? '' : `, held: ${holding.message}`;
  return `watched no longer: ${phase}${held}`;
}

const GONE = { code: 'SRN1802', place: {}, message: 'the Release was deleted' } as const;
