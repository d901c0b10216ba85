// Whether a release can be run, and what is fixed for its whole life when it can: the pair, the policy, the routes' original form.
// Never reads anything itself; never decided again later (design.md §3). Called by the controller's first turns.
import { prepareGate } from '../analysis/gate.ts';
import type { DestinationRule, HTTPMatchRequest, HTTPRoute, VirtualService } from '../api/istio.ts';
import { validate } from '../api/kinds.ts';
import type { Deployment, Service } from '../api/kubernetes.ts';
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import { queryGates, type Release, type ReleasePolicy, resolvePolicy } from '../api/release.ts';
import { parseDuration } from '../lib/duration.ts';
import { at, type Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { toTime } from '../lib/time.ts';
import type { Plan } from '../release/plan.ts';
import { resolvePlan } from '../release/resolve.ts';
import type { Accepted, AcceptedVersion, VersionName } from '../release/status.ts';
import { accept } from '../routing/accept.ts';
import { withAdded } from '../routing/added.ts';
import { ambientProblems } from '../routing/ambient.ts';
import type { Choice, Version } from '../routing/choose.ts';
import { chooseFor } from '../routing/choose-for.ts';
import { hostMeans } from '../routing/host.ts';
import { renderPromoted } from '../routing/promote.ts';
import { render } from '../routing/render.ts';
import { rivals } from '../routing/rivals.ts';
import type { RouteIdentity, RouteObjects } from '../routing/target.ts';
import { hiding } from '../routing/visibility.ts';
import { seriesOf, type VersionObjects } from './series-of.ts';

export interface AcceptanceInput {
  readonly now: number;
  readonly release: Release;
  readonly policies: readonly ReleasePolicy[];
  readonly service?: Service;
  /** The release's, where there is such an object: files have none. */
  readonly namespace?: KubeObject;
  readonly deployments: readonly Deployment[];
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  readonly revisionOf: (deployment: Deployment) => string;
}

export type Acceptance =
  | { readonly kind: 'accepted'; readonly accepted: Accepted; readonly plan: Plan }
  /** Something is missing that may still come: GitOps applies in any order. */
  | { readonly kind: 'pending'; readonly problems: readonly Problem[] }
  | { readonly kind: 'rejected'; readonly problems: readonly Problem[] };

export function assess(input: AcceptanceInput): Acceptance {
  const answer = assemble(input);
  if (answer.ok) return { kind: 'accepted', ...answer.value };
  const object = formatRef(refOf(input.release));
  const problems = answer.problems.map((problem) => at(problem, { object }));
  const waits = problems.every(({ code }) => code === 'SRN1201' || code === 'SRN1202' || code === 'SRN1502');
  return { kind: waits ? 'pending' : 'rejected', problems };
}

function assemble(input: AcceptanceInput): Result<{ accepted: Accepted; plan: Plan }> {
  const { release, service } = input;
  const invalid = [release, ...policiesOf(input)].flatMap((object) => validate(object));
  if (invalid.length > 0) return failed(...invalid);
  const policy = resolvePolicy(release, input.policies);
  if (!policy.ok) return policy;
  const gates = queryGates(policy.value.gates).map(({ name, promql }) => prepareGate(name, promql));
  const broken = gates.flatMap((gate) => (gate.ok ? [] : gate.problems));
  if (broken.length > 0) return failed(...broken);
  if (service === undefined) return failed(missing('Service', release.spec.service, 'spec.service'));
  const namespace = refOf(release).namespace;
  const pair = pairOf(input, service);
  if (!pair.ok) return pair;
  const plan = resolvePlan(policy.value);
  const { stable, canary, rule, pins, added } = pair.value;
  const routes: RouteObjects = { virtualServices: input.virtualServices, destinationRule: rule };
  const names = { service: release.spec.service, namespace, stable: stable.subset, canary: canary.subset };
  const refused = refusals(
    input,
    service,
    pair.value,
    plan.steps.flatMap(({ target }) => target.preview ?? []),
  );
  if (refused.length > 0) return failed(...refused);
  const identity = accept(routes, { ...names, total: plan.total, ...(pins && { pins }), ...(added && { added }) });
  if (!identity.ok) return identity;
  // A preview or a mirror of some methods may be inexpressible on some route; better told now than in the middle.
  const own = standing(routes, identity.value);
  const rendered = [
    ...plan.steps.map(({ target }) => render(own, identity.value, target)),
    renderPromoted(own, identity.value),
  ];
  const inexpressible = rendered.flatMap((one) => (one.ok ? [] : one.problems));
  if (inexpressible.length > 0) return failed(...inexpressible);
  const objectsOf = ({ deployment, subset }: Side): VersionObjects => ({
    names: {
      deployment: deployment.metadata.name,
      namespace,
      service: release.spec.service,
      subset,
      ports: (service.spec?.ports ?? []).map(({ port }) => port),
    },
    pods: identityLabels(namespace, service, withAdded(rule, added), subset),
  });
  const told = seriesOf(policy.value.metrics, { stable: objectsOf(stable), canary: objectsOf(canary) });
  if (!told.ok) return told;
  const versionOf = (name: VersionName): AcceptedVersion => {
    const { deployment } = pair.value[name];
    return {
      deployment: deployment.metadata.name,
      revision: input.revisionOf(deployment),
      replicas: deployment.spec.replicas ?? 1,
      ...told.value[name],
    };
  };
  const accepted: Accepted = {
    at: toTime(input.now),
    versions: { stable: versionOf('stable'), canary: versionOf('canary') },
    policy: policy.value,
    identity: identity.value,
    ...timeoutsOf(input.virtualServices, release.spec.service, namespace),
  };
  return ok({ accepted, plan });
}

/** Neither types nor CEL of a CRD say all that files are checked for; and its objects may be older than a rule. */
const policiesOf = ({ release, policies }: AcceptanceInput): readonly ReleasePolicy[] =>
  policies.filter(
    (policy) => policy.metadata.name === release.spec.policy && refOf(policy).namespace === refOf(release).namespace,
  );

/** What the release may write: gather reads exactly these later. */
const standing = (routes: RouteObjects, { virtualServices }: RouteIdentity): RouteObjects => ({
  ...routes,
  virtualServices: routes.virtualServices.filter((one) =>
    virtualServices.some((ref) => formatRef(ref) === formatRef(refOf(one))),
  ),
});

/** What would make every step a lie: routes that nobody reads, or that another object overrules. */
function refusals(
  input: AcceptanceInput,
  service: Service,
  { stable, canary }: Pair,
  previews: readonly HTTPMatchRequest[],
): readonly Problem[] {
  const named = { service: service.metadata.name, namespace: refOf(service).namespace };
  const subsets = { stable: stable.subset, canary: canary.subset };
  return [
    ...ambientProblems(input.namespace, service, [stable.deployment, canary.deployment], previews),
    ...rivals(input.virtualServices, named),
    ...hiding(input.destinationRules, named, subsets),
  ];
}

interface Side {
  readonly deployment: Deployment;
  readonly subset: string;
}

type Pair = Pick<Choice, 'rule' | 'pins' | 'added'> & Readonly<Record<VersionName, Side>>;

/** The canary is named; stable is named too, or is the version that holds the weight. */
function pairOf(input: AcceptanceInput, service: Service): Result<Pair> {
  const { release, deployments } = input;
  const { namespace } = refOf(release);
  const here = new Map(
    deployments.filter((one) => refOf(one).namespace === namespace).map((one) => [one.metadata.name, one]),
  );
  const named = [
    ['spec.canary.deployment', release.spec.canary.deployment],
    ['spec.stable.deployment', release.spec.stable?.deployment ?? release.spec.canary.deployment],
  ] as const;
  const gone = named.find(([, name]) => !here.has(name));
  if (gone !== undefined) return failed(missing('Deployment', gone[1], gone[0]));
  const chosen = chooseFor({ ...input, service });
  if (chosen === undefined) throw new TypeError('both Deployments are there');
  if (!chosen.ok) return chosen;
  const { canary, stable, ...choice } = chosen.value;
  if (!canary.ok) return canary;
  if (!stable.ok) return stable;
  const sideOf = ({ workload, subset }: Version): Side => ({
    deployment: here.get(workload.name) as Deployment,
    subset,
  });
  return ok({ ...choice, canary: sideOf(canary.value), stable: sideOf(stable.value) });
}

const missing = (kind: string, name: string, path: string): Problem => ({
  code: 'SRN1201',
  place: { path },
  message: `${kind} ${name} does not exist`,
  accepted: `a ${kind} in the release's namespace`,
});

/** The labels by which a version's series are told apart: those of the Service's selector and of the subset. */
function identityLabels(
  namespace: string,
  service: Service,
  rule: DestinationRule,
  subset: string,
): AcceptedVersion['labels'] {
  const own = rule.spec.subsets?.find((one) => one.name === subset)?.labels;
  return metricLabels(namespace, { ...service.spec.selector, ...own });
}

/** Labels of pods as their series carry them. */
export function metricLabels(namespace: string, labels: Readonly<Record<string, string>>): AcceptedVersion['labels'] {
  const asMetric = Object.entries(labels).map(([name, value]) => [name.replaceAll(/[^a-zA-Z0-9_]/g, '_'), value]);
  return { namespace, ...Object.fromEntries(asMetric) };
}

/** Of the routes that lead to the service. Istio's default is none, and so is 0. */
function timeoutsOf(
  virtualServices: readonly VirtualService[],
  service: string,
  namespace: string,
): Pick<Accepted, 'routeTimeoutMs' | 'untimed'> {
  const leads = (route: HTTPRoute, from: string) =>
    (route.route ?? []).some(({ destination }) => hostMeans(destination.host, from, service, namespace));
  const timeouts = virtualServices.flatMap((one) =>
    (one.spec.http ?? [])
      .filter((route) => leads(route, refOf(one).namespace))
      .map((route) => parseDuration(route.timeout ?? '0') ?? 0),
  );
  return { routeTimeoutMs: Math.max(0, ...timeouts), ...(timeouts.includes(0) ? { untimed: true } : {}) };
}
