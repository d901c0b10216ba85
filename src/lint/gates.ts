// Check: every gate's query can be read and can be a gate (SRN1401 … SRN1404), with its position in the file.
// Never evaluates. A policy without any gate is worth a warning (SRN1208).
import { prepareGate } from '../analysis/gate.ts';
import type { KubeObject } from '../api/object.ts';
import type { GateSpec, Release, ReleasePolicy } from '../api/release.ts';
import { error, type Finding, problemAt, warning } from './finding.ts';
import type { Scene } from './scene.ts';

export const gates = (scene: Scene): readonly Finding[] => [
  ...[...scene.policies, ...scene.cases.map(({ release }) => release)].flatMap((owner) => written(scene, owner)),
  ...unwatched(scene),
];

const written = (scene: Scene, owner: Release | ReleasePolicy): readonly Finding[] =>
  Object.entries(owner.spec.gates ?? {}).flatMap(([name, gate]) => unreadable(scene, owner, name, gate));

function unreadable(scene: Scene, owner: KubeObject, name: string, { promql }: GateSpec): readonly Finding[] {
  const prepared = prepareGate(name, promql);
  if (prepared.ok) return [];
  const path = ['spec', 'gates', name, 'promql'];
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

function unwatched(scene: Scene): readonly Finding[] {
  return scene.cases.flatMap(({ release, policy }) => {
    if (!policy.ok || Object.keys(policy.value.gates).length > 0) return [];
    const path = ['spec', release.spec.policy === undefined ? 'gates' : 'policy'];
    const problem = problemAt(scene, 'SRN1208', release, path, {
      message: 'the release has no gate: only the health of its pods can stop it',
      found: 'no gates',
      accepted: 'gates in the policy or in the release',
    });
    return [warning(problem)];
  });
}
