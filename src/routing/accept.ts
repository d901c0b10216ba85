// Takes on a user's routes for one release: refuses what cannot be steered, records the form of what Serin will own.
// Never changes an object, never decides which subset is stable (stable.ts). Called once per attempt, at acceptance.
import type { VirtualService } from '../api/istio.ts';
import { refOf } from '../api/object.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { withAdded } from './added.ts';
import { delegateOf, namespaceOf, routesOf } from './delegate.ts';
import { formsOf } from './form.ts';
import { namesPair, type View } from './pair.ts';
import { pin, pinnedPair } from './pin.ts';
import { originalPool } from './pool.ts';
import { withRoutes } from './strip.ts';
import { survey } from './survey.ts';
import type { RouteIdentity, RouteObjects, RoutePair } from './target.ts';

/** SRN1501 what cannot be expressed, SRN1502 no route leads to stable, SRN1202 missing subsets; all of them at once. */
export function accept(objects: RouteObjects, pair: RoutePair): Result<RouteIdentity> {
  if (1_000_000 % pair.total !== 0) throw new RangeError(`a weight total of ${pair.total} is not from weightTotal`);
  const { virtualServices: all, destinationRule } = objects;
  const asReleased = {
    virtualServices: all.map((one) => pinnedAll(one, pair)),
    destinationRule: withAdded(destinationRule, pair.added),
  };
  const problems = survey(asReleased, pinnedPair(pair));
  if (problems.length > 0) return failed(...problems);
  const naming = all.filter((service) =>
    routesOf(service).some((route) => namesPair(route, { pair, namespace: namespaceOf(service) })),
  );
  const delegating = all.filter((root) =>
    routesOf(root).some((route) => {
      const delegate = route.delegate && delegateOf(route, root, all);
      return delegate !== undefined && naming.includes(delegate);
    }),
  );
  return ok({
    ...pair,
    virtualServices: all.filter((one) => naming.includes(one) || delegating.includes(one)).map(refOf),
    destinationRule: refOf(destinationRule),
    original: {
      routes: naming.flatMap((one) => formsOf(one, { pair, namespace: namespaceOf(one) })),
      pool: originalPool(destinationRule, pair.canary),
    },
  });
}

/** As render will have it: what is open still, for example a mirror, is then a problem. */
function pinnedAll(service: VirtualService, pair: RoutePair): VirtualService {
  const view: View = { pair, namespace: namespaceOf(service) };
  if (pair.pins !== true) return service;
  return withRoutes(
    service,
    routesOf(service).map((route) => pin(route, view, { open: true })),
  );
}
