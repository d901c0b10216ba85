// Which subset and which Deployment are canary and stable for one release, as far as its objects tell.
// Never reports: the checks subsets.ts, stable.ts and steerable.ts do, each its part.
import type { Deployment } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, type Result } from '../lib/result.ts';
import { stableSubset, subsetFor } from '../routing/stable.ts';
import { type Labels, selects } from './labels.ts';
import { type Case, podLabels, routeObjects, type Scene } from './scene.ts';

/** A version of the release; undefined where something before it is missing, so that nothing can be said. */
export interface Pair {
  readonly canary: Result<string> | undefined;
  /** SRN1204 for a Deployment without a subset of its own, SRN1205 where the weight does not tell. */
  readonly stable: Result<string> | undefined;
  readonly stableDeployment: Deployment | undefined;
}

export function pairOf(scene: Scene, one: Case): Pair {
  const objects = routeObjects(scene, one);
  if (objects === undefined) return { canary: undefined, stable: undefined, stableDeployment: one.namedStable };
  const { destinationRule: rule } = objects;
  const own = (deployment: Deployment): Result<string> =>
    subsetFor(rule, podLabels(deployment), othersOf(one, deployment));
  const canary = one.canary === undefined ? undefined : own(one.canary);
  if (one.release.spec.stable !== undefined) {
    const stable = one.namedStable === undefined ? undefined : own(one.namedStable);
    return { canary, stable, stableDeployment: one.namedStable };
  }
  if (canary === undefined || !canary.ok || one.service === undefined)
    return { canary, stable: undefined, stableDeployment: undefined };
  const stable = stableSubset(objects, one.release.spec.service, one.namespace, canary.value);
  if (!stable.ok) {
    const isAlone = carriesAlone(scene, one, canary.value);
    return { canary, stable: isAlone ? failed(sameVersion(one)) : stable, stableDeployment: undefined };
  }
  const labels = rule.spec.subsets?.find(({ name }) => name === stable.value)?.labels;
  const behind = labels === undefined ? [] : behindSubset(scene, one, labels);
  const [deployment, ...more] = behind;
  if (deployment !== undefined && more.length === 0) {
    // The weight is on a subset of stable's pods; it must not be on the canary's as well.
    const apart = own(deployment);
    return { canary, stable: apart.ok ? stable : apart, stableDeployment: deployment };
  }
  // A subset that is not defined is told of by its own check.
  if (labels === undefined) return { canary, stable: undefined, stableDeployment: undefined };
  return { canary, stable: { ok: false, problems: [unclear(one, stable.value, behind)] }, stableDeployment: undefined };
}

/** The canary's own subset holds the weight: the Deployment is the stable version. */
function carriesAlone(scene: Scene, one: Case, canary: string): boolean {
  const objects = routeObjects(scene, one);
  if (objects === undefined) return false;
  const holder = stableSubset(objects, one.release.spec.service, one.namespace, NO_SUBSET);
  return holder.ok && holder.value === canary;
}

/** No subset can have that name, so that none is left out. */
const NO_SUBSET = ' ';

function sameVersion({ release, namespace, versions }: Case): Problem {
  const { deployment } = release.spec.canary;
  const others = versions.map(({ metadata }) => metadata.name).filter((name) => name !== deployment);
  return {
    code: 'SRN1205',
    place: { object: `Release/${namespace}/${release.metadata.name}`, path: 'spec.canary.deployment' },
    message: 'stable and canary are the same Deployment: its subset carries all requests already',
    found: JSON.stringify(deployment),
    accepted: others.join(', ') || 'the Deployment of the new version',
  };
}

/** The pods of every other version of the service: a subset that picks them too would mix the versions. */
const othersOf = ({ versions, canary, namedStable }: Case, deployment: Deployment): readonly Labels[] => {
  const rest = [...versions, canary, namedStable].filter((one) => one !== undefined && one !== deployment);
  return rest.map((one) => (one === undefined ? {} : podLabels(one)));
};

/** Among the pods of the Service; where it selects none of them, which is told by its own check, among all of the namespace. */
function behindSubset(scene: Scene, { namespace, versions, canary }: Case, labels: Labels): readonly Deployment[] {
  const behind = scene.deployments.filter(
    (deployment) =>
      refOf(deployment).namespace === namespace && deployment !== canary && selects(labels, podLabels(deployment)),
  );
  const selected = behind.filter((deployment) => versions.includes(deployment));
  return selected.length > 0 ? selected : behind;
}

const unclear = ({ release, namespace }: Case, subset: string, behind: readonly Deployment[]): Problem => ({
  code: 'SRN1205',
  place: { object: `Release/${namespace}/${release.metadata.name}`, path: 'spec.service' },
  message: `subset \`${subset}\` holds the weight, and ${behind.length === 0 ? 'no Deployment stands' : 'several Deployments stand'} behind it`,
  found: behind.map((deployment) => deployment.metadata.name).join(', ') || 'no such Deployment',
  accepted: 'one Deployment with the labels of that subset, or `stable: { deployment: … }` in the release',
});
