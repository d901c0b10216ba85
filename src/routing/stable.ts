// Which subset is which: the one that holds the weight, and the one that selects given pods.
// Never remembers: acceptance asks once and records the answer. Called by the controller and by lint.
import type { DestinationRule, Subset } from '../api/istio.ts';
import { formatRef, refOf } from '../api/object.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { namespaceOf, routesOf } from './delegate.ts';
import { hostMeans } from './host.ts';
import { carries, destinationsOf, isOwn } from './pair.ts';
import type { RouteObjects } from './target.ts';

/** The subsets of a service that carry requests, with where; the empty name is a route without one. */
export function carriers(
  { virtualServices }: Pick<RouteObjects, 'virtualServices'>,
  service: string,
  namespace: string,
): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const virtualService of virtualServices) {
    for (const [index, route] of routesOf(virtualService).entries()) {
      if (isOwn(route)) continue;
      const destinations = destinationsOf(route);
      for (const [place, { destination }] of destinations.entries()) {
        const leads = hostMeans(destination.host, namespaceOf(virtualService), service, namespace);
        if (!leads || !carries(destinations, place)) continue;
        const subset = destination.subset ?? '';
        const at = `${formatRef(refOf(virtualService))} spec.http[${index}]`;
        found.set(subset, [...(found.get(subset) ?? []), at]);
      }
    }
  }
  return found;
}

/** The one subset beside the canary's that carries requests; SRN1205 when none does, several do, or a route names none. */
export function stableSubset(
  objects: Pick<RouteObjects, 'virtualServices'>,
  service: string,
  namespace: string,
  canarySubset: string,
): Result<string> {
  const found = carriers(objects, service, namespace);
  found.delete(canarySubset);
  const [only, ...more] = found.keys();
  if (only !== undefined && only !== '' && more.length === 0) return ok(only);
  return failed(unclear(service, namespace, found));
}

function unclear(service: string, namespace: string, found: ReadonlyMap<string, readonly string[]>): Problem {
  const open = found.get('');
  const accepted = 'name stable.deployment in the release, or give all weight to one subset';
  const place = { object: `Service/${namespace}/${service}` };
  if (found.size === 0) {
    const message = `no http route gives a subset of ${service} any weight beside the canary's`;
    return { code: 'SRN1205', place, message, found: 'no such route', accepted: 'a route to the stable subset' };
  }
  if (open !== undefined) {
    const message = `a route leads to ${service} without naming a subset, and so to every version of it`;
    return { code: 'SRN1205', place, message, found: open.join(', '), accepted: "the stable version's subset on each" };
  }
  const message = `several subsets of ${service} carry requests`;
  const list = [...found].map(([subset, places]) => `${subset} (${places.join(', ')})`).join(', ');
  return { code: 'SRN1205', place, message, found: list, accepted };
}

type Labels = Readonly<Record<string, string>>;

const selects = (subset: Subset, labels: Labels): boolean =>
  Object.entries(subset.labels ?? {}).every(([key, value]) => labels[key] === value);

/**
 * The subset that selects these pods and none of the `others` (the other version's). Among several the one with the most
 * labels, if every other one's labels are among its own; else SRN1204.
 */
export function subsetFor(rule: DestinationRule, podLabels: Labels, others: readonly Labels[] = []): Result<string> {
  const subsets = rule.spec.subsets ?? [];
  const selecting = subsets.filter((subset) => selects(subset, podLabels));
  const alone = selecting.filter((subset) => !others.some((labels) => selects(subset, labels)));
  const narrowest = alone.find((subset) => alone.every((wider) => selects(wider, subset.labels ?? {})));
  const equal = alone.filter((subset) => narrowest !== undefined && selects(narrowest, subset.labels ?? {}));
  if (narrowest !== undefined && equal.length === 1) return ok(narrowest.name);
  const named = (list: readonly Subset[]) => list.map(({ name }) => name).join(', ');
  const labels = Object.entries(podLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
  const message =
    alone.length > 1
      ? `several subsets select the pods with ${labels}`
      : selecting.length > 0
        ? `every subset that selects the pods with ${labels} selects the other version's too`
        : `no subset selects the pods with ${labels}`;
  return failed({
    code: 'SRN1204',
    place: { object: formatRef(refOf(rule)), path: 'spec.subsets' },
    message,
    found: named(alone.length > 1 ? alone : selecting.length > 0 ? selecting : subsets) || 'no subsets',
    accepted: 'one subset whose labels only these pods have, for example their version label',
  });
}
