// Check: every gate's query can be read and can be a gate (SRN1401 … SRN1404), with its position in the file.
// Never evaluates. Worth a warning: a policy without any gate (SRN1208), a gate that fails whenever there is data (SRN1405).
import { prepareGate } from '../analysis/gate.ts';
import type { KubeObject } from '../api/object.ts';
import type { Path } from '../api/path.ts';
import { queryGates, type Release, type ReleasePolicy } from '../api/release.ts';
import { canBeEmpty } from './emptiness.ts';
import { error, type Finding, problemAt, warning } from './finding.ts';
import type { Scene } from './scene.ts';

export const gates = (scene: Scene): readonly Finding[] => [
  ...[...scene.policies, ...scene.cases.map(({ release }) => release)].flatMap((owner) => written(scene, owner)),
  ...unwatched(scene),
];

const written = (scene: Scene, owner: Release | ReleasePolicy): readonly Finding[] =>
  queryGates(owner.spec.gates ?? {}).flatMap(({ name, promql }) => ofGate(scene, owner, name, promql));

function ofGate(scene: Scene, owner: KubeObject, name: string, promql: string): readonly Finding[] {
  const prepared = prepareGate(name, promql);
  const path = ['spec', 'gates', name, 'promql'];
  if (prepared.ok) return canBeEmpty(prepared.value.expr) ? [] : [alwaysFails(scene, owner, path, promql)];
  return prepared.problems.map(({ code, message, found, accepted, place: { line = 1, column = 1 } }) =>
    error({
      code,
      place: scene.places.inText(owner, path, line, column),
      message,
      ...(found === undefined ? {} : { found }),
      ...(accepted === undefined ? {} : { accepted }),
    }),
  );
}

/** Whoever writes a rate without a limit means to add one; the first answer would roll the release back. */
const alwaysFails = (scene: Scene, owner: KubeObject, path: Path, promql: string): Finding => {
  const text = promql.trim().replaceAll(/\s+/g, ' ');
  return warning(
    problemAt(scene, 'SRN1405', owner, path, {
      message:
        'the query compares nothing, and every series that a gate returns is a failure: it fails as soon as there is data',
      found: text.length > 80 ? `${text.slice(0, 79)}…` : text,
      accepted: 'a comparison that holds only when the canary is bad, for example: … > 0.01',
    }),
  );
};

function unwatched(scene: Scene): readonly Finding[] {
  return scene.cases.flatMap(({ release, policy }) => {
    if (!policy.ok || Object.keys(policy.value.gates).length > 0) return [];
    const path = ['spec', release.spec.policy === undefined ? 'gates' : 'policy'];
    const problem = problemAt(scene, 'SRN1208', release, path, {
      message: 'the release has no gate: only the health of its pods can stop it',
      found: 'no gates',
      accepted: 'gates in the policy or in the release, or no `gates` at all, which means the default ones',
    });
    return [warning(problem)];
  });
}
