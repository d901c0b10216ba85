// What the routes should do for one release, as data: the target, and the identity it is rendered with.
// Never reads or writes objects. Imported by routing's renderers, by release/ (which decides targets) and by mesh and lint.
import type { DestinationRule, HTTPMatchRequest, VirtualService } from '../api/istio.ts';
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
}

/** The objects that a release may write, as they stand. */
export interface RouteObjects {
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRule: DestinationRule;
}

/** What the user's objects said, in the fields that Serin will own; plain JSON, kept in the release's status. */
export interface RouteIdentity extends RoutePair {
  /** Those VirtualServices that lead to the pair, delegates included. */
  readonly virtualServices: readonly ObjectRef[];
  readonly destinationRule: ObjectRef;
  readonly original: RouteOriginal;
}

/** Owned fields per route, as the user wrote them; filled by routing/accept.ts, read by render and strip. */
export interface RouteOriginal {
  readonly routes: readonly OriginalRoute[];
  /** The canary subset's own trafficPolicy, if it had one. */
  readonly pool?: unknown;
}

export interface OriginalRoute {
  readonly virtualService: ObjectRef;
  /** A stable key of the route: its name, or a hash of everything Serin does not own, with an occurrence number. */
  readonly key: string;
  readonly route: unknown;
  readonly mirror?: unknown;
}
