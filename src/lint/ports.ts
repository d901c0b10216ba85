// Check: the ports that a Service and a probe name are declared by the containers they are about (SRN1211).
// Never asks which process listens there.
import type { Container, Deployment, Service, ServicePort } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import type { Path } from '../api/path.ts';
import { error, type Finding, problemAt, warning } from './finding.ts';
import { selects } from './labels.ts';
import { pairOf } from './pair.ts';
import { podLabels, type Scene } from './scene.ts';

export const ports = (scene: Scene): readonly Finding[] => [
  ...scene.services.flatMap((service) => servicePorts(scene, service)),
  ...scene.deployments.flatMap((deployment) => handlerPorts(scene, deployment)),
];

/**
 * Each version of a release needs the port: the Service leaves out the pods without it, and all their users fail. Of other
 * Services' Deployments one is enough.
 */
function servicePorts(scene: Scene, service: Service): readonly Finding[] {
  const versions = versionsOf(scene, service);
  const deployments = versions.length > 0 ? versions : selected(scene, service);
  return (service.spec.ports ?? []).flatMap((port, index) => {
    const without = deployments.filter((deployment) => !declares(deployment, port));
    if (without.length === 0 || (versions.length === 0 && without.length < deployments.length)) return [];
    const named = typeof port.targetPort === 'string';
    const field = port.targetPort === undefined ? 'port' : 'targetPort';
    const path = ['spec', 'ports', index, field];
    return [
      named
        ? noSuchName(scene, service, path, port, deployments, without)
        : undeclared(scene, service, path, port, without),
    ];
  });
}

function versionsOf(scene: Scene, service: Service): readonly Deployment[] {
  const about = scene.cases.filter((one) => one.service === service);
  const versions = about.flatMap((one) => [one.canary, pairOf(scene, one).stableDeployment]);
  return [...new Set(versions)].filter((version) => version !== undefined);
}

function selected(scene: Scene, service: Service): readonly Deployment[] {
  const { selector = {} } = service.spec;
  if (Object.keys(selector).length === 0) return [];
  const { namespace } = refOf(service);
  return scene.deployments.filter(
    (deployment) => refOf(deployment).namespace === namespace && selects(selector, podLabels(deployment)),
  );
}

const declares = (deployment: Deployment, { port, targetPort = port, protocol = 'TCP' }: ServicePort): boolean =>
  portsOf(deployment).some(
    (own) =>
      (own.protocol ?? 'TCP') === protocol &&
      (typeof targetPort === 'string' ? own.name === targetPort : own.containerPort === targetPort),
  );

const portsOf = ({ spec }: Deployment) => spec.template.spec.containers.flatMap(({ ports: own = [] }) => own);

const namesOf = (deployment: Deployment): readonly string[] =>
  portsOf(deployment).flatMap(({ name }) => (name === undefined ? [] : [name]));

const quoted = (deployments: readonly Deployment[]): string =>
  deployments.map(({ metadata }) => `\`${metadata.name}\``).join(' and ');

function noSuchName(
  scene: Scene,
  service: Service,
  path: Path,
  { targetPort }: ServicePort,
  deployments: readonly Deployment[],
  without: readonly Deployment[],
): Finding {
  const [first, ...rest] = deployments.map(namesOf);
  const everywhere = (first ?? []).filter((name) => rest.every((names) => names.includes(name)));
  const accepted =
    everywhere.length > 0 ? everywhere.join(', ') : `a container port named ${targetPort} in ${quoted(without)}`;
  return error(
    problemAt(scene, 'SRN1211', service, path, {
      message: `no container of ${quoted(without)} declares a port of that name, so that no request reaches its pods`,
      found: JSON.stringify(targetPort),
      accepted,
    }),
  );
}

/**
 * Only a warning: for Kubernetes containerPort is information, and a number reaches the pod whether it is declared or not. On
 * one machine every declared port gets a local one, so there a port that is not declared reaches nobody.
 */
function undeclared(
  scene: Scene,
  service: Service,
  path: Path,
  { port, targetPort = port }: ServicePort,
  without: readonly Deployment[],
): Finding {
  const declared = [...new Set(without.flatMap(portsOf).map(({ containerPort }) => containerPort))];
  return warning(
    problemAt(scene, 'SRN1211', service, path, {
      message: `no container of ${quoted(without)} declares this port: a cluster allows that, and a rehearsal cannot reach its pods`,
      found: String(targetPort),
      accepted: declared.join(', ') || `containerPort: ${targetPort} in ${quoted(without)}`,
    }),
  );
}

const HANDLERS = [
  ['livenessProbe'],
  ['readinessProbe'],
  ['startupProbe'],
  ['lifecycle', 'postStart'],
  ['lifecycle', 'preStop'],
] as const;

/** By name only: a number that is not declared works in a cluster, and the kubelet of one machine refuses it by itself. */
function handlerPorts(scene: Scene, deployment: Deployment): readonly Finding[] {
  return deployment.spec.template.spec.containers.flatMap((container, index) =>
    HANDLERS.flatMap((handler) =>
      (['httpGet', 'tcpSocket'] as const).flatMap((kind): readonly Finding[] => {
        const port = handlerOf(container, handler)?.[kind]?.port;
        const own = container.ports ?? [];
        if (typeof port !== 'string' || own.some(({ name }) => name === port)) return [];
        const path = ['spec', 'template', 'spec', 'containers', index, ...handler, kind, 'port'];
        const names = own.flatMap(({ name }) => (name === undefined ? [] : [name]));
        return [
          error(
            problemAt(scene, 'SRN1211', deployment, path, {
              message: `container \`${container.name}\` declares no port of that name`,
              found: JSON.stringify(port),
              accepted: names.join(', ') || `a container port named ${port}`,
            }),
          ),
        ];
      }),
    ),
  );
}

const handlerOf = (container: Container, [outer, inner]: (typeof HANDLERS)[number]) =>
  outer === 'lifecycle' ? container.lifecycle?.[inner] : container[outer];
