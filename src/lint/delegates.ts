// Check: a VirtualService without hosts is one that another delegates to (SRN1210); else no request ever meets its routes.
// Never looks at what its routes hold. Source: Istio's delegate VirtualServices (virtual_service.proto, `delegate`).
import { rootsOf, routesOf } from '../routing/delegate.ts';
import { error, type Finding, problemAt } from './finding.ts';
import type { Scene } from './scene.ts';

export const delegates = (scene: Scene): readonly Finding[] =>
  scene.virtualServices.flatMap((service) => {
    const { spec } = service;
    if ((spec.hosts ?? []).length > 0 || rootsOf(service, scene.virtualServices).length > 0) return [];
    const led = routesOf(service).flatMap(({ route = [] }) => route.map(({ destination }) => destination.host));
    const hosts = [...new Set(led)].slice(0, 3).join(', ');
    const problem = problemAt(scene, 'SRN1210', service, ['spec', 'hosts'], {
      message: 'no hosts, and no other VirtualService delegates to this one, so that no request meets its routes',
      found: spec.hosts === undefined ? 'nothing' : 'an empty list',
      accepted: `the hosts that callers use${hosts === '' ? '' : `, for example [${hosts}]`}; or a route elsewhere with delegate: { name: ${service.metadata.name} }`,
    });
    return [error(problem)];
  });
