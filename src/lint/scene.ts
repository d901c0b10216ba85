// The objects to be checked, by kind and by name, and each release with the objects it is about.
// Never judges: what is missing is undefined here, and a check says so. Built once by lint.ts, read by every check.
import type { DestinationRule, VirtualService } from '../api/istio.ts';
import type { Deployment, Service } from '../api/kubernetes.ts';
import type { Places } from '../api/load.ts';
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import { parsePath } from '../api/path.ts';
import { type PolicySpec, type Release, type ReleasePolicy, resolvePolicy } from '../api/release.ts';
import type { Problem } from '../lib/problem.ts';
import type { Result } from '../lib/result.ts';
import { hostMeans } from '../routing/host.ts';
import { type Labels, selects } from './labels.ts';

export interface Scene {
  readonly objects: readonly KubeObject[];
  readonly places: Places;
  readonly services: readonly Service[];
  readonly deployments: readonly Deployment[];
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  readonly policies: readonly ReleasePolicy[];
  readonly namespaces: readonly KubeObject[];
  readonly cases: readonly Case[];
}

/** One release and what it refers to, as far as that is there. */
export interface Case {
  readonly release: Release;
  readonly namespace: string;
  readonly policy: Result<PolicySpec>;
  readonly service: Service | undefined;
  readonly canary: Deployment | undefined;
  /** Only a stable Deployment that the release names. */
  readonly namedStable: Deployment | undefined;
  /** All DestinationRules about the service; more than one is a problem. */
  readonly rules: readonly DestinationRule[];
  /** The Deployments of the release's namespace whose pods the Service selects. */
  readonly versions: readonly Deployment[];
}

const ofKind = <Kind extends KubeObject>(objects: readonly KubeObject[], kind: Kind['kind']): readonly Kind[] =>
  objects.filter((object): object is Kind => object.kind === kind);

export function sceneOf(objects: readonly KubeObject[], places: Places): Scene {
  const scene = {
    objects,
    places,
    services: ofKind<Service>(objects, 'Service'),
    deployments: ofKind<Deployment>(objects, 'Deployment'),
    virtualServices: ofKind<VirtualService>(objects, 'VirtualService'),
    destinationRules: ofKind<DestinationRule>(objects, 'DestinationRule'),
    policies: ofKind<ReleasePolicy>(objects, 'ReleasePolicy'),
    namespaces: ofKind(objects, 'Namespace'),
  };
  return { ...scene, cases: ofKind<Release>(objects, 'Release').map((release) => caseOf(release, scene)) };
}

function caseOf(release: Release, scene: Omit<Scene, 'cases'>): Case {
  const { service: name, canary, stable } = release.spec;
  const { namespace } = refOf(release);
  const service = named(scene.services, namespace, name);
  const selector = service?.spec.selector ?? {};
  return {
    release,
    namespace,
    policy: resolvePolicy(release, scene.policies),
    service,
    canary: named(scene.deployments, namespace, canary.deployment),
    namedStable: stable === undefined ? undefined : named(scene.deployments, namespace, stable.deployment),
    rules: scene.destinationRules.filter((rule) => hostMeans(rule.spec.host, refOf(rule).namespace, name, namespace)),
    versions: scene.deployments.filter(
      (deployment) =>
        refOf(deployment).namespace === namespace &&
        Object.keys(selector).length > 0 &&
        selects(selector, podLabels(deployment)),
    ),
  };
}

export const named = <Kind extends KubeObject>(
  objects: readonly Kind[],
  namespace: string,
  name: string,
): Kind | undefined => objects.find((object) => refOf(object).namespace === namespace && object.metadata.name === name);

export const podLabels = (deployment: Deployment): Labels => deployment.spec.template.metadata?.labels ?? {};

/** A problem from a room that knows objects by their names only, with its place in the file added. */
export function located(scene: Scene, problem: Problem): Problem {
  const { object: name, path } = problem.place;
  const object = scene.objects.find((one) => formatRef(refOf(one)) === name);
  if (object === undefined) return problem;
  const place = scene.places.of(object, path === undefined ? undefined : parsePath(path));
  return { ...problem, place: { ...place, ...problem.place } };
}
