// A release's objects, put as the question which subsets are its pair's.
// Never answers it (choose.ts does). Called by the controller's acceptance and by lint.
import type { DestinationRule, VirtualService } from '../api/istio.ts';
import type { Deployment, Service } from '../api/kubernetes.ts';
import { formatRef, refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { selects } from '../api/selector.ts';
import type { Result } from '../lib/result.ts';
import { type Choice, choosePair, type Workload } from './choose.ts';

export interface ReleaseObjects {
  readonly release: Release;
  readonly service: Service;
  readonly deployments: readonly Deployment[];
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
}

/** Undefined while a Deployment that the release names is not there. */
export function chooseFor(objects: ReleaseObjects): Result<Choice> | undefined {
  const { release, service, virtualServices, destinationRules } = objects;
  const { namespace } = refOf(release);
  const workloads = objects.deployments.filter((one) => refOf(one).namespace === namespace).map(workloadOf);
  const named = (name: string) => workloads.find((one) => one.name === name);
  const canary = named(release.spec.canary.deployment);
  const stable = release.spec.stable === undefined ? undefined : named(release.spec.stable.deployment);
  if (canary === undefined || (release.spec.stable !== undefined && stable === undefined)) return undefined;
  const { selector = {} } = service.spec;
  const isEmpty = Object.keys(selector).length === 0;
  return choosePair({
    release: formatRef(refOf(release)),
    service: release.spec.service,
    namespace,
    virtualServices,
    destinationRules,
    workloads,
    selected: workloads.filter(({ labels }) => !isEmpty && selects(selector, labels)),
    canary,
    ...(stable && { stable }),
  });
}

const workloadOf = ({ metadata, spec }: Deployment): Workload => ({
  name: metadata.name,
  labels: spec.template.metadata?.labels ?? {},
  selector: spec.selector.matchLabels ?? {},
  replicas: spec.replicas ?? 1,
});
