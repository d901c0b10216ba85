// By what a version's series are told, under the release's profile: decided at acceptance, from objects, and kept in the status.
// Never reads samples. Called by acceptance.ts; and by replay, which may know no routes.
import { identityOf, type VersionNames } from '../analysis/profiles/identity.ts';
import { identityRule, profileOf } from '../analysis/profiles/own.ts';
import type { MetricsSpec } from '../api/release.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import type { AcceptedVersion, VersionName } from '../release/status.ts';

type Labels = AcceptedVersion['labels'];
type Told = Pick<AcceptedVersion, 'labels' | 'pods'>;

export interface VersionObjects {
  readonly names: VersionNames;
  /** As the pods' own series carry them. */
  readonly pods: Labels;
}

/** SRN1401 and SRN1406 for selectors, SRN1212 where the versions' series could not be told apart; paths are those of a release. */
export function seriesOf(
  metrics: MetricsSpec,
  objects: Readonly<Record<VersionName, VersionObjects>>,
): Result<Readonly<Record<VersionName, Told>>> {
  const profile = profileOf(metrics);
  if (!profile.ok) return failed(...profile.problems.map(inPolicy));
  const told = (version: VersionName): Result<Told> => {
    const rule = identityRule(metrics, version);
    const labels = identityOf(rule, objects[version].names, objects[version].pods);
    if (!labels.ok)
      return failed(...labels.problems.map((problem) => ({ ...problem, place: { path: 'spec.metrics' } })));
    return ok(
      rule.kind === 'podLabels' ? { labels: labels.value } : { labels: labels.value, pods: objects[version].pods },
    );
  };
  const [stable, canary] = [told('stable'), told('canary')];
  if (!stable.ok) return stable;
  if (!canary.ok) return canary;
  const alike =
    isWithin(stable.value.labels, canary.value.labels) || isWithin(canary.value.labels, stable.value.labels);
  return alike ? failed(mixed(canary.value.labels)) : ok({ stable: stable.value, canary: canary.value });
}

const inPolicy = ({ place: { path }, ...problem }: Problem): Problem => ({
  ...problem,
  place: { path: path === undefined ? 'spec.metrics' : `spec.metrics.${path}` },
});

/** Whether the one's series are all among the other's. */
const isWithin = (outer: Labels, inner: Labels): boolean =>
  Object.entries(outer).every(([name, value]) => inner[name] === value);

const mixed = (labels: Labels): Problem => ({
  code: 'SRN1212',
  place: { path: 'spec.metrics' },
  message: "the versions' series cannot be told apart: the labels of the one are among those of the other",
  found: JSON.stringify(labels),
  accepted: 'labels in which the two differ, by the pods or by `metrics.versions`',
});
