// Faults at the port: conflicts, outages, lost answers, delays, and the death of the caller at any chosen write.
// Never invents an answer: what it lets through is the real one. Called by tests and by the rehearsal's fault drills.
import { formatRef, type KubeObject, type ObjectRef, refOf } from '../api/object.ts';
import type { Clock } from '../lib/clock.ts';
import { type Objects, ObjectsError, type WatchEvent } from './objects.ts';

export type ReadVerb = 'get' | 'list' | 'watch';
export type WriteVerb = 'create' | 'update' | 'updateStatus' | 'remove';

export interface Call {
  readonly verb: ReadVerb | WriteVerb;
  /** For list and watch the name is empty, and so is the namespace when all are meant. */
  readonly ref: ObjectRef;
  /** 1-based number of this call among all. */
  readonly n: number;
  /** 1-based number of this write among all writes, attempts included; absent for reads and dry runs. */
  readonly write?: number;
}

/** When the caller dies: before the write reaches the server, after it but without the answer, with the answer in hand. */
export type KillPoint = 'before' | 'answerLost' | 'after';

export type Fault =
  | { readonly kind: 'pass' }
  | { readonly kind: 'fail'; readonly reason: 'Conflict' | 'Unavailable' }
  /** Applied, but the caller sees `Unavailable`. */
  | { readonly kind: 'loseAnswer' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'kill'; readonly at: KillPoint };

export type FaultPlan = (call: Call) => Fault;

/** The caller is dead: every call from then on throws this. Never an ObjectsError, so that no retry mistakes it for one. */
export class Killed extends Error {
  constructor(call: string) {
    super(`killed at ${call}`);
    this.name = 'Killed';
  }
}

export interface FaultyObjects {
  readonly objects: Objects;
  /** Writes attempted so far, dry runs not among them. */
  writes(): number;
  /** Aborts when the caller has been killed. */
  readonly killed: AbortSignal;
}

export const PASS: Fault = { kind: 'pass' };

/** Kills the caller at its n-th write (1-based), and lets everything else pass. */
export const killAtWrite =
  (n: number, at: KillPoint): FaultPlan =>
  (call) =>
    call.write === n ? { kind: 'kill', at } : PASS;

export function withFaults(objects: Objects, plan: FaultPlan, clock: Clock): FaultyObjects {
  const death = new AbortController();
  let calls = 0;
  let writes = 0;

  const refuseDead = (name: string) => {
    if (death.signal.aborted) throw new Killed(name);
  };

  async function through<Answer>(verb: Call['verb'], ref: ObjectRef, isWrite: boolean, apply: () => Promise<Answer>) {
    const name = `${verb} ${formatRef(ref)}`;
    refuseDead(name);
    calls += 1;
    if (isWrite) writes += 1;
    const fault = plan({ verb, ref, n: calls, ...(isWrite ? { write: writes } : {}) });
    if (fault.kind === 'delay') await clock.sleep(fault.ms, death.signal);
    if (fault.kind === 'fail') throw new ObjectsError(fault.reason, `injected: ${name}`);
    if (fault.kind === 'kill' && fault.at === 'before') death.abort();
    refuseDead(name);
    const answer = await apply();
    if (fault.kind === 'loseAnswer') throw new ObjectsError('Unavailable', `injected, answer lost: ${name}`);
    if (fault.kind === 'kill') death.abort();
    // A caller that another call has killed meanwhile never sees this answer either.
    if (fault.kind !== 'kill' || fault.at !== 'after') refuseDead(name);
    return answer;
  }

  const write =
    (verb: 'create' | 'update' | 'updateStatus'): Objects[typeof verb] =>
    async (object: KubeObject, options) =>
      through(verb, refOf(object), options?.dryRun !== true, () => objects[verb](object, options));

  async function* watch(kind: string, resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const ref = { kind, namespace: '', name: '' };
    const events = await through('watch', ref, false, async () =>
      objects.watch(kind, resourceVersion, AbortSignal.any([signal, death.signal])),
    );
    for await (const event of events) {
      refuseDead(`watch ${kind}`);
      yield event;
    }
    refuseDead(`watch ${kind}`);
  }

  return {
    objects: {
      get: (ref) => through('get', ref, false, () => objects.get(ref)),
      list: (kind, namespace, options) =>
        through('list', { kind, namespace: namespace ?? '', name: '' }, false, () =>
          objects.list(kind, namespace, options),
        ),
      watch,
      create: write('create'),
      update: write('update'),
      updateStatus: write('updateStatus'),
      remove: (ref, options) => through('remove', ref, true, () => objects.remove(ref, options)),
    },
    writes: () => writes,
    killed: death.signal,
  };
}
