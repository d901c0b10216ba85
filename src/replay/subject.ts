// What is replayed: a release with its policy, and the labels by which the series of its two versions are told.
// Never decides what acceptance decides where it can be asked. Called by cli/replay.ts and metrics-check.ts, before any sample is read.
import { prepareGate } from '../analysis/gate.ts';
import { probeRate } from '../analysis/probes.ts';
import { identityRule } from '../analysis/profiles/own.ts';
import type { DestinationRule, VirtualService } from '../api/istio.ts';
import type { Deployment, Service } from '../api/kubernetes.ts';
import type { Loaded } from '../api/load.ts';
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import {
  comparativeNames,
  type PolicySpec,
  queryGates,
  type Release,
  type ReleasePolicy,
  resolvePolicy,
} from '../api/release.ts';
import { assess, metricLabels } from '../controller/acceptance.ts';
import { seriesOf, type VersionObjects } from '../controller/series-of.ts';
import { at, type Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { resolvePlan } from '../release/resolve.ts';
import type { VersionName } from '../release/status.ts';
import { isReplayed } from './compared.ts';
import type { HindsightVersion } from './hindsight.ts';

export interface Subject {
  readonly release: Release;
  readonly policy: PolicySpec;
  readonly pair: Readonly<Record<VersionName, HindsightVersion>>;
}

/** Problems have the place of the release, of a gate's query, or none that is nearer. */
export function subjectOf(release: Release, loaded: Loaded): Result<Subject> {
  const subject = readableSubject(release, loaded);
  if (!subject.ok || replayedGates(subject.value.policy).length > 0) return subject;
  return failed(at(noGates(release, subject.value.policy), loaded.places.of(release)));
}

/** Their names; those with a query first. */
export const replayedGates = (policy: PolicySpec): readonly string[] => [
  ...queryGates(policy.gates).map(({ name }) => name),
  ...resolvePlan(policy)
    .comparative.filter(isReplayed)
    .map(({ name }) => name),
];

export const gatesNotReplayed = (policy: PolicySpec): readonly string[] => {
  const replayed = new Set(replayedGates(policy));
  return comparativeNames(policy.gates).filter((name) => !replayed.has(name));
};

/** As subjectOf, but a release without such a gate is fine: its series can be looked at all the same. */
export function readableSubject(release: Release, loaded: Loaded): Result<Subject> {
  const policies = ofKind<ReleasePolicy>(loaded, 'ReleasePolicy');
  const policy = resolvePolicy(release, policies);
  const found = policy.ok ? subjectUnder(policy.value, release, policies, loaded) : policy;
  if (found.ok) return found;
  const place = loaded.places.of(release);
  return failed(...found.problems.map((problem) => (problem.place.line === undefined ? at(problem, place) : problem)));
}

function subjectUnder(
  policy: PolicySpec,
  release: Release,
  policies: readonly ReleasePolicy[],
  loaded: Loaded,
): Result<Subject> {
  const broken = gateProblems(policy, release, policies, loaded);
  if (broken.length > 0) return failed(...broken);
  const pair = pairOf(policy, release, loaded);
  return pair.ok ? ok({ release, policy, pair: pair.value }) : pair;
}

const ofKind = <Kind extends KubeObject>({ objects }: Loaded, kind: string): readonly Kind[] =>
  objects.filter((object) => object.kind === kind) as unknown as readonly Kind[];

/** A gate is the release's own, or its policy's. */
function gateProblems(
  { gates }: PolicySpec,
  release: Release,
  policies: readonly ReleasePolicy[],
  { places }: Loaded,
): readonly Problem[] {
  const named = policies.find(
    ({ metadata }) => metadata.name === release.spec.policy && metadata.namespace === release.metadata.namespace,
  );
  return queryGates(gates).flatMap(({ name, promql }) => {
    const prepared = prepareGate(name, promql);
    const owner = release.spec.gates?.[name] === undefined ? (named ?? release) : release;
    return prepared.ok
      ? []
      : prepared.problems.map((problem) => {
          const { line = 1, column = 1 } = problem.place;
          return { ...problem, place: places.inText(owner, ['spec', 'gates', name, 'promql'], line, column) };
        });
  });
}

function noGates(release: Release, { gates }: PolicySpec): Problem {
  const others = comparativeNames(gates);
  return {
    code: 'SRN1208',
    place: { path: release.spec.policy === undefined ? 'spec.gates' : 'spec.policy' },
    message: 'the release has no gate that could be replayed',
    found: others.length === 0 ? 'no gates' : `${others.join(', ')}, which samples say nothing of`,
    accepted: "gates that compare or have `promql`, in the policy or in the release, or --set gates.NAME.promql='…'",
  };
}

/**
 * With the routes at hand, as acceptance has it. Without them the Deployments say enough: their selectors' labels tell the
 * versions apart, and the one beside the canary is stable.
 */
export function pairOf(policy: PolicySpec, release: Release, loaded: Loaded): Result<Subject['pair']> {
  const { namespace } = refOf(release);
  const deployments = ofKind<Deployment>(loaded, 'Deployment').filter((one) => refOf(one).namespace === namespace);
  const service = ofKind<Service>(loaded, 'Service').find(
    (one) => one.metadata.name === release.spec.service && refOf(one).namespace === namespace,
  );
  const rules = ofKind<DestinationRule>(loaded, 'DestinationRule');
  const virtualServices = ofKind<VirtualService>(loaded, 'VirtualService');
  const canary = namedDeployment(deployments, release.spec.canary.deployment, 'spec.canary.deployment');
  if (!canary.ok) return canary;
  if (service === undefined || rules.length === 0 || virtualServices.length === 0) {
    const stable = stableOf(release, deployments, canary.value);
    return stable.ok ? bySelectors(policy, release, stable.value, canary.value, namespace, service) : stable;
  }
  const acceptance = assess({
    now: 0,
    release,
    policies: ofKind<ReleasePolicy>(loaded, 'ReleasePolicy'),
    service,
    deployments,
    virtualServices,
    destinationRules: rules,
    // No revision is compared with any other here.
    revisionOf: () => '',
  });
  if (acceptance.kind !== 'accepted') return failed(...acceptance.problems);
  const version = (name: VersionName): HindsightVersion => {
    const { deployment, labels, pods } = acceptance.accepted.versions[name];
    const told = { deployment, labels, ...(pods === undefined ? {} : { pods }) };
    const own = deployments.find((one) => one.metadata.name === deployment);
    return { ...told, probesPerPod: own === undefined ? 0 : probeRate(own.spec.template, service) };
  };
  return ok({ stable: version('stable'), canary: version('canary') });
}

function namedDeployment(deployments: readonly Deployment[], name: string, path: string): Result<Deployment> {
  const found = deployments.find((one) => one.metadata.name === name);
  if (found !== undefined) return ok(found);
  return failed({
    code: 'SRN1201',
    place: { path },
    message: `Deployment ${name} is not among the files, and its labels say which series are of that version`,
    found: deployments.length === 0 ? 'no Deployment' : deployments.map(({ metadata }) => metadata.name).join(', '),
    accepted: `the file that holds it, added with -f`,
  });
}

function stableOf(release: Release, deployments: readonly Deployment[], canary: Deployment): Result<Deployment> {
  if (release.spec.stable !== undefined)
    return namedDeployment(deployments, release.spec.stable.deployment, 'spec.stable.deployment');
  const others = deployments.filter((one) => one !== canary);
  const [only] = others;
  if (only !== undefined && others.length === 1) return ok(only);
  return failed({
    code: 'SRN1205',
    place: { path: 'spec.stable' },
    message: 'which Deployment is stable cannot be told from the files',
    found:
      others.length === 0 ? 'no Deployment beside the canary' : others.map(({ metadata }) => metadata.name).join(', '),
    accepted:
      "stable's Deployment, and where there are several --set stable.deployment=NAME, or the Service with its VirtualServices and DestinationRule",
  });
}

function bySelectors(
  { metrics }: PolicySpec,
  release: Release,
  stable: Deployment,
  canary: Deployment,
  namespace: string,
  service: Service | undefined,
): Result<Subject['pair']> {
  const objectsOf = (one: Deployment): VersionObjects => ({
    names: {
      deployment: one.metadata.name,
      namespace,
      service: release.spec.service,
      ports: (service?.spec?.ports ?? []).map(({ port }) => port),
    },
    pods: metricLabels(namespace, one.spec.selector.matchLabels ?? {}),
  });
  const objects = { stable: objectsOf(stable), canary: objectsOf(canary) };
  const told = seriesOf(metrics, objects);
  if (!told.ok) {
    const { pods } = objects.canary;
    const alike = isWithin(objects.stable.pods, pods) || isWithin(pods, objects.stable.pods);
    const byPods = identityRule(metrics, 'canary').kind === 'podLabels';
    return failed(...(alike && byPods ? [sameSelectors(stable, canary)] : told.problems));
  }
  const version = (one: Deployment, name: VersionName): HindsightVersion => ({
    deployment: one.metadata.name,
    ...told.value[name],
    probesPerPod: service === undefined ? 0 : probeRate(one.spec.template, service),
  });
  return ok({ stable: version(stable, 'stable'), canary: version(canary, 'canary') });
}

const sameSelectors = (stable: Deployment, canary: Deployment): Problem => ({
  code: 'SRN1206',
  place: { object: formatRef(refOf(canary)), path: 'spec.selector.matchLabels' },
  message: `the selectors of ${stable.metadata.name} and ${canary.metadata.name} do not tell the versions' series apart`,
  found: JSON.stringify(canary.spec.selector.matchLabels ?? {}),
  accepted:
    'selectors with a label in which the two differ, or the Service with its VirtualServices and DestinationRule',
});

/** Whether the one's series are all among the other's. */
const isWithin = (outer: HindsightVersion['labels'], inner: HindsightVersion['labels']): boolean =>
  Object.entries(outer).every(([name, value]) => inner[name] === value);
