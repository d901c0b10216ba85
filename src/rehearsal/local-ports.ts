// Which Service ports reach nobody on one machine: their number is declared by no container of a Deployment behind them.
// Never looks at names (lint does, an error in any cluster). Called by refuse.ts; pure.
import type { Deployment, Service } from '../api/kubernetes.ts';
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import type { Problem } from '../lib/problem.ts';

/** A cluster would deliver to the number itself (lint warns only); here every declared port gets a local one, and others none. */
export function portsWithoutLocal(objects: readonly KubeObject[]): readonly Problem[] {
  const services = objects.filter(({ kind }) => kind === 'Service') as unknown as readonly Service[];
  const deployments = objects.filter(({ kind }) => kind === 'Deployment') as unknown as readonly Deployment[];
  return services.flatMap((service) =>
    deployments
      .filter((deployment) => isBehind(service, deployment))
      .flatMap((deployment) => missingPorts(service, deployment)),
  );
}

function isBehind(service: Service, deployment: Deployment): boolean {
  const wanted = Object.entries(service.spec.selector ?? {});
  const labels = deployment.spec.template.metadata?.labels ?? {};
  const together = refOf(service).namespace === refOf(deployment).namespace;
  return together && wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

function missingPorts(service: Service, deployment: Deployment): readonly Problem[] {
  const declared = deployment.spec.template.spec.containers
    .flatMap(({ ports = [] }) => ports)
    .map(({ containerPort }) => containerPort);
  return (service.spec.ports ?? []).flatMap(({ port, targetPort }, index): readonly Problem[] => {
    const target = targetPort ?? port;
    if (typeof target === 'string' || declared.includes(target)) return [];
    const field = targetPort === undefined ? 'port' : 'targetPort';
    return [
      {
        code: 'SRN1701',
        place: { object: formatRef(refOf(service)), path: `spec.ports[${index}].${field}` },
        message: `Deployment \`${deployment.metadata.name}\` declares no such port, and only declared ports are served on one machine`,
        found: String(target),
        accepted: declared.join(', ') || `containerPort: ${target} in the Deployment`,
      },
    ];
  });
}
