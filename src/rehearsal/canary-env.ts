// The canary's manifest with the environment that the command line adds: how a rehearsal makes a good canary bad.
// Never touches stable. Called by rehearse.ts; pure.
import type { Deployment } from '../api/kubernetes.ts';
import { type KubeObject, refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';

export function withCanaryEnv(
  objects: readonly KubeObject[],
  release: Release,
  env: ReadonlyMap<string, string>,
): readonly KubeObject[] {
  if (env.size === 0) return objects;
  return objects.map((object) => (isCanary(object, release) ? withEnv(object as Deployment, env) : object));
}

const isCanary = (object: KubeObject, release: Release): boolean =>
  object.kind === 'Deployment' &&
  object.metadata.name === release.spec.canary.deployment &&
  refOf(object).namespace === refOf(release).namespace;

function withEnv(deployment: Deployment, env: ReadonlyMap<string, string>): KubeObject {
  const { template } = deployment.spec;
  const containers = template.spec.containers.map((container) => ({
    ...container,
    env: [
      ...(container.env ?? []).filter(({ name }) => !env.has(name)),
      ...[...env].map(([name, value]) => ({ name, value })),
    ],
  }));
  const spec = { ...deployment.spec, template: { ...template, spec: { ...template.spec, containers } } };
  return { ...deployment, spec } as KubeObject;
}
