// What cannot be rehearsed on this machine, told before anything is started.
// Never checks what lint checks. Called by cli/rehearse.ts with the linted objects; pure.
import type { Deployment } from '../api/kubernetes.ts';
import type { Places } from '../api/load.ts';
import { formatRef, type KubeObject, type ObjectRef, refOf } from '../api/object.ts';
import { parsePath } from '../api/path.ts';
import { checkKubelet } from '../kubelet/check.ts';
import { at, type Problem } from '../lib/problem.ts';
import { checkMesh } from '../mesh/check.ts';
import { portsWithoutLocal } from './local-ports.ts';

export interface RefuseInput {
  readonly objects: readonly KubeObject[];
  readonly places: Places;
  /** Deployments whose commands the command line replaces. */
  readonly run: ReadonlyMap<string, string>;
}

/** What has its meaning in a cluster only; to ignore it would make the rehearsal another release than the real one. */
const CLUSTER_ONLY: readonly string[] = [
  'Approval',
  'Gateway',
  'Sidecar',
  'EnvoyFilter',
  'PeerAuthentication',
  'HorizontalPodAutoscaler',
  'ResourceQuota',
];

const clusterOnly = (objects: readonly KubeObject[], places: Places): readonly Problem[] =>
  objects
    .filter(({ kind }) => CLUSTER_ONLY.includes(kind))
    .map((object) => ({
      code: 'SRN1006',
      place: places.of(object, ['kind']),
      message: `a rehearsal has no ${object.kind}`,
      accepted: 'a directory without it: one machine has no gateways, sidecars or autoscalers',
    }));

export function refusals({ objects, places, run }: RefuseInput): readonly Problem[] {
  const deployments = objects.filter(({ kind }) => kind === 'Deployment') as unknown as readonly Deployment[];
  const ofPods = deployments.flatMap((deployment) => {
    const find = (ref: ObjectRef) => objects.find((object) => formatRef(refOf(object)) === formatRef(ref));
    return checkKubelet(deployment, { run, find }).map((problem) =>
      at(problem, places.of(deployment, parsePath(problem.place.path ?? ''))),
    );
  });
  const between = [...portsWithoutLocal(objects), ...checkMesh(objects)].map((problem) => {
    const object = objects.find((one) => formatRef(refOf(one)) === problem.place.object);
    return object === undefined ? problem : at(problem, places.of(object, parsePath(problem.place.path ?? '')));
  });
  return [...clusterOnly(objects, places), ...ofPods, ...between];
}
