// Check: no two releases are about one service (SRN1203); each would undo the other's routes.
// Never looks at anything else of the releases.
import { formatRef, refOf } from '../api/object.ts';
import { error, type Finding, problemAt } from './finding.ts';
import type { Scene } from './scene.ts';

export const oneRelease = (scene: Scene): readonly Finding[] =>
  scene.cases.flatMap(({ release, namespace }, index) => {
    const { service } = release.spec;
    const first = scene.cases.findIndex((one) => one.namespace === namespace && one.release.spec.service === service);
    const before = scene.cases[first];
    if (first === index || before === undefined) return [];
    const { file, line } = scene.places.of(before.release);
    const at = file === undefined ? '' : ` at ${file}:${line}`;
    const problem = problemAt(scene, 'SRN1203', release, ['spec', 'service'], {
      message: `another release is about \`${service}\` already`,
      found: `${formatRef(refOf(before.release))}${at}`,
      accepted: 'one release per service at a time',
    });
    return [error(problem)];
  });
