// The loop: every release gets its turns when something that it looks at has changed, when something was written, or at its tick.
// Never decides, never lists what it has seen, holds no state that a restart would miss. Called by rehearsal and operator.
import { formatRef, type ObjectRef, refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { aborted } from '../lib/aborted.ts';
import type { Millis } from '../lib/clock.ts';
import type { Change } from '../objects/informer.ts';
import { ObjectsError } from '../objects/objects.ts';
import { isActive, isEnded } from '../release/status.ts';
import { createConcerns, noting } from './concerns.ts';
import { createDoorbell } from './doorbell.ts';
import { hasFinalizer } from './finalizer.ts';
import type { LoopDeps, Taken } from './loop-deps.ts';
import { checkpointMs, isConflict } from './pauses.ts';
import { createQueue } from './queue.ts';
import { rankOf } from './rank.ts';
import { statusOf } from './status-of.ts';
import { takeTurn } from './turn.ts';
import { wake } from './waking.ts';
import { dueAfter, dueAfterConflict, dueAfterFailure, newWorker, type Worker } from './worker.ts';

const AT_ONCE = 256;
/** After a failure: whoever is woken by a change waits no longer than this. */
const LEAST_PAUSE_MS = 1000;
const LONGEST_SLEEP_MS = 60_000;
const STARTS_IN_A_BREATH = 16;
/** Plans of gates are some ten kilobytes each. */
const MOST_WITH_PLANS = 2000;
/** Between what is due at the very beginning, so that its order is the one it was given. */
const AHEAD_MS = 10;

/**
 * Runs until the signal. What is not an ObjectsError is a bug or an injected death: it ends the controller when no other
 * release is under way, and else is told and waited out, since one release must not take protection from the others.
 */
export async function runController(deps: LoopDeps, signal: AbortSignal): Promise<void> {
  const { clock, objects } = deps;
  const dying = new AbortController();
  const stop = AbortSignal.any([signal, dying.signal]);
  const loop = createLoop(deps, (death) => dying.abort(death));
  objects.done.catch((death: unknown) => dying.abort(death));
  stop.addEventListener('abort', loop.bell.ring, { once: true });
  const deafen = objects.onChange((change) => {
    if (!stop.aborted) loop.changed(change);
  });
  void aborted(stop).then(deafen);
  await Promise.race([objects.synced.catch(() => {}), aborted(stop)]);
  if (!stop.aborted) loop.begin((await objects.list('Release')).items as unknown as readonly Release[]);
  while (!stop.aborted) {
    loop.startDue();
    const due = loop.nextStart();
    const ms = Math.min(due === undefined ? LONGEST_SLEEP_MS : due - clock.now(), LONGEST_SLEEP_MS);
    await (ms > 0 ? loop.bell.wait(ms) : clock.sleep(0));
  }
  await loop.settled();
  if (dying.signal.aborted) throw dying.signal.reason;
}

/** `looks`: what the turn has read so far must be known to those who wake it, or nobody would. */
const hears =
  ({ listeners }: Worker, looks: () => void): NonNullable<LoopDeps['onWoken']> =>
  (listener) => {
    looks();
    listeners.add(listener);
    return () => listeners.delete(listener);
  };

function createLoop(deps: LoopDeps, die: (death: unknown) => void) {
  const { clock, atOnce = AT_ONCE, observe = {} } = deps;
  const queue = createQueue();
  const concerns = createConcerns();
  const bell = createDoorbell(clock);
  const workers = new Map<string, Worker>();
  const running = new Set<Promise<void>>();
  const unprotected = new Set<string>();
  let begun = false;

  const workerOf = (name: string, ref: ObjectRef): Worker => {
    const worker = workers.get(name) ?? newWorker(ref);
    workers.set(name, worker);
    return worker;
  };

  const want = (name: string, ref: ObjectRef, at: Millis): void => {
    const { listeners } = workerOf(name, ref);
    queue.add(name, at);
    bell.ring();
    for (const listener of listeners) listener();
  };

  async function work(name: string, worker: Worker, due: Millis): Promise<void> {
    const began = clock.now();
    const noted = noting(deps.objects);
    worker.memory.checkpointMs = checkpointMs(workers.size);
    worker.memory.frugal = workers.size > MOST_WITH_PLANS;
    const told = (outcome: Taken['outcome']): void =>
      observe.taken?.({ ref: worker.ref, waitedMs: began - due, tookMs: clock.now() - began, outcome });
    try {
      const next = await takeTurn(
        worker.ref,
        { ...deps, objects: noted.objects, onWoken: hears(worker, () => concerns.looked(name, noted.looks())) },
        worker.memory,
      );
      told('done');
      const again = dueAfter(worker, next, clock.now(), deps);
      if (again === undefined) return leave(name);
      concerns.looked(name, noted.looks());
      queue.done(name, again);
    } catch (error) {
      told(isConflict(error) ? 'conflict' : 'failed');
      if (!(error instanceof ObjectsError) && workers.size === 1) throw error;
      deps.onTrouble?.(worker.ref, error);
      // What it was about to look at is looked at by what it has noted so far, or nobody would wake it.
      concerns.looked(name, noted.looks());
      const now = clock.now();
      if (isConflict(error)) queue.done(name, dueAfterConflict(worker, now, deps));
      else queue.failed(name, dueAfterFailure(worker, error, now, deps), now + LEAST_PAUSE_MS);
    } finally {
      unprotected.delete(name);
    }
  }

  /** Ended or gone; asked for meanwhile, it is another one of the same name, or was touched by somebody. */
  const leave = (name: string): void => {
    const worker = workers.get(name);
    concerns.forget(name);
    workers.delete(name);
    if (queue.done(name) && worker !== undefined) workerOf(name, worker.ref);
  };

  observe.started?.({
    depth: queue.depth,
    oldestDue: () => {
      const due = queue.nextDue();
      return due !== undefined && due <= clock.now() ? due : undefined;
    },
    protecting: () => begun && unprotected.size === 0,
  });

  return {
    bell,
    /** Whoever is most exposed comes first: after an absence nothing else is done before it has been looked at. */
    begin(releases: readonly Release[]): void {
      const now = clock.now();
      for (const release of releases) {
        const ref = refOf(release);
        const status = statusOf(release);
        if (isEnded(status) && !hasFinalizer(release)) continue;
        if (isActive(status)) unprotected.add(formatRef(ref));
        want(formatRef(ref), ref, now - AHEAD_MS + rankOf(status));
      }
      begun = true;
    },
    changed(change: Change): void {
      if (begun) wake(change, { want, workers, concerns, now: clock.now() });
    },
    /** A few at a time: others on this thread, such as a lease to renew, have their turn in between. */
    startDue(): void {
      for (let started = 0; started < STARTS_IN_A_BREATH && running.size < atOnce; started++) {
        const due = queue.nextDue();
        const name = queue.take(clock.now());
        const worker = name === undefined ? undefined : workers.get(name);
        if (name === undefined || worker === undefined || due === undefined) return;
        const turn: Promise<void> = work(name, worker, due)
          .catch(die)
          .finally(() => {
            running.delete(turn);
            bell.ring();
          });
        running.add(turn);
      }
    },
    /** When another turn can begin; undefined while all hands are busy, or there is nothing to do. */
    nextStart: () => (running.size < atOnce ? queue.nextDue() : undefined),
    settled: () => Promise.all(running),
  };
}
