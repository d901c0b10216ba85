// Check: one DestinationRule tells the versions of a release apart (SRN1202), each by a subset that selects its pods only (SRN1204).
// Never asks which of them is stable when the release does not say (stable.ts does).
import { formatRef, refOf } from '../api/object.ts';
import { error, type Finding, problemAt } from './finding.ts';
import { pairOf } from './pair.ts';
import { type Case, located, type Scene } from './scene.ts';

export const subsets = (scene: Scene): readonly Finding[] =>
  scene.cases.flatMap((one) => {
    if (one.service === undefined) return [];
    const rules = ruleProblems(scene, one);
    if (rules.length > 0) return rules;
    const { canary, stable } = pairOf(scene, one);
    const results = [canary, one.release.spec.stable === undefined ? undefined : stable];
    return results.flatMap((result) =>
      result === undefined || result.ok ? [] : result.problems.map((problem) => error(located(scene, problem))),
    );
  });

function ruleProblems(scene: Scene, { release, namespace, rules }: Case): readonly Finding[] {
  const [rule, ...more] = rules;
  const { service } = release.spec;
  if (rule === undefined) {
    const problem = problemAt(scene, 'SRN1202', release, ['spec', 'service'], {
      message: `no DestinationRule is about \`${service}\`, so that its versions cannot be told apart`,
      found: scene.destinationRules.map(({ spec }) => `host ${spec.host}`).join(', ') || 'no DestinationRule',
      accepted: `a DestinationRule for host ${service}.${namespace}.svc.cluster.local with a subset for each version`,
    });
    return [error(problem)];
  }
  return more.map((other) =>
    error(
      problemAt(scene, 'SRN1202', other, ['spec', 'host'], {
        message: `another DestinationRule is about \`${service}\` already`,
        found: formatRef(refOf(rule)),
        accepted: 'one DestinationRule with all subsets',
      }),
    ),
  );
}
