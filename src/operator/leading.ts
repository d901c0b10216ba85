// The work of one term: tell what is new, then turns of all releases until the term ends.
// Never takes or gives back a lease (terms.ts does). Called by operator.ts.
import { runController } from '../controller/controller.ts';
import type { LoopDeps } from '../controller/loop-deps.ts';
import { aborted } from '../lib/aborted.ts';
import { Fenced } from '../objects/fenced.ts';
import type { OperatorOptions } from './options.ts';
import type { Parts } from './parts.ts';

/** Until `ending`. What is not Fenced is a fault. */
export async function lead(options: OperatorOptions, parts: Parts, ending: AbortSignal): Promise<void> {
  const { view, teller, telemetry, backlog, releases } = parts;
  options.log.info('leads', { identity: options.identity });
  telemetry.leads(true);
  try {
    // The API server may be away, and this one be asked to end meanwhile.
    await Promise.race([view.synced, aborted(ending)]);
    if (ending.aborted) return;
    for (const release of (await view.list('Release')).items) teller.tell(release);
    await runController(loopDeps(options, parts), ending);
  } catch (error) {
    // Whoever may not write any more has nothing to do until it leads again.
    if (!(error instanceof Fenced)) throw error;
  } finally {
    backlog.ends();
    releases.turnsEnded();
    telemetry.leads(false);
  }
}

/** What the loop is given, and who hears of its turns. */
const loopDeps = (
  { clock, random, settings }: OperatorOptions,
  { view, metrics, backlog, releases, telemetry, troubles }: Parts,
): LoopDeps => ({
  objects: view,
  metrics,
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
    started: backlog.begins,
    taken: ({ outcome, tookMs, waitedMs }) => telemetry.turn(outcome, tookMs / 1000, waitedMs / 1000),
  },
});
