// Waits until the service can answer its first user: a ready pod that is not the canary's, and the mesh knowing of it.
// Never waits for the canary, which may never become ready. Called by rehearse.ts before users begin.
import type { Pod } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { isReady } from '../controller/versions.ts';
import type { Clock } from '../lib/clock.ts';
import { SerinError } from '../lib/problem.ts';
import type { Cluster } from './cluster.ts';

const LONGEST_MS = 60_000;
const LOOK_MS = 20;

/** Throws SRN2002 when no such pod becomes ready in time, with what its container said last. */
export async function awaitStable(
  cluster: Cluster,
  release: Release,
  clock: Clock,
  interrupted: AbortSignal,
): Promise<void> {
  const until = clock.now() + LONGEST_MS;
  const { namespace } = refOf(release);
  const canary = release.spec.canary.deployment;
  const others = () =>
    (cluster.pods.list(namespace) as readonly Pod[]).filter(
      (pod) => !(pod.metadata.ownerReferences ?? []).some(({ name }) => name === canary),
    );
  while (!interrupted.aborted && !others().some(isReady)) {
    if (clock.now() >= until) throw new SerinError([neverReady(release, others())]);
    await clock.sleep(LOOK_MS);
  }
  await cluster.mesh.applied();
}

function neverReady(release: Release, pods: readonly Pod[]) {
  const said = pods.flatMap((pod) =>
    (pod.status?.containerStatuses ?? []).flatMap(({ state, lastState }) => [
      state?.waiting?.message,
      state?.terminated?.message ?? lastState?.terminated?.message,
    ]),
  );
  const found = said.filter((text) => text !== undefined).join('; ');
  return {
    code: 'SRN2002' as const,
    place: { object: `Service/${refOf(release).namespace}/${release.spec.service}` },
    message: `no pod of the stable version became ready within ${LONGEST_MS / 1000} s`,
    ...(found === '' ? {} : { found }),
    accepted: 'a stable version that starts on this machine: try its command by hand',
  };
}
