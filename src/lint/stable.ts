// Check: where a release does not name its stable version, the routes tell it by their weight (SRN1205).
// Never decides it for good: acceptance does, once.
import { error, type Finding } from './finding.ts';
import { pairOf } from './pair.ts';
import { leadsTo } from './routes.ts';
import { located, type Scene } from './scene.ts';

export const stable = (scene: Scene): readonly Finding[] =>
  scene.cases.flatMap((one) => {
    if (one.release.spec.stable !== undefined || !leadsTo(scene, one)) return [];
    const result = pairOf(scene, one).stable;
    return result === undefined || result.ok ? [] : result.problems.map((problem) => error(located(scene, problem)));
  });
