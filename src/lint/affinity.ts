// Check: consistentHash on a service whose traffic a release will split (SRN1207, a warning).
// Never forbids it. Source: Envoy picks the cluster by weight before its ring hash picks a host, so the hash keeps nobody on a version.
import type { DestinationRule, TrafficPolicy } from '../api/istio.ts';
import type { Path } from '../api/path.ts';
import { type Finding, problemAt, warning } from './finding.ts';
import type { Case, Scene } from './scene.ts';

export const affinity = (scene: Scene): readonly Finding[] =>
  scene.cases.filter(splits).flatMap(({ release, rules }) =>
    rules.flatMap((rule) =>
      hashes(rule).map((path) =>
        warning(
          problemAt(scene, 'SRN1207', rule, path, {
            message: `consistentHash keeps a caller on a pod, not on a version of \`${release.spec.service}\`: a shift draws anew for every request`,
            found: 'consistentHash beside weights',
            accepted: 'a preview by header or cookie for callers who must stay on one version',
          }),
        ),
      ),
    ),
  );

/** Shares of 0 % and 100 % draw nothing. */
const splits = ({ policy }: Case): boolean =>
  policy.ok && policy.value.plan.some(({ shift }) => shift !== undefined && !/^100(\.0+)?%$/.test(shift.traffic));

const hashes = ({ spec }: DestinationRule): readonly Path[] => [
  ...inPolicy(spec.trafficPolicy, ['spec', 'trafficPolicy']),
  ...(spec.subsets ?? []).flatMap(({ trafficPolicy }, index) =>
    inPolicy(trafficPolicy, ['spec', 'subsets', index, 'trafficPolicy']),
  ),
];

const inPolicy = (policy: TrafficPolicy | undefined, path: Path): readonly Path[] => [
  ...(policy?.loadBalancer?.consistentHash === undefined ? [] : [[...path, 'loadBalancer', 'consistentHash']]),
  ...(policy?.portLevelSettings ?? []).flatMap(({ loadBalancer }, index) =>
    loadBalancer?.consistentHash === undefined
      ? []
      : [[...path, 'portLevelSettings', index, 'loadBalancer', 'consistentHash']],
  ),
];
