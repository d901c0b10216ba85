// Match blocks for a clone of a user's route: the route's own conditions ANDed with further ones, in a form Istio keeps.
// Never returns a block that Istio would silently drop below a delegating root. Called by preview and mirror clones.
import type { HTTPMatchRequest, HTTPRoute } from '../api/istio.ts';
import { canonical } from '../lib/fingerprint.ts';
import { andMatches, andMethods, losesSource } from './and.ts';
import { conflicts, mergeMatches } from './delegate.ts';

export type Blocks =
  | { readonly kind: 'blocks'; readonly blocks: readonly HTTPMatchRequest[] }
  | { readonly kind: 'inexpressible'; readonly field: string; readonly block: HTTPMatchRequest };

/** The cross product with further conditions; pairs that no request satisfies are left out. */
export function blocksAnd(
  route: HTTPRoute,
  conditions: readonly HTTPMatchRequest[],
  roots: readonly HTTPRoute[],
): Blocks {
  const blocks: HTTPMatchRequest[] = [];
  for (const base of baseBlocks(route, roots)) {
    for (const condition of conditions) {
      const both = andMatches(base, condition);
      if (both.kind === 'inexpressible') return { kind: 'inexpressible', field: both.field, block: base };
      if (both.kind === 'match') blocks.push(both.match);
    }
  }
  return fitting(route, blocks, roots);
}

/** The cross product with methods. */
export const blocksWithMethods = (route: HTTPRoute, methods: readonly string[], roots: readonly HTTPRoute[]): Blocks =>
  fitting(
    route,
    baseBlocks(route, roots).flatMap((base) => andMethods(base, methods)),
    roots,
  );

/**
 * The route's own blocks; without any, one empty block. A delegate's route without any inherits the root's blocks as a
 * whole, but once it has one, two fields of it must equal the root's (hasConflict), so they are copied; with the gateways
 * where those make the namespace void.
 */
function baseBlocks(route: HTTPRoute, roots: readonly HTTPRoute[]): readonly HTTPMatchRequest[] {
  if ((route.match ?? []).length > 0) return route.match ?? [];
  const seeds = roots
    .flatMap((root) => root.match ?? [])
    .map(({ ignoreUriCase, sourceNamespace, gateways = [] }) => ({
      ...(ignoreUriCase && { ignoreUriCase }),
      ...(sourceNamespace !== undefined && { sourceNamespace }),
      ...(sourceNamespace !== undefined && gateways.length > 0 && { gateways }),
    }));
  const distinct = new Map(seeds.map((seed) => [canonical(seed), seed]));
  return distinct.size === 0 ? [{}] : [...distinct.values()];
}

/**
 * Istio drops a delegate's route whole, with only a log line, when one of its blocks conflicts with every block of the
 * root, and its idea of a conflict is wider than "no request satisfies both"; and what it merges may let more requests in
 * than both do. Blocks that no request can satisfy below any root are left out; else all of that is refused.
 */
function fitting(route: HTTPRoute, blocks: readonly HTTPMatchRequest[], roots: readonly HTTPRoute[]): Blocks {
  const merges = (root: HTTPRoute, match: readonly HTTPMatchRequest[]) =>
    mergeMatches(root.match ?? [], match) !== undefined;
  const alive = roots.filter((root) => merges(root, route.match ?? []));
  // A route that Istio drops below every root gets no requests, and so no clone.
  if (roots.length > 0 && alive.length === 0) return { kind: 'blocks', blocks: [] };
  const strict = alive.map((root) => root.match ?? []).filter((match) => match.length > 0);
  const every = alive.length > 0 && strict.length === alive.length;
  const kept: HTTPMatchRequest[] = [];
  for (const block of blocks) {
    if (every && strict.flat().every((root) => excludes(root, block))) continue;
    const misread = strict
      .flat()
      .find((root) => (conflicts(root, block) ? lost(route, root, block) : losesSource(root, block)));
    if (misread !== undefined) return { kind: 'inexpressible', field: 'delegate', block: misread };
    const fits = strict.map((match) => match.some((root) => !conflicts(root, block)));
    if (fits.every(Boolean)) kept.push(block);
    else if (fits.some(Boolean) || !every) return { kind: 'inexpressible', field: 'delegate', block };
  }
  const raised = kept.length > 0 && roots.find((root) => !alive.includes(root) && merges(root, kept));
  return raised
    ? { kind: 'inexpressible', field: 'delegate', block: raised.match?.[0] ?? {} }
    : { kind: 'blocks', blocks: kept };
}

/** Requests that the user's own route got below that block of the root, and its clone would not. */
const lost = (route: HTTPRoute, root: HTTPMatchRequest, block: HTTPMatchRequest): boolean =>
  fitted(route, root) && !excludes(root, block);

/** Whether the user's own route was in effect below that block of the root. */
const fitted = (route: HTTPRoute, root: HTTPMatchRequest): boolean =>
  (route.match ?? []).length === 0 || (route.match ?? []).some((own) => !conflicts(root, own));

const excludes = (root: HTTPMatchRequest, block: HTTPMatchRequest): boolean => andMatches(root, block).kind === 'never';
