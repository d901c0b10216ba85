// The exact routes of a release at every step, from its manifests alone: what the controller will write.
// Never decides what the controller does not: acceptance and rendering are the controller's own. Called by `serin plan`.
import type { DestinationRule, VirtualService } from '../api/istio.ts';
import type { Deployment, Service } from '../api/kubernetes.ts';
import type { Loaded } from '../api/load.ts';
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import type { Release, ReleasePolicy } from '../api/release.ts';
import { assess } from '../controller/acceptance.ts';
import { at, type Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import type { Step } from '../release/plan.ts';
import { emptyRule } from '../routing/added.ts';
import { renderPromoted } from '../routing/promote.ts';
import { render } from '../routing/render.ts';
import type { RouteIdentity, RouteObjects } from '../routing/target.ts';

export interface RouteStep {
  /** Undefined after the last step: what promotion leaves behind. */
  readonly step?: Step;
  readonly objects: RouteObjects;
}

export interface RoutePlan {
  readonly release: Release;
  readonly identity: RouteIdentity;
  readonly steps: readonly RouteStep[];
}

export function routePlan(release: Release, loaded: Loaded): Result<RoutePlan> {
  const plan = planOf(release, loaded.objects);
  return plan.ok ? plan : failed(...plan.problems.map((problem) => located(problem, release, loaded)));
}

function planOf(release: Release, objects: readonly KubeObject[]): Result<RoutePlan> {
  const ofKind = <Kind extends KubeObject>(kind: string) => objects.filter((object) => object.kind === kind) as Kind[];
  const { namespace } = refOf(release);
  const service = ofKind<Service>('Service').find(
    (one) => one.metadata.name === release.spec.service && refOf(one).namespace === namespace,
  );
  const around = ofKind<KubeObject>('Namespace').find((one) => one.metadata.name === namespace);
  const virtualServices = ofKind<VirtualService>('VirtualService');
  const acceptance = assess({
    now: 0,
    release,
    policies: ofKind<ReleasePolicy>('ReleasePolicy'),
    deployments: ofKind<Deployment>('Deployment'),
    destinationRules: ofKind<DestinationRule>('DestinationRule'),
    virtualServices,
    ...(around !== undefined && { namespace: around }),
    // A plan is the same whatever the revision.
    revisionOf: () => '',
    ...(service !== undefined && { service }),
  });
  if (acceptance.kind !== 'accepted') return failed(...acceptance.problems);
  const { identity } = acceptance.accepted;
  const written = ofKind<DestinationRule>('DestinationRule').find(
    (rule) => formatRef(refOf(rule)) === formatRef(identity.destinationRule),
  );
  // Where there is none, Serin makes it.
  const destinationRule = written ?? emptyRule(identity);
  return stepsOf(release, identity, acceptance.plan.steps, { virtualServices, destinationRule });
}

export function stepsOf(
  release: Release,
  identity: RouteIdentity,
  planned: readonly Step[],
  objects: RouteObjects,
): Result<RoutePlan> {
  const named = new Set(identity.virtualServices.map(formatRef));
  const shown = ({ virtualServices, destinationRule }: RouteObjects): RouteObjects => ({
    virtualServices: virtualServices.filter((one) => named.has(formatRef(refOf(one)))),
    destinationRule,
  });
  const steps: RouteStep[] = [];
  for (const step of planned) {
    const rendered = render(objects, identity, step.target);
    if (!rendered.ok) return rendered;
    steps.push({ step, objects: shown(rendered.value) });
  }
  const promoted = renderPromoted(objects, identity);
  return promoted.ok ? ok({ release, identity, steps: [...steps, { objects: shown(promoted.value) }] }) : promoted;
}

/** With the file and line of the object that the problem names, or of the release. */
function located(problem: Problem, release: Release, { objects, places }: Loaded): Problem {
  const named = objects.find((object) => formatRef(refOf(object)) === problem.place.object) ?? release;
  return problem.place.line === undefined ? at(problem, places.of(named)) : problem;
}
