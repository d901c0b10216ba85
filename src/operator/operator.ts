// The operator: releases of a whole cluster driven by one of several replicas, until it is to stop.
// Never decides (release/ does) and never reads the environment. Composed of ports by cli/operator.ts, and by tests.
import { runController } from '../controller/controller.ts';
import type { ControllerSettings } from '../controller/deps.ts';
import type { LoopDeps, LoopState } from '../controller/loop-deps.ts';
import { NAMED_KINDS, TURN_KINDS } from '../controller/turn-kinds.ts';
import { aborted } from '../lib/aborted.ts';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import { batchedSource } from '../metrics/batch.ts';
import type { MetricsSource } from '../metrics/source.ts';
import { togetherSource } from '../metrics/together.ts';
import { cachedObjects } from '../objects/cached.ts';
import { Fenced, fencedObjects } from '../objects/fenced.ts';
import { emitEvent } from '../objects/kubernetes/events.ts';
import type { Objects, ObjectsError } from '../objects/objects.ts';
import { errorFields, type Log } from '../telemetry/log.ts';
import { createTelemetry, type Telemetry } from '../telemetry/metrics.ts';
import { countedMetrics, countedObjects } from './counted.ts';
import { type Endpoint, startEndpoint } from './endpoint.ts';
import { internedObjects } from './interned.ts';
import { type Election, electLeader, type LeaseTimes } from './lease.ts';
import { createReleases, type Releases } from './releases.ts';
import { createTeller } from './teller.ts';
import { alone, createTerms } from './terms.ts';
import { type TellTrouble, tellTroubles } from './troubles.ts';

/** Whatever else is read is asked for each time. */
export const WATCHED_KINDS: readonly string[] = [...TURN_KINDS, ...NAMED_KINDS];

const CONTROLLER = 'serin.dev/operator';
/** A turn that has been due for so long will never be taken: better begun anew by the kubelet. */
const STUCK_MS = 10 * 60_000;

