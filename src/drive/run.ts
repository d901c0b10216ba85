// One release of a cluster driven from here to its end, as the operator would: for a pipeline that has none.
// Never applies files and never decides. Called by cli/run-release.ts with objects that may be written while nobody else drives.
import { formatRef, type ObjectRef, refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { runController } from '../controller/controller.ts';
import type { ControllerSettings } from '../controller/deps.ts';
import { hasFinalizer } from '../controller/finalizer.ts';
import type { Watched } from '../controller/loop-deps.ts';
import { statusOf } from '../controller/status-of.ts';
import { aborted } from '../lib/aborted.ts';
import type { Clock } from '../lib/clock.ts';
import { reasonOf } from '../lib/problem.ts';
import type { Random } from '../lib/random.ts';
import { fromTime, toTime } from '../lib/time.ts';
import type { MetricsSource } from '../metrics/source.ts';
import { Fenced } from '../objects/fenced.ts';
import { INITIAL, isEnded, type ReleaseStatus } from '../release/status.ts';
import { buildReport } from '../report/build.ts';
import type { Progress, RunEvent } from '../report/input.ts';
import type { ReleaseReport } from '../report/release-report.ts';
import { approver } from './approve.ts';
import { heard } from './heard.ts';
import { narrate } from './narrator.ts';
import { onlyOne } from './only.ts';
import { type End, namesOf, reportInput } from './outcome.ts';
import { progressOf } from './progress.ts';
import { putTrafficBack } from './put-back.ts';

export interface RunOptions {
  readonly objects: Watched;
  readonly metrics: MetricsSource;
  readonly clock: Clock;
  readonly random: Random;
  /** As it stands in the cluster. */
  readonly release: Release;
  readonly ref: ObjectRef;
  readonly settings: ControllerSettings;
  /** Steps (counted from 1) that are approved in advance, for the revision that runs. */
  readonly approve: readonly number[];
  readonly howToApprove: (step: number) => string;
  /** Of an interruption: how long traffic may take back to stable, and the rest of the roll back after it. */
  readonly patience?: { readonly trafficMs: number; readonly endMs: number };
}

export interface RunHooks {
  readonly onEvent: (event: RunEvent) => void;
  readonly onProgress: (progress: Progress) => void;
  /** The first interruption: put traffic back, then end. */
  readonly interrupted: AbortSignal;
  /** Somebody else drives the release now: nothing may be written any more. */
  readonly lost: AbortSignal;
}

export interface RunEnd {
  readonly report: ReleaseReport;
  readonly interrupted: boolean;
  /** Could not be driven on from here, as the lease was lost; whoever has it drives it. */
  readonly lost: boolean;
}

const PROGRESS_MS = 500;
const PATIENCE = { trafficMs: 60_000, endMs: 180_000 };
/** For floors of autoscalers and the finalizer, which the turn after the end gives back. */
const TIDY_MS = 30_000;
/** A release that waits for another's end is not woken by it. */
const RESYNC_MS = 5_000;

export async function runRelease(options: RunOptions, hooks: RunHooks): Promise<RunEnd> {
  const { clock, ref, release, approve, howToApprove, patience = PATIENCE } = options;
  const ending = new AbortController();
  const ended = Promise.withResolvers<void>();
  const before = release.status as unknown as ReleaseStatus | undefined;
  const startedAt = before?.startedAt === undefined ? clock.now() : fromTime(before.startedAt);
  let status = before ?? INITIAL;
  let progress: (() => Progress | undefined) | undefined;
  const elapsed = () => clock.now() - startedAt;
  const tell = (kind: 'note' | 'trouble', subject: string, text: string) =>
    hooks.onEvent({ at: elapsed(), kind, subject, text });
  // One that was left in the middle is told as it stands.
  if (before !== undefined)
    for (const event of narrate(heard(undefined, before, clock.now()), { startedAt, approve, howToApprove }))
      hooks.onEvent(event);
  const give = approver({
    objects: options.objects,
    ref,
    steps: approve,
    onTrouble: (error) => tell('trouble', 'approval', reasonOf(error)),
  });
  const controller = runController(
    {
      objects: onlyOne(options.objects, ref),
      metrics: options.metrics,
      clock,
      random: options.random,
      settings: options.settings,
      resyncMs: RESYNC_MS,
      onTurn: (turn) => {
        status = turn.after;
        for (const event of narrate(turn, { startedAt, approve, howToApprove })) hooks.onEvent(event);
        progress = () => progressOf(turn, elapsed());
        give(status);
        if (isEnded(status)) ended.resolve();
      },
      onTrouble: (_, error) => tell('trouble', 'cluster', reasonOf(error)),
    },
    ending.signal,
  );
  const drawing = draw(clock, ending.signal, () => {
    const now = progress?.();
    if (now !== undefined && !isEnded(status)) hooks.onProgress(now);
  });
  const gone = Promise.withResolvers<'gone'>();
  const tidy = Promise.withResolvers<void>();
  options.objects.onChange(({ type, object }) => {
    if (formatRef(refOf(object)) !== formatRef(ref)) return;
    if (type === 'deleted') gone.resolve('gone');
    if (type === 'deleted' || isTidy(object as Release)) tidy.resolve();
  });
  try {
    if (isEnded(status)) ended.resolve();
    const lost = aborted(hooks.lost).then(() => 'lost' as const);
    const over = Promise.race([ended.promise.then(() => 'ended' as const), gone.promise]);
    // A write that came too late is met before the loss is told.
    const died = controller.then(() => NEVER, endOfController);
    const first = await Promise.race([over, lost, aborted(hooks.interrupted).then(() => 'interrupted' as const), died]);
    if (first === 'interrupted' && !isEnded(status)) {
      tell('note', 'interrupted', 'traffic goes back first; once more ends everything at once');
      await Promise.race([putTrafficBack(options.objects, ref, () => status, clock, patience.trafficMs), lost, died]);
      await Promise.race([over, lost, clock.sleep(patience.endMs, ending.signal), died]);
    }
    if (isEnded(status))
      await Promise.race([tidy.promise, gone.promise, lost, died, clock.sleep(TIDY_MS, ending.signal)]);
    const interrupted = first === 'interrupted';
    const report = buildReport(
      reportInput(status, namesOf(release), {
        end: endOf(first, status),
        startedAt: status.startedAt ?? toTime(startedAt),
        endedAt: status.endedAt ?? toTime(clock.now()),
        users: 'notCounted',
      }),
    );
    return { report, interrupted, lost: first === 'lost' };
  } finally {
    ending.abort();
    await drawing;
    // Its death, if it died, was thrown above.
    await controller.catch(() => {});
  }
}

/** Nothing of it is left to be given back, and it can be deleted without anybody who drives it. */
const isTidy = (release: Release): boolean => isEnded(statusOf(release)) && !hasFinalizer(release);

/** Settles only by rejecting: a controller that was asked to end is no news. */
const NEVER = new Promise<never>(() => {});

function endOfController(error: unknown): 'lost' {
  if (error instanceof Fenced) return 'lost';
  throw error;
}

/** Said where the status has no outcome of its own. */
function endOf(first: 'ended' | 'gone' | 'lost' | 'interrupted', { phase }: ReleaseStatus): End {
  if (first === 'gone') return { outcome: 'aborted', reason: 'the Release was deleted before it began' };
  if (first === 'lost') return { outcome: 'inconclusive', reason: `not driven from here any more (${phase})` };
  const rest = phase === 'RollingBack' ? '; the rest of the roll back is left to the next run or to the operator' : '';
  return { outcome: 'aborted', reason: `interrupted; traffic was put back first${rest}` };
}

async function draw(clock: Clock, signal: AbortSignal, once: () => void): Promise<void> {
  while (!signal.aborted) {
    once();
    await clock.sleep(PROGRESS_MS, signal);
  }
}
