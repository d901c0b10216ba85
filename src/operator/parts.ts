// What an operator works with, each part made once and joined to the others: objects behind counters, fence and cache; metrics in
// batches; its terms of office; who tells people. Never runs a turn. Called by operator.ts.
import { NAMED_KINDS, TURN_KINDS } from '../controller/turn-kinds.ts';
import { batchedSource } from '../metrics/batch.ts';
import type { MetricsSource } from '../metrics/source.ts';
import { togetherSource } from '../metrics/together.ts';
import { type CachedObjects, cachedObjects } from '../objects/cached.ts';
import { fencedObjects } from '../objects/fenced.ts';
import { emitEvent } from '../objects/kubernetes/events.ts';
import { createTelemetry, type Telemetry } from '../telemetry/metrics.ts';
import { type Backlog, createBacklog } from './backlog.ts';
import { countedMetrics, countedObjects } from './counted.ts';
import { internedObjects } from './interned.ts';
import { type Election, electLeader } from './lease.ts';
import type { OperatorOptions } from './options.ts';
import { createReleases, type Releases } from './releases.ts';
import { createTeller, type Teller } from './teller.ts';
import { alone, createTerms, type Terms } from './terms.ts';
import { type TellTrouble, tellTroubles } from './troubles.ts';

/** Whatever else is read is asked for each time. */
export const WATCHED_KINDS: readonly string[] = [...TURN_KINDS, ...NAMED_KINDS];

const CONTROLLER = 'serin.dev/operator';

export interface Parts {
  readonly view: CachedObjects;
  readonly metrics: MetricsSource;
  readonly election: Election;
  readonly terms: Terms;
  readonly backlog: Backlog;
  readonly releases: Releases;
  readonly teller: Teller;
  readonly telemetry: Telemetry;
  readonly troubles: TellTrouble;
}

/** `watching`: until it aborts the objects are kept up to date. */
export function createParts(options: OperatorOptions, watching: AbortSignal): Parts {
  const { clock, log, identity, elapsed, random } = options;
  const backlog = createBacklog(clock);
  const releases = createReleases();
  const telemetry = createTelemetry(options.version, {
    queue: () => ({ ...backlog.depth(), oldestSeconds: backlog.oldestMs() / 1000 }),
    releases: releases.states,
  });
  const troubles = tellTroubles(log, clock);
  const counted = internedObjects(countedObjects(options.objects, clock, telemetry));
  const election =
    options.election === undefined
      ? alone
      : electLeader({
          ...{ objects: counted, clock, elapsed, random, identity, ...options.election },
          onTrouble: (error) => troubles('the lease', error),
        });
  const terms = createTerms(election);
  const fenced = fencedObjects(counted, terms.mayWrite, terms.leftMs);
  const view = cachedObjects({
    objects: fenced,
    kinds: options.kinds ?? WATCHED_KINDS,
    clock,
    signal: watching,
    // Whatever ends with the operator is no trouble.
    onTrouble: (kind, error) => {
      if (!watching.aborted) troubles(`watching ${kind}`, error);
    },
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
  return { view, metrics, election, terms, backlog, releases, teller, telemetry, troubles };
}
