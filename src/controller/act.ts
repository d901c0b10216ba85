// Act: the only writer of a turn. Status first (the intent before the effect), then whatever the intent asks for and the
// objects do not have yet. Every effect is idempotent; none is decided here. Called by turn.ts.
import type { Deployment } from '../api/kubernetes.ts';
import type { KubeObject } from '../api/object.ts';
import { refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import type { Turn } from '../release/decide.ts';
import type { Decision } from '../release/decision.ts';
import { mustWrite } from '../release/news.ts';
import type { ActiveStatus, ReleaseStatus, VersionName } from '../release/status.ts';
import { canaryShare } from '../release/target.ts';
import type { Deps } from './deps.ts';
import { writeFloors } from './floors.ts';
import type { Gathered } from './gather.ts';
import { writeRoutes } from './write-routes.ts';

/** What of the status is stored: written are news beyond it, and totals that have not been written for so long. */
export interface Stored {
  readonly stored: ReleaseStatus;
  /** Milliseconds; undefined: as often as the heart would have it. */
  readonly checkpointMs: number | undefined;
  /** Called with the release as it then stands, before any effect: what is remembered is said, even if an effect fails. */
  readonly remembered: (release: KubeObject) => void;
}

/** Whether any object was changed: then the next turn follows at once, to read it back. */
export async function act(
  gathered: Gathered,
  turn: Turn,
  deps: Deps,
  { stored, checkpointMs, remembered }: Stored,
): Promise<boolean> {
  const { release, input } = gathered;
  const finish = turn.decisions.find((decision) => decision.kind === 'finish');
  if (finish !== undefined) await announce(release, finish, deps);
  const isNews = mustWrite(stored, turn.status, input.now, checkpointMs);
  remembered(isNews ? await writeStatus(release, turn.status, deps) : (release as unknown as KubeObject));
  if (finish !== undefined) return true;
  const pin = () => writeFloors(gathered.autoscalers, turn.status, release, deps);
  // A floor stands before the weight that makes it needed; where weight only goes back, nothing comes before the routes.
  const goesLive = canaryShare(turn.status.route.intent) > 0;
  const pinnedFirst = goesLive && (await pin());
  const routed = await writeRoutes(gathered.routes, turn.status, deps.objects);
  const pinned = goesLive ? pinnedFirst : await pin();
  const scaled = await writeScale(gathered, turn.status, deps);
  const removed = await removeVersions(gathered, turn, deps);
  return routed || pinned || scaled || removed;
}

/** People hear of the end after the traffic is where it belongs, and rather twice than never; but no end waits for them. */
async function announce(release: Release, finish: Extract<Decision, { kind: 'finish' }>, deps: Deps): Promise<void> {
  const ref = refOf(release);
  try {
    await deps.announce?.({ ref, phase: finish.phase, message: finish.message });
  } catch (error) {
    deps.onTrouble?.(ref, error);
  }
}

const writeStatus = (release: Release, status: ActiveStatus, deps: Deps): Promise<KubeObject> =>
  deps.objects.updateStatus({ ...release, status } as unknown as KubeObject);

async function writeScale({ deployments }: Gathered, status: ActiveStatus, deps: Deps): Promise<boolean> {
  let wrote = false;
  for (const [version, replicas] of Object.entries(status.scale ?? {})) {
    const deployment = deployments[version as VersionName];
    if (deployment === undefined || deployment.spec.replicas === replicas) continue;
    const scaled: Deployment = { ...deployment, spec: { ...deployment.spec, replicas } };
    await deps.objects.update(scaled);
    wrote = true;
  }
  return wrote;
}

async function removeVersions({ deployments }: Gathered, turn: Turn, deps: Deps): Promise<boolean> {
  let wrote = false;
  for (const decision of turn.decisions) {
    const deployment = decision.kind === 'remove' ? deployments[decision.version] : undefined;
    if (deployment === undefined) continue;
    const { uid } = deployment.metadata;
    await deps.objects.remove(refOf(deployment), uid === undefined ? {} : { uid });
    wrote = true;
  }
  return wrote;
}
