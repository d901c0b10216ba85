// Takes on a user's routes for one release: refuses what cannot be steered, records the form of what Serin will own.
// Never changes an object, never decides which subset is stable (stable.ts). Called once per attempt, at acceptance.
import { refOf } from '../api/object.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { delegateOf, namespaceOf, routesOf } from './delegate.ts';
import { formsOf } from './form.ts';
import { namesPair } from './pair.ts';
import { originalPool } from './pool.ts';
import { survey } from './survey.ts';
import type { RouteIdentity, RouteObjects, RoutePair } from './target.ts';

/** SRN1501 what cannot be expressed, SRN1502 no route leads to stable, SRN1202 missing subsets; all of them at once. */
export function accept(objects: RouteObjects, pair: RoutePair): Result<RouteIdentity> {
  if (1_000_000 % pair.total !== 0) throw new RangeError(`a weight total of ${pair.total} is not from weightTotal`);
  const problems = survey(objects, pair);
  if (problems.length > 0) return failed(...problems);
  const all = objects.virtualServices;
  const naming = all.filter((service) =>
    routesOf(service).some((route) => namesPair(route, { pair, namespace: namespaceOf(service) })),
  );
  const delegating = all.filter((root) =>
    routesOf(root).some((route) => {
      const delegate = route.delegate && delegateOf(route, root, all);
      return delegate !== undefined && naming.includes(delegate);
    }),
  );
  const { service, namespace, stable, canary, total } = pair;
  return ok({
    ...{ service, namespace, stable, canary, total },
    virtualServices: all.filter((one) => naming.includes(one) || delegating.includes(one)).map(refOf),
    destinationRule: refOf(objects.destinationRule),
    original: {
      routes: naming.flatMap((one) =>
        formsOf(one, { pair: { service, namespace, stable, canary, total }, namespace: namespaceOf(one) }),
      ),
      pool: originalPool(objects.destinationRule, canary),
    },
  });
}
