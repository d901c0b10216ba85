// Who leads among the replicas: a Lease that one holds and renews, and that another takes once it has stood still for its time.
// Never trusts another's clock: what counts is how long a record was seen unchanged here. Called by operator.ts.
// Source: Kubernetes coordination/v1; the rules are those of client-go's leader election.
import type { Lease } from '../api/cluster-kinds.ts';
import type { ObjectRef } from '../api/object.ts';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import { toMicroTime } from '../lib/time.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';

export interface LeaseTimes {
  /** How long a lease lasts that nobody renews. */
  readonly leaseMs: number;
  /** After so long without a renewal the leader stops writing by itself: well before another may begin. */
  readonly renewWithinMs: number;
  /** Between two tries, to renew or to get it. */
  readonly retryMs: number;
}

export const LEASE_TIMES: LeaseTimes = { leaseMs: 15_000, renewWithinMs: 10_000, retryMs: 2_000 };

export interface ElectionOptions {
  readonly objects: Objects;
  readonly clock: Clock;
  /** Milliseconds that only ever grow, whatever becomes of the wall clock; they pass while this process stands still. */
  readonly elapsed: () => number;
  readonly random: Random;
  /** Of this process alone; one that is started anew is another. */
  readonly identity: string;
  readonly namespace: string;
  readonly name: string;
  readonly times?: LeaseTimes;
  readonly onTrouble?: (error: ObjectsError) => void;
}

export interface Election {
  /** The next term; undefined when the signal has come before. */
  lead(signal: AbortSignal): Promise<Term | undefined>;
  /** Who holds the lease as far as is known. */
  holder(): string | undefined;
}

export interface Term {
  /** Aborts when the lease is lost, or could not be renewed in time. */
  readonly lost: AbortSignal;
  /** Asked before each write: false from `renewWithinMs` after the last renewal on, even if nobody has had time to notice. */
  mayWrite(): boolean;
  /** Milliseconds until another may lead: a write of this term is over by then. */
  leftMs(): number;
  /** Ends the term, and gives the lease back if it is still one's own: the next leader need not wait. */
  end(): Promise<void>;
}

type LeaseSpec = NonNullable<Lease['spec']>;

/** A record as it was first seen. */
interface Sighting {
  readonly record: string;
  readonly since: number;
}

