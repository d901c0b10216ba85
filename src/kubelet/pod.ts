// The life of one pod: start its process, probe it, restart it after a crash with back-off, end it in good order.
// Never makes or removes Pod objects (deployments.ts and pods.ts do). Called by pods.ts, once per Pod object.
import type { Container, Pod } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import { aborted } from '../lib/aborted.ts';
import type { Clock } from '../lib/clock.ts';
import { formatProblem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import { type BackoffSettings, createBackoff } from './backoff.ts';
import { findPort } from './check-probe.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { buildEnv, type Env, localPortOf } from './env.ts';
import { runInside } from './exec.ts';
import { expand } from './expand.ts';
import type { Guard } from './guard.ts';
import { createTail, type LogSink, terminationMessage } from './logs.ts';
import { addressOf, NEW_POD, type PodView, terminated } from './pod-status.ts';
import type { Target } from './probe.ts';
import { runProbes } from './prober.ts';
import { type Command, type Exit, type RunningProcess, startProcess } from './process.ts';
import { createReporter } from './reporter.ts';
import { endGracefully, reserveOf } from './termination.ts';

export interface PodDeps {
  readonly objects: Objects;
  readonly clock: Clock;
  readonly guard: Guard;
  readonly backoff: BackoffSettings;
  readonly baseEnv: Env;
  readonly serviceEnv: (pod: Pod) => Env;
  readonly cwd: string;
  /** Replaces command and args. */
  readonly argv?: readonly string[];
  readonly onLine: LogSink;
  readonly onTrouble: (message: string) => void;
  /** Resolves when nobody sends to the pod any more; waited for, within the grace period, before the process is told to end. */
  readonly drained: (pod: Pod) => Promise<void>;
  /** Looks at the machine for all processes of the container, also those that have left its group. */
  readonly members: () => Promise<readonly number[]>;
  /** Resolves when the container uses more memory than it may, and says so; never when nobody enforces limits. */
  readonly overMemory?: (container: Container, signal: AbortSignal) => Promise<string>;
  /** Why an image cannot be had; all can when left out, since none is used. */
  readonly refuseImage?: (image: string) => string | undefined;
}

export interface PodRun {
  /** The first process of the present run, if there is one. */
  root(): number | undefined;
  /** Ends the pod in good order; the grace period is the pod's own, or `graceMs` if that is shorter. */
  leave(graceMs?: number): void;
  /** When nothing of it runs any more. Rejects only on a bug. */
  readonly ended: Promise<void>;
}

interface Served {
  readonly exit: Exit;
  /** Why the kubelet ended it. */
  readonly because?: string;
  /** Kubernetes' word for it, when there is one of its own. */
  readonly reason?: 'OOMKilled';
}

const DEFAULT_GRACE_SECONDS = 30;
/** How long an end waits for the object to say so, when the API server does not answer. */
const LEAVING_SEEN_MS = 1000;

export function runPod(pod: Pod, container: Container, deps: PodDeps): PodRun {
  const { clock, objects, onTrouble } = deps;
  const leaving = new AbortController();
  const over = new AbortController();
  const backoff = createBackoff(deps.backoff);
  const name = `${refOf(pod).namespace}/${pod.metadata.name}`;
  const reporter = createReporter(pod, {
    objects,
    clock,
    signal: over.signal,
    onTrouble: (error) => onTrouble(`${name}: ${error.message}`),
  });
  let graceMs = (pod.spec.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS) * 1000;
  let view: PodView = NEW_POD;
  let current: RunningProcess | undefined;
  let ending: Deadline | undefined;

  function show(change: Partial<PodView>): Promise<void> {
    view = { ...view, ...change };
    return reporter.report(view);
  }

  async function live(): Promise<void> {
    await untilPulled();
    while (!leaving.signal.aborted) {
      const command = await prepare();
      if (command.ok) await runOnce(command.value);
      else {
        const message = command.problems.map(formatProblem).join('; ');
        await bounded(show({ state: { waiting: { reason: 'CreateContainerConfigError', message } }, message }));
        await clock.sleep(deps.backoff.baseMs, leaving.signal);
      }
    }
    over.abort();
  }

  async function untilPulled(): Promise<void> {
    const pause = createBackoff(deps.backoff);
    for (let reason = 'ErrImagePull'; !leaving.signal.aborted; reason = 'ImagePullBackOff') {
      const message = deps.refuseImage?.(container.image ?? '');
      if (message === undefined) return;
      await bounded(show({ state: { waiting: { reason, message } }, message }));
      await clock.sleep(Math.max(deps.backoff.baseMs, pause.afterRunOf(0)), leaving.signal);
    }
  }

  async function prepare(): Promise<Result<Command>> {
    try {
      const read = (kind: 'ConfigMap' | 'Secret', of: string) => objects.get({ ...refOf(pod), kind, name: of });
      const built = await buildEnv({ pod, container, read, baseEnv: deps.baseEnv, serviceEnv: deps.serviceEnv(pod) });
      if (!built.ok) return built;
      const { env, declared } = built.value;
      const argv = deps.argv ?? [...(container.command ?? []), ...(container.args ?? [])];
      return ok({ argv: argv.map((word) => expand(word, declared)), env, cwd: deps.cwd });
    } catch (error) {
      if (!(error instanceof ObjectsError)) throw error;
      return failed({ code: 'SRN1802', place: {}, message: error.message });
    }
  }

  async function runOnce(command: Command): Promise<void> {
    const tail = createTail(80);
    const label = { namespace: refOf(pod).namespace, pod: pod.metadata.name, container: container.name };
    const running = startProcess(command, {
      clock,
      guard: deps.guard,
      members: deps.members,
      onLine: (stream, text) => {
        tail.add(text);
        deps.onLine({ ...label, stream, text, at: clock.now() });
      },
    });
    current = running;
    const { exit, because, reason } = await serve(running, command);
    current = undefined;
    const result = terminated(exit, running.startedAt, terminationMessage(tail.lines()), because);
    await afterwards(running, exit, reason === undefined ? result : { ...result, reason });
  }

  /** From the start of a process to its end, whoever ends it. */
  async function serve(running: RunningProcess, command: Command): Promise<Served> {
    const probing = new AbortController();
    const { podIP: host } = addressOf(pod);
    const target: Target = {
      clock,
      host,
      localPort,
      exec: (argv, signal) => runInside({ ...command, argv }, deps, signal),
    };
    const end = async (deadline: Deadline) => {
      // While the process lives its descendants can be told by their parents; afterwards they are strangers.
      await deps.members();
      return endGracefully(running, { container, target, clock, deadline, onTrouble });
    };
    const unhealthy = Promise.withResolvers<{ because: string; grace: number }>();
    if (running.pid !== undefined)
      void show({
        state: { running: { startedAt: new Date(running.startedAt).toISOString() } },
        message: 'not probed yet',
      });
    const probes = runProbes({
      container,
      target,
      clock,
      startedAt: running.startedAt,
      signal: probing.signal,
      onStarted: () => void show({ started: true }),
      onReady: (ready, message) => void show({ ready, message }),
      onUnhealthy: (because, seconds) =>
        unhealthy.resolve({ because, grace: seconds === undefined ? graceMs : Math.min(graceMs, seconds * 1000) }),
    });
    const stopProbes = async () => {
      probing.abort();
      await probes;
    };
    const first = await Promise.race([
      running.ended.then((exit) => ({ kind: 'ended', exit }) as const),
      unhealthy.promise.then((why) => ({ kind: 'unhealthy', ...why }) as const),
      aborted(leaving.signal).then(() => ({ kind: 'leaving' }) as const),
      overMemory(probing.signal).then((because) => ({ kind: 'overMemory', because }) as const),
    ]);
    await stopProbes();
    if (first.kind === 'ended') return { exit: first.exit };
    if (first.kind === 'overMemory') {
      running.signal('SIGKILL');
      return { exit: await running.ended, because: first.because, reason: 'OOMKilled' };
    }
    const deadline = startDeadline(clock, first.kind === 'unhealthy' ? first.grace : graceMs);
    ending = deadline;
    if (first.kind === 'unhealthy') {
      onTrouble(`${name}: ${first.because}`);
      await bounded(show({ ready: false, message: first.because }));
      return { exit: await end(deadline), because: first.because };
    }
    // Marked first, so that the mesh stops sending before the process stops answering.
    await bounded(show({ ready: false, message: 'the pod is being ended' }));
    const waited = new AbortController();
    await Promise.race([drained(), deadline.passed(waited.signal, reserveOf(graceMs)), running.ended]);
    waited.abort();
    return { exit: await end(deadline) };
  }

  async function afterwards(running: RunningProcess, exit: Exit, result: ReturnType<typeof terminated>): Promise<void> {
    const state = { terminated: result };
    const message = `the container ended with code ${result.exitCode}`;
    if (leaving.signal.aborted) return bounded(show({ state, ready: false, started: false, message }));
    onTrouble(`${name}: ${message}${result.message === undefined ? '' : `: ${result.message}`}`);
    const wait = backoff.afterRunOf(exit.at - running.startedAt);
    const waiting = { reason: 'CrashLoopBackOff', message: `back-off ${wait / 1000}s restarting failed container` };
    void show({ state: wait === 0 ? state : { waiting }, lastState: state, ready: false, started: false, message });
    await clock.sleep(wait, leaving.signal);
    if (!leaving.signal.aborted) view = { ...view, restartCount: view.restartCount + 1 };
  }

  /** Whoever answers for the traffic may be gone as well; the pod ends all the same. */
  const drained = () =>
    deps.drained(pod).catch((error: Error) => onTrouble(`${name}: not known to be drained: ${error.message}`));

  const overMemory = (signal: AbortSignal): Promise<string> =>
    deps.overMemory?.(container, signal) ?? new Promise(() => {});

  function localPort(port: string | number): number | undefined {
    const found = findPort(container, port);
    return found === undefined ? undefined : localPortOf(found);
  }

  /** Not for ever: an end must come even when the API server has gone. */
  async function bounded(reported: Promise<void>): Promise<void> {
    const done = new AbortController();
    await Promise.race([reported.then(() => done.abort()), clock.sleep(LEAVING_SEEN_MS, done.signal)]);
  }

  return {
    root: () => current?.pid,
    leave(cap) {
      graceMs = Math.min(graceMs, cap ?? graceMs);
      leaving.abort();
      ending?.within(graceMs);
    },
    ended: live(),
  };
}
