// `serin run`: applies a release's files to a cluster without an operator and drives it to its end; lines or a report, and the exit code.
// Never drives what somebody else drives. Listed in main.ts.
import { buildCommand } from '@stricli/core';
import { formatRef, type KubeObject, type ObjectRef, refOf } from '../api/object.ts';
import type { Release, ReleasePolicy } from '../api/release.ts';
import { DEFAULT_DEADLINE } from '../api/resolve.ts';
import { hasFinalizer, removeFinalizer } from '../controller/finalizer.ts';
import { namesOf, refusedInput } from '../drive/outcome.ts';
import type { RunEnd } from '../drive/run.ts';
import type { Clock } from '../lib/clock.ts';
import { parseDuration } from '../lib/duration.ts';
import { type Problem, SerinError } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { toTime } from '../lib/time.ts';
import type { MetricsSource } from '../metrics/source.ts';
import type { Objects } from '../objects/objects.ts';
import { isEnded, type ReleaseStatus } from '../release/status.ts';
import { buildReport } from '../report/build.ts';
import { choiceOf, clusterAliases, onCluster } from './cluster-flags.ts';
import type { ClusterConnection } from './connection.ts';
import { type CliContext, EXIT, failWith } from './context.ts';
import { operatorProblem } from './drivers.ts';
import { EXIT_OF } from './exit-of.ts';
import { fileName } from './input.ts';
import { toJson } from './output.ts';
import { patienceOf } from './patience-flags.ts';
import { prometheusSettings } from './prometheus-flags.ts';
import { narrator } from './rehearse-narrator.ts';
import { tryReport, writeReport } from './report-file.ts';
import { applyAll, checkedAmong, isUnderWay, type RunFiles, readRunFiles } from './run-files.ts';
import { type RunFlags, runFlags } from './run-flags.ts';
import type { RunLease } from './run-lease.ts';

/** Where a run reads its samples; a parameter, so that tests need no Prometheus. */
export type OpenMetrics = (flags: RunFlags, context: CliContext) => Promise<Result<OpenedMetrics>>;

export interface OpenedMetrics {
  readonly source: MetricsSource;
  close(): Promise<void>;
}

/** `elapsed`: see run-lease.ts. */
export const runCommand = (openMetrics: OpenMetrics = fromPrometheus, elapsed = () => performance.now()) =>
  buildCommand<RunFlags, string[], CliContext>({
    docs: {
      brief: 'Run a release on a cluster that has no operator',
      fullDescription:
        'Applies the files (server-side, never by force: conflicts are told with who owns what), then drives their one Release to its end: the same controller as the operator’s, for a pipeline. Ctrl-C puts traffic back first. What a run that was killed has left is taken up by the next one. Where an operator is at work it is left to it.\n\nExit codes: 0 promoted; 1 rolled back or aborted; 2 inconclusive or held; 3 invalid input; 4 something could not be reached, or somebody else drives the release; 130 interrupted.\n\nExamples:\n  serin run -f manifests -n prod --prometheus http://prometheus.monitoring:9090\n  serin run -f release.yaml -f canary.yaml --context prod --prometheus http://127.0.0.1:9090 --approve 7 --wait 30m\n  serin run -f manifests --prometheus http://127.0.0.1:9090 -o json > report.json',
    },
    parameters: {
      flags: runFlags,
      aliases: { ...clusterAliases, f: 'files', o: 'output' },
      positional: { kind: 'array', parameter: { brief: 'The same as -f', parse: fileName, placeholder: 'FILES' } },
    },
    async func(flags, ...names) {
      const all = [...(flags.files ?? []), ...names];
      const early = [...noFiles(all), ...(await tryReport(flags.report))];
      if (early.length > 0) return refuse(this, flags, early);
      const metrics = await openMetrics(flags, this);
      if (!metrics.ok) return refuse(this, flags, metrics.problems);
      try {
        const choice = { ...choiceOf(flags), onlyNamespace: flags.onlyNamespace };
        await onCluster(this, choice, async (cluster) => {
          const standing = flags.namespace ?? cluster.namespace;
          const files = await readRunFiles(this, all, { asked: flags.namespace, standing });
          if (!files.ok) return refuse(this, flags, files.problems);
          await runFiles(this, cluster, { flags, files: files.value, metrics: metrics.value.source, elapsed });
        });
      } finally {
        await metrics.value.close();
      }
    },
  });

/** Longer than an outage of the API server that anybody would call short. */
const RETAKE_MS = 120_000;

interface Asked {
  readonly flags: RunFlags;
  readonly files: RunFiles;
  readonly metrics: MetricsSource;
  readonly elapsed: () => number;
}

