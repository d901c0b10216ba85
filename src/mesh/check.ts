// What the embedded mesh cannot do, refused by name when objects are loaded.
// Never checks references between objects (lint does). Called by mesh.ts at every change, and by rehearsal and lint before.
import type { DestinationRule, VirtualService } from '../api/istio.ts';
import type { Service } from '../api/kubernetes.ts';
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import type { Problem } from '../lib/problem.ts';
import { hostMeans } from '../routing/host.ts';
import { boundToMesh, compileRoutes } from '../routing/match.ts';
import { destinationRuleFindings } from './check-destination-rule.ts';
import { virtualServiceFindings } from './check-virtual-service.ts';
import type { Finding } from './finding.ts';
import { ROOT_NAMESPACE } from './policy.ts';
import { ruling } from './routes.ts';
import { foreignProtocol, namespaceOf } from './services.ts';

/** Problems SRN1601 (and SRN1004 for a regex that is no RE2), each with object and field. */
export function checkMesh(objects: readonly KubeObject[]): readonly Problem[] {
  const services = ofKind<Service>(objects, 'Service');
  const virtualServices = ofKind<VirtualService>(objects, 'VirtualService');
  const rules = ofKind<DestinationRule>(objects, 'DestinationRule');
  return [
    ...services.flatMap((service) => placed(service, serviceFindings(service))),
    ...virtualServices.flatMap((one) => placed(one, virtualServiceFindings(one))),
    ...virtualServices.flatMap((one) => placed(one, rivalFindings(one, services, virtualServices))),
    ...virtualServices.flatMap((one) => regexProblems(one, virtualServices)),
    ...rules.flatMap((rule) => placed(rule, [...destinationRuleFindings(rule), ...placeFindings(rule, services)])),
  ];
}

const ofKind = <T extends KubeObject>(objects: readonly KubeObject[], kind: T['kind']): readonly T[] =>
  objects.filter((object): object is T => object.kind === kind);

const placed = (object: KubeObject, findings: readonly Finding[]): readonly Problem[] =>
  findings.map(({ path, ...rest }) => ({
    code: 'SRN1601',
    place: { object: formatRef(refOf(object)), path },
    ...rest,
  }));

/** A delegate's conditions are compiled with those of its roots. */
function regexProblems(virtualService: VirtualService, all: readonly VirtualService[]): readonly Problem[] {
  const compiled = compileRoutes(virtualService, all);
  return compiled.ok ? [] : compiled.problems;
}

function serviceFindings({ spec }: Service): readonly Finding[] {
  const findings: Finding[] = [];
  if (spec.type === 'ExternalName') {
    findings.push({ path: 'spec.type', message: 'names outside the cluster are not resolved', found: spec.type });
  } else if (Object.keys(spec.selector ?? {}).length === 0) {
    findings.push({
      path: 'spec.selector',
      message: 'a Service needs a selector here',
      accepted: 'labels of its pods',
    });
  }
  if (spec.clusterIP === 'None') {
    findings.push({ path: 'spec.clusterIP', message: 'headless Services are not supported', found: 'None' });
  }
  for (const [index, port] of (spec.ports ?? []).entries()) {
    const found = foreignProtocol(port);
    if (found === undefined) continue;
    const message = 'only HTTP/1.1 is spoken here';
    findings.push({
      path: `spec.ports[${index}]`,
      message,
      found,
      accepted: 'appProtocol: http, or a name like http-api',
    });
  }
  return findings;
}

/** Istio lets the oldest of several rule a host and drops the others without a word (IST0109). */
function rivalFindings(
  one: VirtualService,
  services: readonly Service[],
  all: readonly VirtualService[],
): readonly Finding[] {
  if (!boundToMesh(one)) return [];
  return (one.spec.hosts ?? []).flatMap((host, index): readonly Finding[] => {
    const service = services.find((candidate) =>
      hostMeans(host, namespaceOf(one), candidate.metadata.name, namespaceOf(candidate)),
    );
    const other = service === undefined ? undefined : ruling(service, all);
    if (other === undefined || other === one) return [];
    const message = `another VirtualService rules this host already: ${formatRef(refOf(other))}`;
    return [{ path: `spec.hosts[${index}]`, message, found: host, accepted: 'one VirtualService for each host' }];
  });
}

function placeFindings(rule: DestinationRule, services: readonly Service[]): readonly Finding[] {
  const namespace = namespaceOf(rule);
  const service = services.find((candidate) =>
    hostMeans(rule.spec.host, namespace, candidate.metadata.name, namespaceOf(candidate)),
  );
  if (service === undefined || namespace === ROOT_NAMESPACE || namespace === namespaceOf(service)) return [];
  const message = "a DestinationRule beside the caller is not supported: it must be in the Service's namespace";
  return [{ path: 'metadata.namespace', message, found: namespace, accepted: namespaceOf(service) }];
}
