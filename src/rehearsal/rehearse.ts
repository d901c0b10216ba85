// Runs one release for real on one machine, from its manifests to its report.
// Never decides: the controller does, the very same as in a cluster. Called by cli/rehearse.ts.
import type { Service } from '../api/kubernetes.ts';
import { type KubeObject, refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { runController } from '../controller/controller.ts';
import type { ControllerSettings, TurnReport } from '../controller/deps.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { parseDuration } from '../lib/duration.ts';
import { SerinError } from '../lib/problem.ts';
import { seededRandom } from '../lib/random.ts';
import { toTime } from '../lib/time.ts';
import { type Load, startLoad } from '../load/load.ts';
import { localSource } from '../metrics/local.ts';
import { INITIAL, isEnded, type ReleaseStatus } from '../release/status.ts';
import { buildReport } from '../report/build.ts';
import type { RunEvent } from '../report/input.ts';
import { approver } from './approve.ts';
import { withCanaryEnv } from './canary-env.ts';
import { type Cluster, SCRAPE_MS, startCluster } from './cluster.ts';
import { narrate } from './narrator.ts';
import type { RehearsalEnd, RehearseHooks, RehearseOptions } from './options.ts';
import { reportInput } from './outcome.ts';
import { progressOf } from './progress.ts';
import { putTrafficBack } from './put-back.ts';
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

/** Throws SerinError when the rehearsal itself cannot run; a release that ends badly is a report. */
export async function rehearse(options: RehearseOptions, hooks: RehearseHooks): Promise<RehearsalEnd> {
  const clock = systemClock;
  const startedAt = clock.now();
  const release = theRelease(options.objects);
  const tell = (event: RunEvent) => hooks.onEvent(event);
  const trouble = (subject: string, text: string) =>
    tell({ at: clock.now() - startedAt, kind: 'trouble', subject, text });
  const notBegun = () => reportNotBegun(release, startedAt, clock.now(), hooks);
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

/** Interrupted before there was any release: nothing had to be put back. */
function reportNotBegun(release: Release, startedAt: number, endedAt: number, hooks: RehearseHooks): RehearsalEnd {
  const end = { outcome: 'aborted', reason: 'interrupted before the release began' } as const;
  const times = { startedAt: toTime(startedAt), endedAt: toTime(endedAt) };
  const report = buildReport(reportInput(INITIAL, namesOf(release), { end, ...times }));
  hooks.onReport(report);
  return { report, interrupted: true, failures: [] };
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
  const approve = approver(cluster.objects, refOf(release), options.approve);
  let status: ReleaseStatus = INITIAL;
  let last: TurnReport | undefined;
  const onTurn = (turn: TurnReport) => {
    status = turn.after;
    last = turn;
    account.follow(status);
    for (const event of narrate(turn, { startedAt, approve: options.approve })) run.tell(event);
    approve(status);
    if (isEnded(status)) ended.resolve();
  };
  await cluster.objects.create(release);
  const deps = {
    objects: cluster.objects,
    metrics: localSource({ store: cluster.store, scrapeIntervalMs: SCRAPE_MS }),
    clock,
    settings: { ...SETTINGS, ...options.patience, heldLimitMs: options.waitMs ?? deadlineOf(options.objects, release) },
    onTurn,
    onTrouble: (_: unknown, error: unknown) =>
      run.trouble('controller', error instanceof Error ? error.message : String(error)),
  };
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
    if (interrupted) await Promise.race([putTrafficBack(cluster.objects, refOf(release), () => status, clock), parts]);
    await load.stop();
    await cluster.mesh.flushAccess();
    const report = buildReport(
      reportInput(status, namesOf(release), {
        end: { outcome: 'aborted', reason: 'interrupted; traffic was put back first' },
        startedAt: toTime(startedAt),
        endedAt: toTime(clock.now()),
        users: account.users(),
      }),
    );
    hooks.onReport(report);
    if (options.keep && !interrupted) await Promise.race([aborted(hooks.interrupted), parts]);
    return { report, interrupted, failures: account.failures() };
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

const namesOf = (release: Release) => ({
  name: release.metadata.name,
  namespace: refOf(release).namespace,
  service: release.spec.service,
  canary: release.spec.canary.deployment,
});

/** Nobody is there to release a hold for ever: at most as long as the release itself may take. */
function deadlineOf(objects: readonly KubeObject[], release: Release): number {
  const policy = objects.find(
    ({ kind, metadata }) => kind === 'ReleasePolicy' && metadata.name === release.spec.policy,
  );
  const written = (policy?.spec as { deadline?: string } | undefined)?.deadline ?? release.spec.deadline;
  return parseDuration(written ?? '2h') ?? 7_200_000;
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
