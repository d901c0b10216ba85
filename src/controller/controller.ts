// The loop: every release gets its turns, one at a time, at once when something was written and else every tick.
// Never decides and holds no state that a restart would miss. Called by rehearsal (and later operator).
import { formatRef, type ObjectRef, refOf } from '../api/object.ts';
import { ObjectsError } from '../objects/objects.ts';
import type { Deps } from './deps.ts';
import { planningOnce } from './gates.ts';
import { takeTurn } from './turn.ts';

/** After this many writes in a row a release waits for its tick: a loop of writes must not starve the others. */
const LONGEST_BURST = 10;
const LONGEST_BACKOFF_TICKS = 16;

/**
 * Runs until the signal. What is not an ObjectsError is a bug or an injected death: it ends the controller when no other
 * release is under way, and else is told and waited out, since one release must not take protection from the others.
 */
export async function runController(deps: Deps, signal: AbortSignal): Promise<void> {
  // By name, not by uid: a release made anew under the same name is driven by one worker at a time too.
  const working = new Map<string, Promise<void>>();
  const dying = new AbortController();
  const stop = AbortSignal.any([signal, dying.signal]);
  let ended: ReadonlySet<string> = new Set();
  while (!stop.aborted) {
    const releases = await listReleases(deps);
    if (releases !== undefined) ended = new Set(releases.filter(({ uid }) => ended.has(uid)).map(({ uid }) => uid));
    for (const { ref, uid } of releases ?? []) {
      const name = formatRef(ref);
      if (working.has(name) || ended.has(uid)) continue;
      const work = drive({ ref, uid }, deps, stop, () => working.size === 1).then(
        () => {
          working.delete(name);
          ended = new Set([...ended, uid]);
        },
        (death: unknown) => dying.abort(death),
      );
      working.set(name, work);
    }
    await deps.clock.sleep(deps.settings.tickMs, stop);
  }
  await Promise.all(working.values());
  if (dying.signal.aborted) throw dying.signal.reason;
}

interface Known {
  readonly ref: ObjectRef;
  readonly uid: string;
}

/** Undefined when the API server cannot tell. */
async function listReleases(deps: Deps): Promise<readonly Known[] | undefined> {
  try {
    const { items } = await deps.objects.list('Release');
    return items.map((item) => ({ ref: refOf(item), uid: item.metadata.uid ?? '' }));
  } catch (error) {
    if (!(error instanceof ObjectsError)) throw error;
    deps.onTrouble?.({ kind: 'Release', namespace: '', name: '' }, error);
    return undefined;
  }
}

/** One release until it has ended. Errors are waited out, with back-off; a conflict is simply read anew. */
async function drive({ ref, uid }: Known, deps: Deps, signal: AbortSignal, isAlone: () => boolean): Promise<void> {
  const { clock, settings } = deps;
  const gatesOf = planningOnce();
  let burst = 0;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const next = await takeTurn(ref, deps, uid, gatesOf);
      failures = 0;
      if (next === 'never') return;
      burst = next === 'again' ? burst + 1 : 0;
      if (next === 'again' && burst < LONGEST_BURST) continue;
      burst = 0;
      await clock.sleep(settings.tickMs, signal);
    } catch (error) {
      if (!(error instanceof ObjectsError) && isAlone()) throw error;
      deps.onTrouble?.(ref, error);
      const ticks = isConflict(error) ? 0 : Math.min(2 ** failures, LONGEST_BACKOFF_TICKS);
      failures += isConflict(error) ? 0 : 1;
      await clock.sleep(ticks * settings.tickMs, signal);
    }
  }
}

const isConflict = (error: unknown): boolean => error instanceof ObjectsError && error.reason === 'Conflict';
