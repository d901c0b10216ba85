// Check: a policy's own selectors can be read (SRN1401, SRN1406), and the versions' series can be told apart (SRN1212).
// Never looks at samples: whether there are such series, `serin metrics check` says.
import { identityOf, type VersionNames } from '../analysis/profiles/identity.ts';
import { identityRule, profileOf } from '../analysis/profiles/own.ts';
import { parsePath } from '../api/path.ts';
import type { MetricsSpec, Release, ReleasePolicy } from '../api/release.ts';
import { error, type Finding, problemAt } from './finding.ts';
import type { Case, Scene } from './scene.ts';

export const metrics = (scene: Scene): readonly Finding[] => [
  ...[...scene.policies, ...scene.cases.map(({ release }) => release)].flatMap((owner) => selectors(scene, owner)),
  ...scene.cases.flatMap((one) => identities(scene, one)),
];

function selectors(scene: Scene, owner: Release | ReleasePolicy): readonly Finding[] {
  const read = profileOf(owner.spec.metrics ?? {});
  if (read.ok) return [];
  return read.problems.map(({ place: { path = '', line = 1, column = 1 }, ...problem }) =>
    error({ ...problem, place: scene.places.inText(owner, ['spec', 'metrics', ...parsePath(path)], line, column) }),
  );
}

/** Which subset it is, acceptance says; that there is one, other checks. */
const SOME_SUBSET = 'subset';

function identities(scene: Scene, { release, namespace, policy, service, canary }: Case): readonly Finding[] {
  if (!policy.ok || service === undefined || canary === undefined) return [];
  const ports = (service.spec?.ports ?? []).map(({ port }) => port);
  const names: VersionNames = {
    deployment: canary.metadata.name,
    namespace,
    service: release.spec.service,
    subset: SOME_SUBSET,
    ports,
  };
  const spec: MetricsSpec = policy.value.metrics;
  const told = (['canary', 'stable'] as const).map((version) => identityOf(identityRule(spec, version), names, {}));
  const [problem] = told.flatMap((one) => (one.ok ? [] : one.problems));
  if (problem === undefined) return [];
  const path = ['spec', release.spec.policy === undefined ? 'metrics' : 'policy'];
  const { code, place: _, ...words } = problem;
  return [error(problemAt(scene, code, release, path, words))];
}
