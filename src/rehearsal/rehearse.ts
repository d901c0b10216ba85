// Runs one release for real on one machine, from its manifests to its report.
// Never decides: the controller does, the very same as in a cluster. Called by cli/rehearse.ts.
import { kinds } from '../api/kinds.ts';
import type { Service } from '../api/kubernetes.ts';
import { type KubeObject, refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { runController } from '../controller/controller.ts';
import type { ControllerSettings, TurnReport } from '../controller/deps.ts';
import { watchedObjects } from '../controller/watched.ts';
import { approver } from '../drive/approve.ts';
import { narrate } from '../drive/narrator.ts';
import { brokenEnd, type End, namesOf, reportInput } from '../drive/outcome.ts';
import { progressOf } from '../drive/progress.ts';
import { putTrafficBack } from '../drive/put-back.ts';
import { aborted } from '../lib/aborted.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { parseDuration } from '../lib/duration.ts';
import { type Problem, reasonOf, SerinError } from '../lib/problem.ts';
import { seededRandom } from '../lib/random.ts';
import { toTime } from '../lib/time.ts';
import { type Load, startLoad } from '../load/load.ts';
import { localSource } from '../metrics/local.ts';
import { INITIAL, isEnded, type ReleaseStatus } from '../release/status.ts';
import { buildReport } from '../report/build.ts';
import type { RunEvent } from '../report/input.ts';
import type { ReleaseReport } from '../report/release-report.ts';
import { besideRollBack } from './beside.ts';
import { withCanaryEnv } from './canary-env.ts';
import { type Cluster, SCRAPE_MS, startCluster } from './cluster.ts';
import type { RehearsalEnd, RehearseHooks, RehearseOptions } from './options.ts';
import { awaitStable } from './stable.ts';
import { keepAccount } from './users.ts';

/** One machine: two seconds to every proxy (there is one), pods start in seconds. */
const SETTINGS: Omit<ControllerSettings, 'heldLimitMs'> = {
  scrapeIntervalMs: SCRAPE_MS,
  propagationMs: 2000,
  graceMs: 15_000,
  drainLimitMs: 15_000,
  tickMs: 250,
};

const PROGRESS_MS = 250;

/** Nobody can edit the Release of a rehearsal. */
const howToApprove = (step: number): string => `start again with --approve ${step}`;

/** Whatever ends it, there is a report; what broke is in it. Throws only on a fault of Serin itself. */
export async function rehearse(options: RehearseOptions, hooks: RehearseHooks): Promise<RehearsalEnd> {
  const startedAt = systemClock.now();
  let told: ReleaseReport | undefined;
  const onReport = (report: ReleaseReport) => {
    told = report;
    hooks.onReport(report);
  };
  try {
    return await rehearseFrom(startedAt, options, { ...hooks, onReport });
  } catch (error) {
    if (!(error instanceof SerinError)) throw error;
    const { problems } = error;
    // One report, also when something breaks while all is being ended.
    if (told !== undefined) return { report: told, interrupted: false, failures: [], problems };
    return reportNotBegun(theRelease(options.objects), startedAt, hooks, problems);
  }
}

async function rehearseFrom(startedAt: number, options: RehearseOptions, hooks: RehearseHooks): Promise<RehearsalEnd> {
  const clock = systemClock;
  const release = theRelease(options.objects);
  const tell = (event: RunEvent) => hooks.onEvent(event);
  const trouble = (subject: string, text: string) =>
    tell({ at: clock.now() - startedAt, kind: 'trouble', subject, text });
  const notBegun = () => reportNotBegun(release, startedAt, hooks);
  const cluster = await unlessInterrupted(bringUp(options, clock, trouble), hooks);
  if (cluster === undefined) return notBegun();
  hooks.onCluster?.(cluster);
  const stack: Stack = { cluster, load: undefined };
  try {
    const { service } = release.spec;
    const { namespace } = refOf(release);
    const { host, port } = await cluster.mesh.address(service, namespace, { labels: { app: 'users' } });
    // At rate 0 for now: its process starts while stable's pods do.
    const url = `http://${host}:${port}`;
    const { shapes, seed } = options;
    stack.load = await unlessInterrupted(startLoad({ url, rate: 0, shapes, seed }), hooks);
    if (stack.load === undefined) return notBegun();
    await awaitStable(cluster, release, clock, hooks.interrupted);
    if (hooks.interrupted.aborted) return notBegun();
    stack.load.setRate(options.rate);
    tell({
      at: clock.now() - startedAt,
      kind: 'note',
      subject: 'users',
      text: `${options.rate} requests/s to ${service} at ${host}:${port}`,
    });
    return await runRelease({ options, hooks, clock, startedAt, release, cluster, load: stack.load, tell, trouble });
  } finally {
    await stack.load?.close();
    await cluster.stop();
  }
}

/** Interrupted, or broken, before there was any release: nothing had to be put back. */
function reportNotBegun(
  release: Release,
  startedAt: number,
  hooks: RehearseHooks,
  problems?: readonly Problem[],
): RehearsalEnd {
  const interrupted = { outcome: 'aborted', reason: 'interrupted before the release began' } as const;
  const report = buildReport(
    reportInput(INITIAL, namesOf(release), {
      end: problems === undefined ? interrupted : brokenEnd(problems),
      startedAt: toTime(startedAt),
      endedAt: toTime(systemClock.now()),
      ...(problems === undefined ? {} : { problems }),
    }),
  );
  hooks.onReport(report);
  return { report, interrupted: problems === undefined, failures: [], problems: problems ?? [] };
}

/** A terminal's Ctrl-C reaches every process: one that cannot yet leave it to us goes, and what was to start does not. */
async function unlessInterrupted<T>(starting: Promise<T>, { interrupted }: RehearseHooks): Promise<T | undefined> {
  try {
    return await starting;
  } catch (error) {
    if (interrupted.aborted && error instanceof SerinError) return undefined;
    throw error;
  }
}

interface Stack {
  readonly cluster: Cluster;
  load: Load | undefined;
}

interface Run {
  readonly options: RehearseOptions;
  readonly hooks: RehearseHooks;
  readonly clock: Clock;
  readonly startedAt: number;
  readonly release: Release;
  readonly cluster: Cluster;
  readonly load: Load;
  readonly tell: (event: RunEvent) => void;
  readonly trouble: (subject: string, text: string) => void;
}

async function runRelease(run: Run): Promise<RehearsalEnd> {
  const { options, hooks, clock, startedAt, release, cluster, load } = run;
  const ending = new AbortController();
  const ended = Promise.withResolvers<void>();
  const account = keepAccount(cluster, load, release, clock);
  const approve = approver({
    objects: cluster.objects,
    ref: refOf(release),
    steps: options.approve,
    onTrouble: (error) => run.trouble('approval', reasonOf(error)),
  });
  // The kubelet here measures whenever it is asked.
  const intervals = { scrapeIntervalMs: SCRAPE_MS, usageEveryMs: SCRAPE_MS };
  const metrics = localSource({ store: cluster.store, ...intervals });
  const beside = besideRollBack(metrics, {
    tell: (text) => run.tell({ at: clock.now() - startedAt, kind: 'note', subject: "Flagger's rule", text }),
    onTrouble: (error) => run.trouble("Flagger's rule", reasonOf(error)),
  });
  let status: ReleaseStatus = INITIAL;
  let last: TurnReport | undefined;
  const onTurn = (turn: TurnReport) => {
    status = turn.after;
    last = turn;
    account.follow(status);
    for (const event of narrate(turn, { startedAt, approve: options.approve, howToApprove })) run.tell(event);
    beside.follow(turn);
    approve(status);
    if (isEnded(status)) ended.resolve();
  };
  await cluster.objects.create(release);
  const { objects } = cluster;
  const deps = {
    objects: watchedObjects({ objects, kinds: Object.keys(kinds), clock, signal: ending.signal }),
    random: seededRandom(options.seed),
    metrics,
    clock,
    settings: { ...SETTINGS, ...options.patience, heldLimitMs: options.waitMs ?? deadlineOf(options.objects, release) },
    onTurn,
    onTrouble: (_: unknown, error: unknown) => run.trouble('controller', reasonOf(error)),
  };
  const report = (end: End, problems?: readonly Problem[]): ReleaseReport => {
    const times = { startedAt: toTime(startedAt), endedAt: toTime(clock.now()) };
    const facts = {
      end,
      ...times,
      users: account.users(),
      ...beside.facts(),
      ...(problems === undefined ? {} : { problems }),
    };
    const made = buildReport(reportInput(status, namesOf(release), facts));
    hooks.onReport(made);
    return made;
  };
  let reported: ReleaseReport | undefined;
  const controller = runController(deps, ending.signal);
  const ticking = setInterval(() => {
    const progress = last && progressOf(last, clock.now() - startedAt, account.users());
    if (progress !== undefined && !isEnded(status)) hooks.onProgress(progress);
  }, PROGRESS_MS);
  try {
    const died = load.ended.then((end) => {
      if (end.kind === 'died') throw new SerinError([end.problem]);
    });
    const parts = Promise.race([controller, cluster.broken, died.then(() => new Promise<never>(() => {}))]);
    await Promise.race([ended.promise, aborted(hooks.interrupted), parts]);
    const interrupted = hooks.interrupted.aborted && !isEnded(status);
    if (interrupted) {
      const text = 'traffic goes back first; once more ends everything at once';
      run.tell({ at: clock.now() - startedAt, kind: 'note', subject: 'interrupted', text });
      await Promise.race([putTrafficBack(cluster.objects, refOf(release), () => status, clock), parts]);
    }
    await load.stop();
    await cluster.mesh.flushAccess();
    reported = report({ outcome: 'aborted', reason: 'interrupted; traffic was put back first' });
    if (options.keep && !interrupted) await Promise.race([aborted(hooks.interrupted), parts]);
    return { report: reported, interrupted, failures: account.failures(), problems: [] };
  } catch (error) {
    if (!(error instanceof SerinError)) throw error;
    const { problems } = error;
    // What breaks while everything is only kept running was no part of the release.
    reported ??= report(brokenEnd(problems), problems);
    return { report: reported, interrupted: false, failures: account.failures(), problems };
  } finally {
    clearInterval(ticking);
    ending.abort();
    // Its death, if it died, has been told above.
    await controller.catch(() => {});
    account.close();
  }
}

async function bringUp(
  options: RehearseOptions,
  clock: Clock,
  onTrouble: (subject: string, text: string) => void,
): Promise<Cluster> {
  const release = theRelease(options.objects);
  const cluster = await startCluster({
    clock,
    onTrouble,
    random: seededRandom(options.seed),
    seed: options.seed,
    cwd: options.cwd,
    baseEnv: options.baseEnv,
    run: options.run,
    services: options.objects.filter(({ kind }) => kind === 'Service') as unknown as readonly Service[],
    objects: withCanaryEnv(options.objects, release, options.canaryEnv).filter(({ kind }) => kind !== 'Release'),
    onLine: () => {},
  });
  return cluster;
}

const theRelease = (objects: readonly KubeObject[]): Release => {
  const [release, ...others] = objects.filter(({ kind }) => kind === 'Release');
  if (release === undefined || others.length > 0) throw new TypeError('a rehearsal is of exactly one release');
  return release as Release;
};

/** Nobody is there to release a hold for ever: at most as long as the release itself may take. */
function deadlineOf(objects: readonly KubeObject[], release: Release): number {
  const policy = objects.find(
    ({ kind, metadata }) => kind === 'ReleasePolicy' && metadata.name === release.spec.policy,
  );
  const written = (policy?.spec as { deadline?: string } | undefined)?.deadline ?? release.spec.deadline;
  return parseDuration(written ?? '2h') ?? 7_200_000;
}
