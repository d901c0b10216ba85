// The Lease by which one `serin run` at a time drives a release; a run that was killed loses it by itself.
// Never waits longer than such a Lease lasts. Called by run-release.ts.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ObjectRef } from '../api/object.ts';
import type { Clock } from '../lib/clock.ts';
import { seededRandom } from '../lib/random.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import { electLeader, LEASE_TIMES } from '../operator/lease.ts';
import { anotherRun, runLease } from './drivers.ts';

export interface RunLease {
  /** Somebody else has it now. */
  readonly lost: AbortSignal;
  readonly mayWrite: () => boolean;
  /** Milliseconds until somebody else may have it. */
  readonly leftMs: () => number;
  /** Gives it back, and leaves nothing of it behind. */
  end(): Promise<void>;
}

export interface TakeOptions {
  readonly objects: Objects;
  readonly clock: Clock;
  readonly ref: ObjectRef;
  readonly interrupted: AbortSignal;
  readonly patienceMs?: number;
  /** Milliseconds that go on while this process stands still, and never back. */
  readonly elapsed: () => number;
}

/** One that a killed run holds is over after its time; a little longer is a run that lives. */
const PATIENCE_MS = LEASE_TIMES.leaseMs + 2 * LEASE_TIMES.retryMs;

export async function takeLease(options: TakeOptions): Promise<Result<RunLease>> {
  const { objects, clock, ref, interrupted, elapsed, patienceMs = PATIENCE_MS } = options;
  const name = runLease(ref.name);
  let trouble: ObjectsError | undefined;
  const election = electLeader({
    objects,
    clock,
    elapsed,
    random: seededRandom(clock.now()),
    identity: `${hostname()}-${randomUUID()}`,
    namespace: ref.namespace,
    name,
    onTrouble: (error) => {
      trouble = error;
    },
  });
  const giveUp = new AbortController();
  const patience = clock.sleep(patienceMs, giveUp.signal).then(() => giveUp.abort());
  const term = await election.lead(AbortSignal.any([interrupted, giveUp.signal]));
  giveUp.abort();
  await patience;
  if (term === undefined) {
    if (trouble !== undefined && !interrupted.aborted) throw trouble;
    return failed(anotherRun(election.holder()));
  }
  return ok({
    lost: term.lost,
    mayWrite: () => term.mayWrite(),
    leftMs: () => term.leftMs(),
    async end() {
      // While it is held: given back first it could be the next run's by now.
      if (term.mayWrite())
        await objects
          .remove({ kind: 'Lease', namespace: ref.namespace, name }, { withinMs: term.leftMs })
          .catch(ignoreRefusal);
      await term.end();
    },
  });
}

/** It is given back already; an object that stays is of no consequence. */
function ignoreRefusal(error: unknown): void {
  if (!(error instanceof ObjectsError)) throw error;
}
