// The operator: releases of a whole cluster driven by one of several replicas, until it is to stop.
// Never decides (release/ does) and never reads the environment. Composed of ports by cli/operator.ts, and by tests.
import { aborted } from '../lib/aborted.ts';
import { errorFields } from '../telemetry/log.ts';
import { type Endpoint, type Health, startEndpoint } from './endpoint.ts';
import { lead } from './leading.ts';
import type { OperatorOptions } from './options.ts';
import { createParts, type Parts } from './parts.ts';

/** A turn that has been due for so long will never be taken: better begun anew by the kubelet. */
const STUCK_MS = 10 * 60_000;
/** For Events that are on their way when the operator is to stop. */
const LAST_WORDS_MS = 2000;

export interface Operator {
  /** Of its endpoint. */
  readonly url: string;
  /** Whether this replica leads now. */
  leads(): boolean;
  /** Resolves after stop; rejects on a fault of its own. */
  readonly done: Promise<void>;
  /** Finishes the turns under way, gives the lease back, closes everything. */
  stop(): Promise<void>;
}

export async function startOperator(options: OperatorOptions): Promise<Operator> {
  const stopping = new AbortController();
  const watching = new AbortController();
  const parts = createParts(options, watching.signal);
  const state: State = { synced: false, fault: undefined };
  parts.view.synced.then(
    () => {
      state.synced = true;
    },
    // `done` says why.
    () => {},
  );
  const endpoint = await startListening(options, parts, state).catch((error: unknown) => {
    watching.abort();
    throw error;
  });
  // Who has not seen everything yet leaves the lease to who has.
  const running = Promise.race([parts.view.synced, aborted(stopping.signal)]).then(() =>
    parts.terms.run(stopping.signal, (ending) => workOneTerm(options, parts, ending, stopping.signal)),
  );
  const done = Promise.race([
    running,
    // The watching ends by itself only with a fault.
    parts.view.done.then(() => new Promise<never>(() => {})),
  ]).catch((error: unknown) => {
    state.fault = error;
    options.log.error('the operator has ended by a fault of its own', errorFields(error));
    throw error;
  });
  done.catch(() => {});
  return {
    url: endpoint.url,
    leads: parts.terms.mayWrite,
    done,
    async stop() {
      stopping.abort();
      try {
        // After a fault too the lease is given back, and what was begun ends.
        await Promise.allSettled([running]);
        await done;
      } finally {
        watching.abort();
        await endpoint.close();
      }
    },
  };
}

interface State {
  synced: boolean;
  fault: unknown;
}

function startListening({ listen }: OperatorOptions, { backlog, telemetry }: Parts, state: State): Promise<Endpoint> {
  const health: Health = {
    live() {
      if (state.fault !== undefined) return 'the controller has ended';
      return backlog.oldestMs() > STUCK_MS ? 'turns are not taken' : undefined;
    },
    ready: () => (state.synced ? undefined : 'objects are not read yet'),
  };
  const metrics = () => ({ contentType: telemetry.contentType, pieces: telemetry.pieces() });
  return startEndpoint({ ...listen, health, metrics });
}

/** Ends with the lease, or when the operator is to stop: then Events on their way have their time. */
async function workOneTerm(
  options: OperatorOptions,
  parts: Parts,
  ending: AbortSignal,
  stopping: AbortSignal,
): Promise<void> {
  await lead(options, parts, ending);
  if (stopping.aborted) {
    await Promise.race([parts.teller.idle(), options.clock.sleep(LAST_WORDS_MS)]);
    return;
  }
  const holder = parts.election.holder();
  // Until it has read the lease again it only knows that it is not its own.
  options.log.warn('leads no more: the lease is lost', holder === options.identity ? {} : { holder });
}
