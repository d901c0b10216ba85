// The loop: every release gets its turns, one at a time, at once when something was written and else every tick.
// Never decides and holds no state that a restart would miss. Called by rehearsal (and later operator).
import { type ObjectRef, refOf } from '../api/object.ts';
import { ObjectsError } from '../objects/objects.ts';
import type { Deps } from './deps.ts';
import { takeTurn } from './turn.ts';

/** After this many writes in a row a release waits for its tick: a loop of writes must not starve the others. */
const LONGEST_BURST = 10;
const LONGEST_BACKOFF_TICKS = 16;

/** Runs until the signal; rejects only on what is not an ObjectsError: a bug, or an injected death. */
export async function runController(deps: Deps, signal: AbortSignal): Promise<void> {
  const working = new Map<string, Promise<void>>();
  const ended = new Set<string>();
  while (!signal.aborted) {
    const releases = await listReleases(deps);
    for (const { ref, uid } of releases) {
      if (working.has(uid) || ended.has(uid)) continue;
      const work = drive(ref, deps, signal).then(() => {
        working.delete(uid);
        ended.add(uid);
      });
      working.set(uid, work);
    }
    // A worker that dies takes the controller with it, instead of leaving a release without protection.
    await Promise.race([deps.clock.sleep(deps.settings.tickMs, signal), firstDeath(working)]);
  }
  await Promise.all(working.values());
}

const firstDeath = (working: ReadonlyMap<string, Promise<void>>): Promise<never> =>
  new Promise((_, reject) => {
    for (const work of working.values()) work.catch(reject);
  });

async function listReleases(deps: Deps): Promise<readonly { ref: ObjectRef; uid: string }[]> {
  try {
    const { items } = await deps.objects.list('Release');
    return items.map((item) => ({ ref: refOf(item), uid: item.metadata.uid ?? '' }));
  } catch (error) {
    if (!(error instanceof ObjectsError)) throw error;
    deps.onTrouble?.({ kind: 'Release', namespace: '', name: '' }, error);
    return [];
  }
}

/** One release until it has ended. Errors of the API server are waited out, with back-off; a conflict is simply read anew. */
async function drive(ref: ObjectRef, deps: Deps, signal: AbortSignal): Promise<void> {
  const { clock, settings } = deps;
  let burst = 0;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const next = await takeTurn(ref, deps);
      failures = 0;
      if (next === 'never') return;
      burst = next === 'again' ? burst + 1 : 0;
      if (next === 'again' && burst < LONGEST_BURST) continue;
      burst = 0;
      await clock.sleep(settings.tickMs, signal);
    } catch (error) {
      if (!(error instanceof ObjectsError)) throw error;
      deps.onTrouble?.(ref, error);
      const ticks = error.reason === 'Conflict' ? 0 : Math.min(2 ** failures, LONGEST_BACKOFF_TICKS);
      failures += 1;
      await clock.sleep(ticks * settings.tickMs, signal);
    }
  }
}
