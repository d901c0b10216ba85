// Ambient mode: without a waypoint nobody reads a VirtualService, and so no share, mirror or preview would be kept.
// Never looks at pods, which are made from the templates. Called by acceptance and lint.
// Source: Istio's labels istio.io/dataplane-mode and istio.io/use-waypoint; a sidecar goes before ambient mode.
import type { HTTPMatchRequest } from '../api/istio.ts';
import type { Deployment, Service } from '../api/kubernetes.ts';
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import type { Problem } from '../lib/problem.ts';

const MODE = 'istio.io/dataplane-mode';
const WAYPOINT = 'istio.io/use-waypoint';
const INJECT = 'sidecar.istio.io/inject';

/** SRN1503 for versions in ambient mode. A cluster's Namespace may be unknown, as in files. */
export function ambientProblems(
  namespace: KubeObject | undefined,
  service: Service,
  versions: readonly Deployment[],
  previews: readonly HTTPMatchRequest[] = [],
): readonly Problem[] {
  if (hasWaypoint(namespace, service)) {
    const isAmbient = versions.some((version) => ambientBy(namespace, version) !== undefined);
    return isAmbient ? previews.filter(asksSource).map(() => atWaypoint(service)) : [];
  }
  return versions.flatMap((version): readonly Problem[] => {
    const by = ambientBy(namespace, version);
    if (by === undefined) return [];
    return [
      {
        code: 'SRN1503',
        place: { object: formatRef(refOf(version)), path: 'spec.template.metadata.labels' },
        message: `the pods of ${version.metadata.name} are in ambient mode by ${by}, and there is no waypoint: nothing there reads a VirtualService`,
        found: `${MODE}: ambient`,
        accepted: `a waypoint (label ${WAYPOINT} on the namespace or the Service), or sidecars`,
      },
    ];
  });
}

const asksSource = ({ sourceLabels, sourceNamespace }: HTTPMatchRequest): boolean =>
  Object.keys(sourceLabels ?? {}).length > 0 || sourceNamespace !== undefined;

/** Without its one condition the preview would be for everybody. */
const atWaypoint = (service: Service): Problem => ({
  code: 'SRN1503',
  place: {},
  message: `a waypoint routes for ${service.metadata.name}, and drops conditions on the caller: the preview would be for everybody`,
  found: 'sourceLabels or sourceNamespace in a preview',
  accepted: 'a preview by header, cookie or path',
});

function hasWaypoint(namespace: KubeObject | undefined, service: Service): boolean {
  const own = service.metadata.labels?.[WAYPOINT];
  const named = own ?? namespace?.metadata.labels?.[WAYPOINT];
  return named !== undefined && named !== '' && named !== 'none';
}

/** What puts the pods of this template into ambient mode; undefined when they are not. */
function ambientBy(namespace: KubeObject | undefined, { spec }: Deployment): string | undefined {
  const { labels = {}, annotations = {} } = spec.template.metadata ?? {};
  const inject = labels[INJECT] ?? annotations[INJECT];
  if (inject === 'true') return undefined;
  const own = labels[MODE];
  if (own !== undefined) return own === 'ambient' ? 'their own label' : undefined;
  const around = namespace?.metadata.labels ?? {};
  const isInjected = around['istio-injection'] === 'enabled' || around['istio.io/rev'] !== undefined;
  if (isInjected && inject !== 'false') return undefined;
  return around[MODE] === 'ambient' ? `the label of Namespace ${namespace?.metadata.name}` : undefined;
}
