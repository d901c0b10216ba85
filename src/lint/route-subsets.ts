// Check: every subset that an http route or a mirror names is defined (SRN1202); Istio answers 503 for one that is not.
// Never looks at hosts outside of the mesh's own services.
import type { Destination, VirtualService } from '../api/istio.ts';
import { refOf } from '../api/object.ts';
import type { Path } from '../api/path.ts';
import { closest } from '../api/suggest.ts';
import { hostMeans } from '../routing/host.ts';
import { error, type Finding, problemAt } from './finding.ts';
import { pairOf } from './pair.ts';
import type { Scene } from './scene.ts';

export const routeSubsets = (scene: Scene): readonly Finding[] =>
  scene.virtualServices.flatMap((virtualService) =>
    named(virtualService).flatMap(([path, destination]) => undefinedSubset(scene, virtualService, path, destination)),
  );

type Named = readonly [path: Path, destination: Destination];

const named = ({ spec }: VirtualService): readonly Named[] =>
  (spec.http ?? []).flatMap((route, index): readonly Named[] => {
    const at = ['spec', 'http', index];
    return [
      ...(route.route ?? []).map(({ destination }, i): Named => [[...at, 'route', i, 'destination'], destination]),
      ...(route.mirror === undefined ? [] : [[[...at, 'mirror'], route.mirror] as const]),
      ...(route.mirrors ?? []).map(({ destination }, i): Named => [[...at, 'mirrors', i, 'destination'], destination]),
    ];
  });

function undefinedSubset(
  scene: Scene,
  virtualService: VirtualService,
  path: Path,
  { host, subset }: Destination,
): readonly Finding[] {
  const service = serviceOf(host, refOf(virtualService).namespace);
  if (subset === undefined || subset === '' || service === undefined) return [];
  const rules = scene.destinationRules.filter((rule) =>
    hostMeans(rule.spec.host, refOf(rule).namespace, service.name, service.namespace),
  );
  const released = scene.cases.filter(
    (one) => one.release.spec.service === service.name && one.namespace === service.namespace,
  );
  // What Serin adds is told by subsets.ts.
  const added = released.flatMap((one) => pairOf(scene, one).choice?.added?.subsets ?? []);
  const names = [...rules.flatMap((rule) => rule.spec.subsets ?? []), ...added].map(({ name }) => name);
  if (names.includes(subset)) return [];
  const near = closest(subset, names);
  const problem = problemAt(scene, 'SRN1202', virtualService, [...path, 'subset'], {
    message: `no DestinationRule defines subset \`${subset}\` of ${host}${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    found: JSON.stringify(subset),
    accepted: names.join(', ') || `a DestinationRule for ${host} with that subset`,
  });
  return [error(problem)];
}

/** The service that a host means; undefined for a name of another kind, for example of a ServiceEntry. */
function serviceOf(host: string, own: string): { readonly name: string; readonly namespace: string } | undefined {
  const [name, namespace, svc] = host.split('.');
  if (name === undefined || name === '*') return undefined;
  if (namespace === undefined) return { name, namespace: own };
  return svc === undefined || svc === 'svc' ? { name, namespace } : undefined;
}
