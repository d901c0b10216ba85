// The exact routes of a release of a cluster: as accepted, once it is; else as it would be accepted now.
// Never decides anew what status has fixed. Called by `serin plan RELEASE`.
import type { DestinationRule, VirtualService } from '../api/istio.ts';
import type { Loaded } from '../api/load.ts';
import { formatRef, type KubeObject, type ObjectRef, refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { statusOf } from '../controller/status-of.ts';
import { failed, type Result } from '../lib/result.ts';
import { resolvePlan } from '../release/resolve.ts';
import type { KnownRelease } from './find-release.ts';
import { type RoutePlan, routePlan, stepsOf } from './route-steps.ts';

export function standingPlan(known: KnownRelease, loaded: Loaded): Result<RoutePlan> {
  const { accepted } = statusOf(known);
  const release = known as unknown as Release;
  if (accepted === undefined) return routePlan(release, loaded);
  const { identity, policy } = accepted;
  const find = (ref: ObjectRef) => loaded.objects.find((object) => formatRef(refOf(object)) === formatRef(ref));
  const rule = find(identity.destinationRule);
  const services = identity.virtualServices.map(find);
  const gone = [identity.destinationRule, ...identity.virtualServices].filter((ref) => find(ref) === undefined);
  if (rule === undefined || gone.length > 0)
    return failed(
      ...gone.map((ref) => ({
        code: 'SRN1201' as const,
        place: { object: formatRef(refOf(release)) },
        message: `${formatRef(ref)} of the accepted release is gone`,
        accepted: 'the object, as it was',
      })),
    );
  return stepsOf(release, identity, resolvePlan(policy).steps, {
    virtualServices: services.filter((one): one is KubeObject => one !== undefined) as readonly VirtualService[],
    destinationRule: rule as DestinationRule,
  });
}
