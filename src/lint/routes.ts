// Check: some http route leads to the service of a release (SRN1502); else there is nothing that Serin could steer.
// Never looks at subsets.
import { refOf } from '../api/object.ts';
import { hostMeans } from '../routing/host.ts';
import { error, type Finding, problemAt } from './finding.ts';
import type { Case, Scene } from './scene.ts';

export const routes = (scene: Scene): readonly Finding[] =>
  scene.cases.flatMap((one) => {
    if (one.service === undefined || leadsTo(scene, one)) return [];
    const { release, namespace } = one;
    const { service } = release.spec;
    const host = `${service}.${namespace}.svc.cluster.local`;
    const problem = problemAt(scene, 'SRN1502', release, ['spec', 'service'], {
      message: `no http route of a VirtualService leads to \`${service}\``,
      found: scene.virtualServices.length === 0 ? 'no VirtualService' : hostsOf(scene).join(', ') || 'no http routes',
      accepted: `a VirtualService with a route to { host: ${host}, subset: … }`,
    });
    return [error(problem)];
  });

export const leadsTo = (scene: Scene, { release, namespace }: Case): boolean =>
  scene.virtualServices.some((virtualService) =>
    destinations(virtualService).some(({ destination }) =>
      hostMeans(destination.host, refOf(virtualService).namespace, release.spec.service, namespace),
    ),
  );

const destinations = ({ spec }: Scene['virtualServices'][number]) =>
  (spec.http ?? []).flatMap(({ route = [] }) => route);

const hostsOf = ({ virtualServices }: Scene): readonly string[] => [
  ...new Set(
    virtualServices.flatMap((one) => destinations(one).map(({ destination }) => `a route to ${destination.host}`)),
  ),
];