export interface OperatorOptions {
  readonly objects: Objects;
  readonly metrics: MetricsSource;
  /** Several addresses answer for the metrics; see metrics/batch.ts. */
  readonly keepInstants?: boolean;
  readonly clock: Clock;
  /** Milliseconds that only ever grow; see lease.ts. */
  readonly elapsed: () => number;
  readonly random: Random;
  readonly version: string;
  /** Of this replica and this start of it. */
  readonly identity: string;
  readonly settings: ControllerSettings & { readonly resyncMs?: number; readonly atOnce?: number };
  /** Left out: there is no other replica. */
  readonly election?: { readonly namespace: string; readonly name: string; readonly times?: LeaseTimes };
  readonly listen: { readonly host: string; readonly port: number };
  readonly log: Log;
  /** What is watched, beside or in place of the usual. */
  readonly kinds?: readonly string[];
}

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
  const { clock, log, identity } = options;
  const stopping = new AbortController();
  const watching = new AbortController();
  const releases = createReleases();
  let loop: LoopState | undefined;
  let fault: unknown;
  let synced = false;

  const oldestMs = (): number => {
    const due = loop?.oldestDue();
    return due === undefined ? 0 : Math.max(0, clock.now() - due);
  };
  const telemetry = createTelemetry(options.version, {
    queue: () => ({ ...(loop?.depth() ?? { waiting: 0, working: 0 }), oldestSeconds: oldestMs() / 1000 }),
    releases: releases.states,
  });
  const counted = internedObjects(countedObjects(options.objects, clock, telemetry));
  const troubles = tellTroubles(log, clock);
  const election = electionOf(options, counted, (error) => troubles('the lease', error));
  const terms = createTerms(election);
  const fenced = fencedObjects(counted, terms.mayWrite, terms.leftMs);
  const view = cachedObjects({
    objects: fenced,
    kinds: options.kinds ?? WATCHED_KINDS,
    clock,
    signal: watching.signal,
    onTrouble: (kind, error) => troubles(`watching ${kind}`, error),
  });
  const metrics = batchedSource({
    source: togetherSource({ source: countedMetrics(options.metrics, clock, telemetry), clock }),
    clock,
    onQuery: telemetry.readsInQuery,
    keepInstants: options.keepInstants ?? false,
  });
  const teller = createTeller({
    emit: (event) => emitEvent(fenced, { controller: CONTROLLER, instance: identity }, event),
    clock,
    log,
    onEvent: telemetry.event,
  });
  view.onChange((change) => {
    releases.changed(change);
    if (change.object.kind !== 'Release') return;
    if (change.type === 'deleted') teller.forget(change.object);
    else if (terms.leads()) teller.tell(change.object);
  });
  view.synced.then(
    () => {
      synced = true;
    },
    // `done` says why.
    () => {},
  );

  const endpoint: Endpoint = await startEndpoint({
    ...options.listen,
    health: {
      live: () =>
        fault !== undefined ? 'the controller has ended' : oldestMs() > STUCK_MS ? 'turns are not taken' : undefined,
      ready: () => (synced ? undefined : 'objects are not read yet'),
    },
    metrics: () => ({ contentType: telemetry.contentType, pieces: telemetry.pieces() }),
  }).catch((error: unknown) => {
    watching.abort();
    throw error;
  });

  async function lead(ending: AbortSignal): Promise<void> {
    log.info('leads', { identity });
    telemetry.leads(true);
    try {
      // The API server may be away, and this one be asked to end meanwhile.
      await Promise.race([view.synced, aborted(ending)]);
      if (ending.aborted) return;
      for (const release of (await view.list('Release')).items) teller.tell(release);
      const ports = { objects: view, metrics };
      const started = (state: LoopState) => {
        loop = state;
      };
      await runController(loopDeps(options, ports, { releases, telemetry, troubles, started }), ending);
    } catch (error) {
      // Whoever may not write any more has nothing to do until it leads again.
      if (!(error instanceof Fenced)) throw error;
    } finally {
      loop = undefined;
      releases.turnsEnded();
      telemetry.leads(false);
    }
    if (!stopping.signal.aborted) log.warn('leads no more: the lease is lost', { holder: election.holder() });
  }

  const running = terms.run(stopping.signal, async (ending) => {
    await lead(ending);
    if (stopping.signal.aborted) await Promise.race([teller.idle(), clock.sleep(LAST_WORDS_MS)]);
  });
  const done = Promise.race([
    running,
    // The watching ends by itself only with a fault.
    view.done.then(() => new Promise<never>(() => {})),
  ]).catch((error: unknown) => {
    fault = error;
    log.error('the operator has ended by a fault of its own', errorFields(error));
    throw error;
  });
  done.catch(() => {});

  return {
    url: endpoint.url,
    leads: terms.mayWrite,
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

interface Hearers {
  readonly releases: Releases;
  readonly telemetry: Telemetry;
  readonly troubles: TellTrouble;
  readonly started: (state: LoopState) => void;
}

/** What the loop is given, and who hears of its turns. */
const loopDeps = (
  { clock, random, settings }: OperatorOptions,
  ports: Pick<LoopDeps, 'objects' | 'metrics'>,
  { releases, telemetry, troubles, started }: Hearers,
): LoopDeps => ({
  ...ports,
  clock,
  settings,
  random,
  ...(settings.atOnce === undefined ? {} : { atOnce: settings.atOnce }),
  ...(settings.resyncMs === undefined ? {} : { resyncMs: settings.resyncMs }),
  onTurn: (turn) => {
    releases.turned(turn);
    for (const { policy, kind } of turn.decisions) if (kind !== 'wait') telemetry.decision(policy, kind);
  },
  // Whoever may not write any more is told of by the loss of its lease.
  onTrouble: (ref, error) => {
    if (!(error instanceof Fenced)) troubles(`${ref.namespace}/${ref.name}`, error);
  },
  observe: {
    started,
    taken: ({ outcome, tookMs, waitedMs }) => telemetry.turn(outcome, tookMs / 1000, waitedMs / 1000),
  },
});

/** For Events that are on their way when the operator is to stop. */
const LAST_WORDS_MS = 2000;

function electionOf(
  { election, clock, elapsed, random, identity }: OperatorOptions,
  objects: Objects,
  onTrouble: (error: ObjectsError) => void,
): Election {
  return election === undefined
    ? alone
    : electLeader({ objects, clock, elapsed, random, identity, ...election, onTrouble });
}
