// Check: ways by which callers would reach the canary past the routes, as soon as its pods are ready (SRN1214, warnings).
// Never forbids them: the baseline shows whether anybody uses one, and the release is held then (TrafficLeak).
import { parsePath } from '../api/path.ts';
import { type Way, waysPast } from '../routing/isolation.ts';
import { type Finding, problemAt, warning } from './finding.ts';
import { pairOf } from './pair.ts';
import type { Case, Scene } from './scene.ts';

export const isolation = (scene: Scene): readonly Finding[] =>
  scene.cases.flatMap((one) => waysOf(scene, one).map((way) => found(scene, way)));

function waysOf(scene: Scene, one: Case): readonly Way[] {
  const { service, canary, namespace } = one;
  const { stableDeployment, choice } = pairOf(scene, one);
  if (service === undefined || canary === undefined || choice === undefined) return [];
  const ways = waysPast({
    service,
    services: scene.services,
    virtualServices: scene.virtualServices,
    canary,
    ...(stableDeployment && { stable: stableDeployment }),
    deployments: scene.deployments.filter((deployment) => (deployment.metadata.namespace ?? 'default') === namespace),
    namespaces: scene.namespaces,
  });
  const pinned = choice.pins && choice.stable.ok ? choice.stable.value.subset : undefined;
  return ways.map((way) =>
    way.kind !== 'open' || pinned === undefined
      ? way
      : { ...way, text: `${way.text}; Serin names subset \`${pinned}\` there while the release runs` },
  );
}

const found = (scene: Scene, { object, path, text, found: what, accepted }: Way): Finding =>
  warning(problemAt(scene, 'SRN1214', object, parsePath(path), { message: text, found: what, accepted }));
