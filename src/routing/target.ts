// What the routes should do for one release, as data: the target, and the identity it is rendered with.
// Never reads or writes objects. Imported by routing's renderers, by release/ (which decides targets) and by mesh and lint.
import type {
  ConnectionPoolSettings,
  DestinationRule,
  HTTPMatchRequest,
  HTTPRoute,
  TrafficPolicy,
  VirtualService,
} from '../api/istio.ts';
import type { ObjectRef } from '../api/object.ts';
import type { Share } from '../lib/share.ts';

export interface MirrorTarget {
  readonly share: Share;
  /** Upper-case method names, or all of them. */
  readonly methods: 'all' | readonly string[];
}

/** Where traffic goes. A mirror exists never while `canary` is above zero (design.md §6). */
export interface RouteTarget {
  /** Live share of the canary; stable has the rest. */
  readonly canary: Share;
  readonly mirror?: MirrorTarget;
  /** Callers who reach the canary although its share is zero. */
  readonly preview?: readonly HTTPMatchRequest[];
  /** Whether the canary subset carries the bounding connection pool. */
  readonly pool: boolean;
  /**
   * Before the first target and after the last one of a roll back. `prepared`: the subsets that Serin adds are there, and no
   * route names them yet, or any more; `restored`: the user's objects as they were.
   */
  readonly stage?: 'prepared' | 'restored';
}

/** Which service, which two subsets, on which scale; fixed at acceptance. */
export interface RoutePair {
  /** Name and namespace of the Service. */
  readonly service: string;
  readonly namespace: string;
  readonly stable: string;
  readonly canary: string;
  /** One weight total for the whole release, so that shares stay integers (`weightTotal`). */
  readonly total: number;
  /**
   * Destinations without a subset stand for stable: they are pinned to its subset from before the canary's first request until
   * the canary has no pods any more, or for good once promoted.
   */
  readonly pins?: true;
  readonly added?: Added;
}

/** What Serin adds to tell the versions apart, because it was missing (added.ts). */
export interface Added {
  /** The whole DestinationRule is Serin's; with the policy that a wider rule gave the host until then. */
  readonly rule?: { readonly trafficPolicy?: TrafficPolicy };
  readonly subsets: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[];
}

/** The objects that a release may write, as they stand. */
export interface RouteObjects {
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRule: DestinationRule;
}

/** What the user's objects said, in the fields that Serin will own; plain JSON, kept in the release's status. */
export interface RouteIdentity extends RoutePair {
  /** Those VirtualServices that lead to the pair, their delegates and their roots included. */
  readonly virtualServices: readonly ObjectRef[];
  readonly destinationRule: ObjectRef;
  readonly original: RouteOriginal;
}

/** Owned fields as the user wrote them; filled by routing/accept.ts, read by strip and render. */
export interface RouteOriginal {
  /** Every route that names the pair, in the order of the objects. */
  readonly routes: readonly OriginalRoute[];
  readonly pool: OriginalPool;
}

/** The canary subset's own policy: whether it had one, and the connection pool in it. */
export interface OriginalPool {
  readonly trafficPolicy: boolean;
  readonly connectionPool?: ConnectionPoolSettings;
}

/**
 * The form of one route. What matters (proportions, other mirrors) is read from the route itself at every turn; this
 * only says how the user had written it, so that the same text comes back.
 */
export interface OriginalRoute {
  readonly virtualService: ObjectRef;
  /** Names Serin's clones of this route: its name, or a fingerprint, with an occurrence number. */
  readonly key: string;
  readonly print: RoutePrint;
  /** Weights as written; an absent weight was not written, an absent destination did not stand there. */
  readonly stable?: { readonly weight?: number };
  readonly canary?: { readonly weight?: number; readonly beforeStable: boolean };
  /** Stable's destination was written without a subset. */
  readonly open?: true;
  readonly mirror?: OwnMirror;
}

/** How a route is found again after edits: what Serin does not own, in three parts that rarely change together. */
export interface RoutePrint {
  readonly name?: string;
  readonly match: string;
  readonly rest: string;
}

/** The user's own mirror, in the spelling it had. */
export type OwnMirror = Pick<HTTPRoute, 'mirror' | 'mirrors' | 'mirrorPercentage' | 'mirrorPercent' | 'mirror_percent'>;
