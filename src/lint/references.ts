// Check: what a release refers to by name is there, in its namespace (SRN1201).
// Never looks at what the named objects hold.
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import type { Path } from '../api/path.ts';
import { closest } from '../api/suggest.ts';
import { error, type Finding, problemAt } from './finding.ts';
import { type Case, located, type Scene } from './scene.ts';

export const references = (scene: Scene): readonly Finding[] =>
  scene.cases.flatMap((one) => {
    const { service, canary, stable } = one.release.spec;
    return [
      ...missing(scene, one, scene.services, service, ['spec', 'service']),
      ...missing(scene, one, scene.deployments, canary.deployment, ['spec', 'canary', 'deployment']),
      ...(stable === undefined
        ? []
        : missing(scene, one, scene.deployments, stable.deployment, ['spec', 'stable', 'deployment'])),
      ...(one.policy.ok ? [] : one.policy.problems.map((problem) => error(located(scene, problem)))),
    ];
  });

function missing(
  scene: Scene,
  { release, namespace }: Case,
  candidates: readonly KubeObject[],
  name: string,
  path: Path,
): readonly Finding[] {
  const here = candidates.filter((one) => refOf(one).namespace === namespace).map((one) => one.metadata.name);
  if (here.includes(name)) return [];
  const kind = path.includes('service') ? 'Service' : 'Deployment';
  // Names that differ in their numbers only are other versions, not slips of the pen.
  const near = closest(
    name,
    here.filter((other) => withoutDigits(other) !== withoutDigits(name)),
  );
  const elsewhere = candidates.find((one) => one.metadata.name === name);
  const hint =
    elsewhere !== undefined
      ? `, only ${formatRef(refOf(elsewhere))}`
      : near === undefined
        ? ''
        : `; did you mean \`${near}\`?`;
  const problem = problemAt(scene, 'SRN1201', release, path, {
    message: `no ${kind} \`${name}\` in namespace ${namespace}${hint}`,
    found: JSON.stringify(name),
    accepted: here.length === 0 ? `a ${kind} named ${name} in namespace ${namespace}` : here.join(', '),
  });
  return [error(problem)];
}

const withoutDigits = (text: string): string => text.replaceAll(/\d+/g, '');
