// Check: the mesh reads the routes of a release at all, and nothing else speaks for them: ambient mode without a waypoint
// (SRN1503), two VirtualServices for one host (SRN1215), rules and routes that not every proxy sees (SRN1216).
// The same refusals as acceptance's; what only may fail requests is a warning.
import { ambientProblems } from '../routing/ambient.ts';
import { rivals } from '../routing/rivals.ts';
import { hiding, unseen } from '../routing/visibility.ts';
import { error, type Finding, warning } from './finding.ts';
import { pairOf } from './pair.ts';
import { type Case, located, type Scene } from './scene.ts';

export const mesh = (scene: Scene): readonly Finding[] => scene.cases.flatMap((one) => ofCase(scene, one));

function ofCase(scene: Scene, one: Case): readonly Finding[] {
  const { service, namespace, canary, release } = one;
  if (service === undefined) return [];
  const { choice, stableDeployment } = pairOf(scene, one);
  const versions = [stableDeployment, canary].filter((version) => version !== undefined);
  const around = scene.namespaces.find(({ metadata }) => metadata.name === namespace);
  const named = { service: release.spec.service, namespace };
  const previews = one.policy.ok ? one.policy.value.plan.flatMap(({ preview }) => preview?.match ?? []) : [];
  const refused = [
    ...ambientProblems(around, service, versions, previews),
    ...rivals(scene.virtualServices, named),
    ...(choice?.canary.ok && choice.stable.ok
      ? hiding(scene.destinationRules, named, {
          stable: choice.stable.value.subset,
          canary: choice.canary.value.subset,
        })
      : []),
  ];
  const doubtful = choice === undefined ? [] : unseen(scene.virtualServices, choice.rule, named);
  return [
    ...refused.map((problem) => error(located(scene, problem))),
    ...doubtful.map((problem) => warning(located(scene, problem))),
  ];
}