export function electLeader(options: ElectionOptions): Election {
  const { objects, clock, elapsed, identity, times = LEASE_TIMES, onTrouble = () => {} } = options;
  const ref: ObjectRef = { kind: 'Lease', namespace: options.namespace, name: options.name };
  let sighting: Sighting | undefined;
  let known: string | undefined;

  const pauseMs = (): number => times.retryMs * (1 + options.random() / 5);

  /** The lease when it may be taken: nobody has it, or its holder has not been heard of for its time. */
  async function free(): Promise<Lease | 'none' | undefined> {
    const lease = (await objects.get(ref)) as Lease | undefined;
    if (lease === undefined) return 'none';
    const { holderIdentity = '', leaseDurationSeconds = 0, renewTime = '' } = lease.spec ?? {};
    known = holderIdentity;
    const record = JSON.stringify([holderIdentity, renewTime, lease.metadata.resourceVersion]);
    if (sighting?.record !== record) sighting = { record, since: elapsed() };
    const over = elapsed() - sighting.since >= leaseDurationSeconds * 1000;
    return holderIdentity === '' || holderIdentity === identity || over ? lease : undefined;
  }

  const written = (spec: LeaseSpec | undefined, first: boolean): LeaseSpec => {
    const now = toMicroTime(clock.now());
    return {
      ...spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(times.leaseMs / 1000),
      renewTime: now,
      ...(first
        ? { acquireTime: now, leaseTransitions: spec === undefined ? 0 : (spec.leaseTransitions ?? 0) + 1 }
        : {}),
    };
  };

  async function take(): Promise<Term | undefined> {
    const lease = await free();
    if (lease === undefined) return undefined;
    const sent = stamp(clock, elapsed);
    const taken =
      lease === 'none'
        ? await objects.create({
            apiVersion: 'coordination.k8s.io/v1',
            kind: 'Lease',
            metadata: { name: ref.name, namespace: ref.namespace },
            spec: written(undefined, true),
          })
        : await objects.update({ ...lease, spec: written(lease.spec, true) });
    known = identity;
    return hold(taken as Lease, sent);
  }

  function hold(taken: Lease, since: Stamp): Term {
    let lease = taken;
    let renewed = since;
    const loss = new AbortController();
    const ending = new AbortController();
    const left = (): number => times.renewWithinMs - age(renewed, clock, elapsed);
    const mayWrite = (): boolean => !loss.signal.aborted && !ending.signal.aborted && left() > 0;

    /** Whether it is still one's own. */
    async function renew(): Promise<boolean> {
      const sent = stamp(clock, elapsed);
      try {
        lease = (await objects.update({ ...lease, spec: written(lease.spec, false) })) as Lease;
        renewed = sent;
        return true;
      } catch (error) {
        if (!(error instanceof ObjectsError)) throw error;
        onTrouble(error);
        if (error.reason !== 'Conflict' && error.reason !== 'NotFound') return true;
        return stillOwn();
      }
    }

    /** After a conflict: one's own renewal whose answer was lost is met here too. Who cannot be told is found out at the next try. */
    async function stillOwn(): Promise<boolean> {
      try {
        const now = (await objects.get(ref)) as Lease | undefined;
        known = now?.spec?.holderIdentity;
        if (now === undefined) return true;
        lease = now;
        return known === identity;
      } catch (error) {
        if (!(error instanceof ObjectsError)) throw error;
        onTrouble(error);
        return true;
      }
    }

    async function keep(): Promise<void> {
      try {
        while (!ending.signal.aborted) {
          await clock.sleep(Math.min(pauseMs(), Math.max(0, left())), ending.signal);
          if (ending.signal.aborted) return;
          // An answer that comes too late is none.
          const late = clock.sleep(Math.max(0, left()), ending.signal).then(() => false);
          if (left() <= 0) return loss.abort();
          const renewal = renew();
          if (await Promise.race([renewal, late])) continue;
          if (!ending.signal.aborted) return loss.abort();
          // Asked to end meanwhile: what is given back is the lease as this renewal leaves it.
          const given = new AbortController();
          await Promise.race([renewal, clock.sleep(Math.max(0, left()), given.signal)]).finally(() => given.abort());
          return;
        }
      } catch (error) {
        loss.abort(error);
      }
    }
    const keeping = keep();

    return {
      lost: loss.signal,
      mayWrite,
      leftMs: () => times.leaseMs - age(renewed, clock, elapsed),
      async end() {
        const own = mayWrite();
        ending.abort();
        await keeping;
        if (!own || loss.signal.aborted) return;
        try {
          await objects.update({ ...lease, spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 } });
          known = '';
        } catch (error) {
          // It will run out.
          if (!(error instanceof ObjectsError)) throw error;
          onTrouble(error);
        }
      },
    };
  }

  return {
    async lead(signal) {
      while (!signal.aborted) {
        try {
          const term = await take();
          if (term !== undefined && !signal.aborted) return term;
          await term?.end();
        } catch (error) {
          if (!(error instanceof ObjectsError)) throw error;
          // Somebody else was faster, which is no trouble.
          if (error.reason !== 'Conflict' && error.reason !== 'AlreadyExists') onTrouble(error);
        }
        await clock.sleep(pauseMs(), signal);
      }
      return undefined;
    },
    holder: () => known,
  };
}

interface Stamp {
  readonly wall: number;
  readonly elapsed: number;
}

const stamp = (clock: Clock, elapsed: () => number): Stamp => ({ wall: clock.now(), elapsed: elapsed() });

/** By whichever clock has gone further: a machine that was suspended stops the one, and a correction may set back the other. */
const age = (since: Stamp, clock: Clock, elapsed: () => number): number =>
  Math.max(clock.now() - since.wall, elapsed() - since.elapsed);
