// Arithmetic on route targets: equality, exposure, and the next target on the way to a wanted one.
// Never reads the routes themselves. Called by the plan, the fold and the policies.
import { ALL, formatShare, NONE } from '../lib/share.ts';
import type { RouteTarget } from '../routing/target.ts';

/** Which traffic the canary gets (design.md §2). */
export type Exposure = 'none' | 'preview' | 'mirrored' | 'live';

/** What a release wants of the routes: a target for the pair, or the end state in which the canary is the new stable. */
export type RouteIntent = { readonly kind: 'pair'; readonly target: RouteTarget } | { readonly kind: 'promoted' };

/** Everything to stable, no copies, no preview, no pool: the routes as the user wrote them, but for what tells the versions apart. */
export const NOTHING: RouteTarget = { canary: NONE, pool: false };
/** Before the first target and after the last: added subsets stand, and no route names them yet, or any more. */
export const PREPARED: RouteTarget = { ...NOTHING, stage: 'prepared' };
/** The end of a roll back: the user's objects, and nothing else. */
export const RESTORED: RouteTarget = { ...NOTHING, stage: 'restored' };

export const pairIntent = (target: RouteTarget): RouteIntent => ({ kind: 'pair', target });

/** Targets are plain JSON built by one hand, so their text decides; key order is that of `normal`. */
export const sameTarget = (a: RouteTarget, b: RouteTarget): boolean =>
  JSON.stringify(normal(a)) === JSON.stringify(normal(b));

export const sameIntent = (a: RouteIntent, b: RouteIntent): boolean =>
  a.kind === 'pair' && b.kind === 'pair' ? sameTarget(a.target, b.target) : a.kind === b.kind;

const normal = (target: RouteTarget) => [
  target.canary,
  target.mirror === undefined ? null : [target.mirror.share, target.mirror.methods],
  target.preview ?? null,
  target.pool,
  target.stage ?? null,
];

export function exposureOf(target: RouteTarget): Exposure {
  if (target.canary > 0) return 'live';
  if (target.mirror !== undefined) return 'mirrored';
  return target.preview === undefined ? 'none' : 'preview';
}

/** The live share of the canary under an intent: all of it once promoted. */
export const canaryShare = (intent: RouteIntent) => (intent.kind === 'promoted' ? ALL : intent.target.canary);

/**
 * The next target on the way from one to another, each to be confirmed before the one after it (design.md §4): copies
 * and previews end first, then the pool they needed; a pool stands before the copies that it bounds.
 */
export function nextTarget(from: RouteTarget, to: RouteTarget): RouteTarget {
  // A subset stands, and every proxy knows of it, before a route names it.
  if (from.stage !== undefined) return from.stage === 'restored' ? PREPARED : NOTHING;
  const { mirror, preview, ...rest } = from;
  if ((mirror !== undefined && to.mirror === undefined) || (preview !== undefined && to.preview === undefined)) {
    const kept = to.mirror !== undefined && mirror !== undefined ? { mirror } : {};
    return { ...rest, ...kept };
  }
  // Live weight leaves the canary before copies of the same requests go there.
  if (from.canary > 0 && to.canary === 0 && to.mirror !== undefined) return { ...rest, canary: NONE };
  if (from.pool !== to.pool) return { ...from, pool: to.pool };
  return to;
}

/** "everything to stable", "mirror 10%", "canary 0.1%": a target for people. */
export function describeTarget(target: RouteTarget): string {
  if (target.canary > 0) return `canary ${formatShare(target.canary)}`;
  if (target.mirror !== undefined) return `mirror ${formatShare(target.mirror.share)}`;
  if (target.preview !== undefined) return 'preview';
  if (target.stage === 'prepared') return 'everything to stable, subsets added';
  if (target.stage === 'restored') return 'everything to stable, nothing of Serin left';
  return target.pool ? 'everything to stable, pool for copies set' : 'everything to stable';
}

export const describeIntent = (intent: RouteIntent): string =>
  intent.kind === 'promoted' ? 'the canary as the new stable' : describeTarget(intent.target);
