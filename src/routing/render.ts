// The user's objects with one release's target on them: render(objects, identity, target), pure, applied at every turn.
// Never touches what Serin does not own: it strips its own things, looks the rest over, and puts the target on. Called by the controller.
import type { HTTPRoute, VirtualService } from '../api/istio.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { withAdded } from './added.ts';
import { type Blocks, blocksAnd, blocksWithMethods } from './clones.ts';
import { rootsOf } from './delegate.ts';
import { freeKey, printOf } from './form.ts';
import { addMirror } from './mirror.ts';
import { reaches } from './pair.ts';
import { pin, pinnedPair } from './pin.ts';
import { addPool } from './pool.ts';
import { PREVIEW_PREFIX, previewClone } from './preview.ts';
import { type StrippedRoute, type StrippedService, strippedObjects, stripService, withRoutes } from './strip.ts';
import { refused, survey } from './survey.ts';
import type { RouteIdentity, RouteObjects, RouteTarget } from './target.ts';
import { canaryUnits, shiftWeights } from './weights.ts';

const MIRROR_PREFIX = 'serin-mirror-';

/** Everything to stable, with nothing of Serin's on the objects but what tells the versions apart. */
const asksNothing = ({ canary, mirror, preview, pool }: RouteTarget): boolean =>
  canary === 0 && !pool && (mirror === undefined || mirror.share === 0) && (preview ?? []).length === 0;

/**
 * Going back always succeeds: with nothing asked for, this is `strip`, and what was missing added. Going forward fails with the problems that
 * acceptance would name now, after the user's later edits. A mirror beside live weight is a programming error.
 */
export function render(objects: RouteObjects, identity: RouteIdentity, target: RouteTarget): Result<RouteObjects> {
  if (target.mirror !== undefined && target.canary > 0) {
    throw new Error('a mirror must not stand beside live weight: requests would reach the canary twice');
  }
  const found = objects.virtualServices.map((service) => stripService(service, identity));
  const users = strippedObjects(objects, found, identity);
  if (target.stage === 'restored') return ok(users);
  const destinationRule = withAdded(users.destinationRule, identity.added);
  if (target.stage === 'prepared') return ok({ ...users, destinationRule });
  const services = found.map(pinned);
  const stripped = { virtualServices: services.map(({ virtualService }) => virtualService), destinationRule };
  if (asksNothing(target)) return ok(stripped);
  const problems: Problem[] = [...survey(stripped, pinnedPair(identity))];
  if (problems.length > 0) return failed(...problems);
  const scene: Scene = { identity, target, all: stripped.virtualServices, problems, previews: 0 };
  const virtualServices = services.map((service) => renderService(service, scene));
  if ((target.preview ?? []).length > 0 && scene.previews === 0 && problems.length === 0) {
    problems.push(previewNowhere(identity));
  }
  if (problems.length > 0) return failed(...problems);
  const { destinationRule: rule } = stripped;
  return ok({ virtualServices, destinationRule: target.pool ? addPool(rule, identity.canary) : rule });
}

function pinned(service: StrippedService): StrippedService {
  const routes = service.routes.map(({ route, record }) => ({ route: pin(route, service.view, record), record }));
  const http = routes.map(({ route }) => route);
  return { ...service, virtualService: withRoutes(service.virtualService, http), routes };
}

/** What one rendering gathers besides its result. */
interface Scene {
  readonly identity: RouteIdentity;
  readonly target: RouteTarget;
  readonly all: readonly VirtualService[];
  readonly problems: Problem[];
  previews: number;
}

function renderService(service: StrippedService, scene: Scene): VirtualService {
  const { view, routes, records, virtualService } = service;
  const roots = rootsOf(virtualService, scene.all);
  const taken = new Set(records.map(({ key }) => key));
  const http = routes.flatMap(({ route, record }, index) => {
    if (!reaches(route, view, 'stable')) return [route];
    const key = record?.key ?? freeKey(printOf(route, view), taken);
    const on: OnRoute = { route, record, index, key, service, roots };
    return [...previewOf(on, scene), ...mirrorCloneOf(on, scene), mainOf(on, scene)];
  });
  return withRoutes(virtualService, http);
}

/** One of the user's routes that lead to stable, with all that is known about it. */
interface OnRoute extends StrippedRoute {
  /** Its place among the user's own routes, for messages. */
  readonly index: number;
  readonly key: string;
  readonly service: StrippedService;
  readonly roots: readonly HTTPRoute[];
}

const refuse = (on: OnRoute, field: string, message: string, found: string, accepted: string): Problem =>
  refused(on.service.virtualService, `spec.http[${on.index}].${field}`, message, found, accepted);

function mainOf(on: OnRoute, scene: Scene): HTTPRoute {
  const { mirror, canary } = scene.target;
  if (mirror?.methods === 'all') return mirrored(on.route, on, scene) ?? on.route;
  const { view } = on.service;
  const shifted = shiftWeights(on.route, view, canaryUnits(canary, scene.identity.total), on.record);
  if (shifted !== undefined) return shifted;
  const message = `weights times ${scene.identity.total} exceed what Istio can hold (int32)`;
  scene.problems.push(refuse(on, 'route', message, 'large weights', 'the same proportion in smaller numbers'));
  return on.route;
}

function mirrorCloneOf(on: OnRoute, scene: Scene): readonly HTTPRoute[] {
  const { mirror } = scene.target;
  if (mirror === undefined || mirror.methods === 'all' || mirror.share === 0) return [];
  const match = blocksOf(blocksWithMethods(on.route, mirror.methods, on.roots), on, scene);
  if (match.length === 0) return [];
  const clone = mirrored({ ...on.route, name: `${MIRROR_PREFIX}${on.key}`, match }, on, scene);
  return clone === undefined ? [] : [clone];
}

function mirrored(route: HTTPRoute, on: OnRoute, scene: Scene): HTTPRoute | undefined {
  const { mirror } = scene.target;
  if (mirror === undefined || mirror.share === 0) return route;
  const added = addMirror(route, mirror.share, on.service.view, on.roots);
  if (added === undefined) {
    const message = 'a root that delegates here has a mirror too, and Istio would put the two together anew';
    const accepted = 'the mirrors in one of the two places';
    scene.problems.push(refuse(on, 'mirror', message, 'mirrors in both', accepted));
  }
  return added;
}

function previewOf(on: OnRoute, scene: Scene): readonly HTTPRoute[] {
  const conditions = scene.target.preview ?? [];
  if (conditions.length === 0) return [];
  const match = blocksOf(blocksAnd(on.route, conditions, on.roots), on, scene);
  if (match.length === 0) return [];
  scene.previews += 1;
  return [previewClone(on.route, on.key, match, on.service.view)];
}

function blocksOf(result: Blocks, on: OnRoute, scene: Scene): NonNullable<HTTPRoute['match']> {
  if (result.kind === 'blocks') return result.blocks;
  const message =
    result.field === 'delegate'
      ? 'Istio would drop or widen the added condition below the route that delegates here'
      : `the added condition on ${result.field} cannot be combined with the route's own`;
  const accepted = 'a condition on another field, or exact or nested prefix values on this one';
  scene.problems.push(refuse(on, 'match', message, JSON.stringify(result.block), accepted));
  return [];
}

const previewNowhere = ({ service, namespace }: RouteIdentity): Problem => ({
  code: 'SRN1501',
  place: { object: `Service/${namespace}/${service}` },
  message: 'no route could ever be taken by a preview caller: every match contradicts the preview',
  accepted: `conditions that some route to ${service} allows (clones are named ${PREVIEW_PREFIX}*)`,
});