async function runFiles(context: CliContext, cluster: ClusterConnection, asked: Asked): Promise<void> {
  const { flags, files, elapsed } = asked;
  const { clock } = context;
  const ref = refOf(files.release);
  const owner = await operatorProblem(cluster.objects, clock, (why) =>
    context.process.stderr.write(`not looked at: ${why}; an operator at work would not be seen\n`),
  );
  const problems = owner === undefined ? await checkedAmong(context, cluster, files) : [owner];
  if (problems.length > 0) return refuse(context, flags, problems, files.release);
  const { takeLease } = await import('./run-lease.ts');
  const interrupted = context.onInterrupt();
  const take = (patienceMs?: number) =>
    takeLease({
      objects: cluster.objects,
      clock,
      ref,
      interrupted,
      elapsed,
      ...(patienceMs === undefined ? {} : { patienceMs }),
    });
  let lease = await take();
  let begun: Release | undefined;
  while (lease.ok) {
    const end = await driveUnder(context, cluster, { ...asked, lease: lease.value, interrupted, begun });
    if (end === undefined) return;
    if (!end.lost) return conclude(context, end, flags.report);
    // The API server may only have been away for long.
    lease = await take(RETAKE_MS);
    begun = lease.ok ? await standingOr(lease.value, cluster, files.release) : undefined;
  }
  if (interrupted.aborted) context.process.exitCode = EXIT.interrupted;
  else refuse(context, flags, lease.problems, files.release);
}

/** Deleted meanwhile, it is not to be made anew: its files are, and the controller sees that it is gone. */
async function standingOr(lease: RunLease, { objects }: ClusterConnection, release: Release): Promise<Release> {
  try {
    return ((await objects.get(refOf(release))) ?? release) as Release;
  } catch (error) {
    await lease.end();
    throw error;
  }
}

/** Undefined when it could not begin, which is told. */
async function driveUnder(
  context: CliContext,
  cluster: ClusterConnection,
  asked: Omit<Driving, 'release'> & { readonly begun: Release | undefined },
): Promise<RunEnd | undefined> {
  try {
    const release = asked.begun === undefined ? await begin(context, cluster, asked) : ok(asked.begun);
    if (release.ok) return await drive(context, cluster, { ...asked, release: release.value });
    refuse(context, asked.flags, release.problems, asked.files.release);
    return undefined;
  } finally {
    await asked.lease.end();
  }
}

/** Nothing was begun, and whoever reads the report by machine still finds the outcome and why. */
function refuse(context: CliContext, flags: RunFlags, problems: readonly Problem[], release?: Release): void {
  const now = toTime(context.clock.now());
  const names = release && namesOf(release);
  const report = buildReport({
    ...refusedInput(problems, names, { startedAt: now, endedAt: now }),
    users: 'notCounted',
  });
  if (flags.output === 'json') context.process.stdout.write(toJson(report));
  failWith(context, problems);
}

async function conclude(context: CliContext, end: RunEnd, file: string | undefined): Promise<void> {
  context.process.exitCode = end.interrupted ? EXIT.interrupted : EXIT_OF[end.report.outcome];
  const problems = await writeReport(file, end.report);
  if (problems.length > 0) failWith(context, problems);
}

/** The release in the cluster: applied, or taken up where it was left. */
async function begin(
  context: CliContext,
  cluster: ClusterConnection,
  { flags, files }: Asked,
): Promise<Result<Release>> {
  const ref = refOf(files.release);
  const standing = (await cluster.objects.get(ref)) as Release | undefined;
  const status = standing?.status as ReleaseStatus | undefined;
  if (standing !== undefined && status !== undefined && isEnded(status)) {
    if (!flags.again) return failed(endedBefore(ref, status));
    const stays = await remove(cluster.objects, ref, context.clock);
    if (stays !== undefined) return failed(stays);
  }
  const resumes = standing !== undefined && isUnderWay(standing);
  const applied = await applyAll(cluster, files, resumes);
  if (!applied.ok) return applied;
  const { stderr } = context.process;
  if (resumes) stderr.write(`${formatRef(ref)} is under way already: taken up where it stands\n`);
  for (const name of applied.value.left) stderr.write(`${name} is not applied: the release is writing it\n`);
  return ok(applied.value.release);
}

const endedBefore = (ref: ObjectRef, { phase, endedAt }: ReleaseStatus): Problem => ({
  code: 'SRN1808',
  place: { object: formatRef(ref) },
  message: `the release has ended: ${phase}${endedAt === undefined ? '' : ` at ${endedAt}`}`,
  accepted: 'a release of another name, or --again to delete this one and run anew',
});

const LOOK_MS = 200;
const LONGEST_REMOVAL_MS = 30_000;

