// Check: a Deployment's selector picks its own pods and not the other version's; a Service's selector picks both (SRN1206).
// Never looks at subsets.
import type { Deployment } from '../api/kubernetes.ts';
import { error, type Finding, problemAt } from './finding.ts';
import { common, describeLabels, describeSelector, picks, selects } from './labels.ts';
import { pairOf } from './pair.ts';
import { type Case, podLabels, type Scene } from './scene.ts';

export const selectors = (scene: Scene): readonly Finding[] => [
  ...scene.deployments.flatMap((deployment) => ownPods(scene, deployment)),
  ...scene.cases.flatMap((one) => {
    const { stableDeployment } = pairOf(scene, one);
    const versions = [one.canary, stableDeployment].filter((version) => version !== undefined);
    return [...apart(scene, versions), ...serviceSelects(scene, one, versions)];
  }),
];

function ownPods(scene: Scene, deployment: Deployment): readonly Finding[] {
  const { selector } = deployment.spec;
  const labels = podLabels(deployment);
  const isEmpty =
    Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
  if (!isEmpty && picks(selector, labels)) return [];
  const problem = problemAt(scene, 'SRN1206', deployment, ['spec', 'selector'], {
    message: isEmpty ? 'an empty selector' : "the selector does not pick the template's own pods",
    found: describeSelector(selector),
    accepted: `labels of the template: ${describeLabels(labels)}`,
  });
  return [error(problem)];
}

/** Serin counts a version's pods by its Deployment's selector. */
function apart(scene: Scene, versions: readonly Deployment[]): readonly Finding[] {
  return versions.flatMap((deployment) =>
    versions
      .filter((other) => other !== deployment && picks(deployment.spec.selector, podLabels(other)))
      .map((other) =>
        error(
          problemAt(scene, 'SRN1206', deployment, ['spec', 'selector'], {
            message: `the selector picks the pods of Deployment \`${other.metadata.name}\` as well`,
            found: describeSelector(deployment.spec.selector),
            accepted: `a label that only this version has: ${describeLabels(ownLabels(deployment, other))}`,
          }),
        ),
      ),
  );
}

const ownLabels = (deployment: Deployment, other: Deployment) =>
  Object.fromEntries(Object.entries(podLabels(deployment)).filter(([key, value]) => podLabels(other)[key] !== value));

function serviceSelects(scene: Scene, { service }: Case, versions: readonly Deployment[]): readonly Finding[] {
  if (service === undefined) return [];
  const selector = service.spec.selector ?? {};
  const isEmpty = Object.keys(selector).length === 0;
  const left = versions.filter((deployment) => isEmpty || !selects(selector, podLabels(deployment)));
  if (left.length === 0) return [];
  const names = left.map((deployment) => `\`${deployment.metadata.name}\``).join(' and ');
  const [first = {}, second = first] = versions.map(podLabels);
  const problem = problemAt(scene, 'SRN1206', service, ['spec', 'selector'], {
    message: `the Service does not select the pods of ${names}, so that no subset of it can reach them`,
    found: isEmpty ? 'no selector' : describeLabels(selector),
    accepted: `labels that both versions have: ${describeLabels(common(first, second))}`,
  });
  return [error(problem)];
}
