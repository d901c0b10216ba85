// Whether a version that should get no more traffic really has none in flight (design.md §4, order of effects).
// Never scales anything. Called by rollingBack, revision and cleanUp.
import { formatDuration } from '../lib/duration.ts';
import { fromTime } from '../lib/time.ts';
import { type Facts, isFreshAt } from './facts.ts';
import type { VersionName } from './status.ts';

export type Drain =
  | { readonly kind: 'draining'; readonly message: string }
  | { readonly kind: 'drained'; readonly message: string }
  /** The limit has passed and requests still move or cannot be read: leave it running, and say so. */
  | { readonly kind: 'unproven'; readonly message: string };

/** Facts/istio.md, real-cluster.md: drain = confirmed propagation + the longest request. */
export function drainOf(facts: Facts, version: VersionName): Drain {
  const { settings, now, status } = facts;
  const state = facts.versions[version];
  if (!state.found || state.running === 0) return { kind: 'drained', message: 'no container of it runs' };
  const begun = drainBegan(status);
  const limit = drainLimitMs(facts);
  const unproven = isOverLimit(facts);
  const { readTo, lastMovedAt } = facts.traffic[version];
  const twoScrapes = 2 * settings.scrapeIntervalMs;
  if (readTo === undefined || !isFreshAt(readTo, facts)) {
    const message = 'its request counters cannot be read';
    return {
      kind: unproven ? 'unproven' : 'draining',
      message: unproven ? `${message} for ${formatDuration(limit)}` : message,
    };
  }
  const confirmedAt = status.route.confirmed === undefined ? undefined : fromTime(status.route.confirmed.at);
  const quietMs = readTo - Math.max(lastMovedAt ?? 0, begun);
  const waited = confirmedAt === undefined ? 0 : now - confirmedAt;
  const longest = longestRequestMs(facts);
  if (confirmedAt !== undefined && quietMs >= twoScrapes && waited >= longest) {
    return { kind: 'drained', message: `no request for ${formatDuration(quietMs)}` };
  }
  return unproven
    ? { kind: 'unproven', message: `requests still move ${formatDuration(limit)} after the routes were changed` }
    : {
        kind: 'draining',
        message: `waiting for requests in flight (up to ${formatDuration(longest)})`,
      };
}

/** A counter shows a request when it is answered: one that is under way has as long as its route gives it. */
const longestRequestMs = ({ settings, status }: Facts): number => {
  const { routeTimeoutMs, untimed } = status.accepted;
  return Math.max(routeTimeoutMs, untimed === true ? (settings.untimedRequestMs ?? 0) : 0);
};

/** How long any proof that a version may end, and its end, is waited for (design.md §4). */
export const drainLimitMs = (facts: Facts): number => Math.max(facts.settings.drainLimitMs, longestRequestMs(facts));

/**
 * What lets go on whoever has taken traffic away: that it is seen to be gone, or, past the limit, routes that were read back. Of a
 * version without containers nobody may ever tell a sample.
 */
export const proofOf = (facts: Facts): 'seen' | 'readBack' => (isOverLimit(facts) ? 'readBack' : 'seen');

const isOverLimit = (facts: Facts): boolean => facts.now - limitBegan(facts.status) > drainLimitMs(facts);

/** Never while the routes themselves are not there: those are waited for as long as it takes. */
function limitBegan({ route, rollBack }: Facts['status']): number {
  if (route.withdrawnAt === undefined) return Infinity;
  const away = fromTime(route.withdrawnAt);
  return rollBack === undefined ? away : Math.max(away, fromTime(rollBack.at));
}

/** The last route change, and not before the roll back itself: an older target may have stood for long. */
function drainBegan({ route, rollBack }: Facts['status']): number {
  const changed = fromTime(route.readBackAt ?? route.intendedAt);
  return rollBack === undefined ? changed : Math.max(changed, fromTime(rollBack.at));
}
