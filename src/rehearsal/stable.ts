// Waits until the service can answer its first user: a ready pod that is not the canary's, and the mesh knowing of it.
// Never waits for the canary, which may never become ready. Called by rehearse.ts before users begin.
import type { Pod, Service } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { crashLoopOf, isReady } from '../controller/versions.ts';
import type { Clock } from '../lib/clock.ts';
import { type Problem, SerinError } from '../lib/problem.ts';
import type { Cluster } from './cluster.ts';

const LONGEST_MS = 60_000;
const LOOK_MS = 20;

/**
 * Throws SRN2002 when no such pod becomes ready in time, or when one only crashes, with what its container said last.
 * Also returns when it is interrupted.
 */
export async function awaitStable(
  cluster: Cluster,
  release: Release,
  clock: Clock,
  interrupted: AbortSignal,
): Promise<void> {
  const until = clock.now() + LONGEST_MS;
  const { namespace } = refOf(release);
  const ref = { kind: 'Service', namespace, name: release.spec.service };
  const selector = Object.entries(((await cluster.objects.get(ref)) as Service | undefined)?.spec.selector ?? {});
  const isStable = ({ metadata }: Pod) =>
    selector.every(([name, value]) => metadata.labels?.[name] === value) &&
    !(metadata.ownerReferences ?? []).some(({ name }) => name === release.spec.canary.deployment);
  const pods = () => (cluster.pods.list(namespace) as readonly Pod[]).filter(isStable);
  while (!interrupted.aborted && !pods().some(isReady)) {
    const crashed = pods().find((pod) => crashLoopOf(pod) !== undefined);
    if (crashed !== undefined) throw new SerinError([neverReady(release, [crashed], 'its pods crash when they start')]);
    if (clock.now() >= until) throw new SerinError([neverReady(release, pods(), `not within ${LONGEST_MS / 1000} s`)]);
    await clock.sleep(LOOK_MS);
  }
  await cluster.mesh.applied();
}

function neverReady(release: Release, pods: readonly Pod[], why: string): Problem {
  const said = pods.flatMap((pod) =>
    (pod.status?.containerStatuses ?? []).flatMap(({ state, lastState }) => [
      state?.waiting?.message,
      state?.terminated?.message ?? lastState?.terminated?.message,
    ]),
  );
  const found = said.filter((text) => text !== undefined).join('; ');
  return {
    code: 'SRN2002',
    place: { object: `Service/${refOf(release).namespace}/${release.spec.service}` },
    message: `no pod of the stable version became ready: ${why}`,
    ...(found === '' ? {} : { found }),
    accepted: 'a stable version that starts on this machine: try its command by hand',
  };
}