/** Ended, it has no routes to put back: Serin's finalizer goes first where its driver was killed before that. Others' are theirs. */
async function remove(objects: Objects, ref: ObjectRef, clock: Clock): Promise<Problem | undefined> {
  const until = clock.now() + LONGEST_REMOVAL_MS;
  const standing = (await objects.get(ref)) as Release | undefined;
  if (standing !== undefined && hasFinalizer(standing)) await removeFinalizer(objects, standing);
  await objects.remove(ref);
  for (;;) {
    const left = await objects.get(ref);
    if (left === undefined) return undefined;
    if (clock.now() >= until) return notGone(left);
    await clock.sleep(LOOK_MS);
  }
}

const notGone = (release: KubeObject): Problem => ({
  code: 'SRN1808',
  place: { object: formatRef(refOf(release)) },
  message: `the release that has ended is still there after ${LONGEST_REMOVAL_MS / 1000} s`,
  found: `finalizers ${(release.metadata.finalizers ?? []).join(', ') || 'none'}`,
  accepted: 'a release of another name, or the same once whoever put these finalizers there has taken them off',
});

interface Driving extends Asked {
  readonly release: Release;
  readonly lease: RunLease;
  readonly interrupted: AbortSignal;
}

async function drive(context: CliContext, cluster: ClusterConnection, driving: Driving): Promise<RunEnd> {
  const { flags, release, metrics, lease, interrupted } = driving;
  const { clock } = context;
  const ref = refOf(release);
  const [{ runRelease }, { TURN_KINDS }, { cachedObjects }, { fencedObjects }, { seededRandom }] = await Promise.all([
    import('../drive/run.ts'),
    import('../controller/turn-kinds.ts'),
    import('../objects/cached.ts'),
    import('../objects/fenced.ts'),
    import('../lib/random.ts'),
  ]);
  const watching = new AbortController();
  const lines = narrator(context, flags.output);
  // Nobody needs more than this namespace, but for routes.
  const narrow = await context.connect({ ...choiceOf(flags), namespace: ref.namespace, onlyNamespace: true });
  if (!narrow.ok) throw new SerinError(narrow.problems);
  const objects = cachedObjects({
    objects: fencedObjects(withRoutesOf(cluster.objects, narrow.value.objects), lease.mayWrite, lease.leftMs),
    kinds: TURN_KINDS,
    clock,
    signal: watching.signal,
  });
  try {
    const end = await runRelease(
      {
        objects,
        metrics,
        clock,
        random: seededRandom(clock.now()),
        release,
        ref,
        settings: {
          ...patienceOf(flags, metrics.scrapeIntervalMs),
          heldLimitMs: flags.wait ?? (await deadlineOf(cluster.objects, release)),
        },
        approve: flags.approve ?? [],
        howToApprove: (step) => `serin approve ${ref.name} -n ${ref.namespace} --step ${step}`,
      },
      { onEvent: lines.event, onProgress: lines.progress, interrupted, lost: lease.lost },
    );
    if (!end.lost) lines.end(end.report);
    return end;
  } finally {
    watching.abort();
    await objects.done.catch(() => {});
    await narrow.value.close();
    lines.clear();
  }
}

const ROUTES: readonly string[] = ['VirtualService', 'DestinationRule'];

/** Hosts may be named from any namespace. */
const withRoutesOf = (wide: Objects, narrow: Objects): Objects => ({
  ...narrow,
  list: (kind, namespace, options) => (ROUTES.includes(kind) ? wide : narrow).list(kind, namespace, options),
  watch: (kind, resourceVersion, signal) =>
    (ROUTES.includes(kind) ? wide : narrow).watch(kind, resourceVersion, signal),
});

/** Nobody is there to release a hold for ever: at most as long as the release itself may take. */
async function deadlineOf(objects: Objects, release: Release): Promise<number> {
  const { policy: name, deadline } = release.spec;
  const { namespace } = refOf(release);
  const policy = name === undefined ? undefined : await objects.get({ kind: 'ReleasePolicy', namespace, name });
  const written = (policy as ReleasePolicy | undefined)?.spec.deadline ?? deadline ?? DEFAULT_DEADLINE;
  return parseDuration(written) ?? Number.NaN;
}

const noFiles = (names: readonly string[]): readonly Problem[] =>
  names.length > 0 ? [] : [{ code: 'SRN2001', place: {}, message: 'there are no files to run', accepted: '-f FILES' }];

const NO_METRICS: Problem = {
  code: 'SRN2001',
  place: {},
  message: 'there are no metrics to judge by',
  accepted: '--prometheus URL, as it is reached from here',
};

async function fromPrometheus(flags: RunFlags, { clock }: CliContext): Promise<Result<OpenedMetrics>> {
  const settings = prometheusSettings(flags);
  if (!settings.ok) return settings;
  if (settings.value === undefined) return failed(NO_METRICS);
  const { prometheusSource } = await import('../metrics/prometheus/source.ts');
  const source = prometheusSource({ settings: settings.value, clock });
  return ok({ source, close: () => source.close() });
}
