// Check: one DestinationRule tells the versions of a release apart (SRN1202), each by a subset that selects its pods only (SRN1204).
// What is missing Serin adds, which is worth a warning (SRN1213). Never asks which version is stable when the release does not
// say (stable.ts does).
import { error, type Finding, problemAt, warning } from './finding.ts';
import { describeLabels } from './labels.ts';
import { type Pair, pairOf } from './pair.ts';
import { type Case, located, type Scene } from './scene.ts';

export const subsets = (scene: Scene): readonly Finding[] =>
  scene.cases.flatMap((one) => {
    const pair = pairOf(scene, one);
    const results = [pair.canary, one.release.spec.stable === undefined ? undefined : pair.stable];
    const problems = [...pair.problems, ...results.flatMap((result) => (result?.ok === false ? result.problems : []))];
    return [...problems.map((problem) => error(located(scene, problem))), ...additions(scene, one, pair)];
  });

function additions(scene: Scene, { release }: Case, { choice }: Pair): readonly Finding[] {
  if (choice?.added === undefined || !choice.canary.ok || !choice.stable.ok) return [];
  const { rule, subsets: added } = choice.added;
  const what = added.map(({ name, labels }) => `\`${name}\` (${describeLabels(labels)})`).join(' and ');
  const noun = added.length === 1 ? 'subset' : 'subsets';
  const { service } = release.spec;
  const message =
    rule === undefined
      ? `the DestinationRule of \`${service}\` lacks ${noun} ${what}: Serin adds that while the release runs, and keeps it once promoted`
      : `no DestinationRule is about \`${service}\`: Serin makes one with ${noun} ${what} while the release runs, and keeps it once promoted`;
  const names = (choice.rule.spec.subsets ?? []).map(({ name }) => name).join(', ');
  const problem = problemAt(scene, 'SRN1213', release, ['spec', 'service'], {
    message,
    found: rule === undefined ? names || 'no subsets' : 'no DestinationRule',
    accepted: 'as it is; or the same in your own manifests',
  });
  return [warning(problem)];
}
