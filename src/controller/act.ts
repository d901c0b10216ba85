// Act: the only writer of a turn. Status first (the intent before the effect; one rescue apart), then whatever the intent asks for and the
// objects do not have yet. Every effect is idempotent; none is decided here. Called by turn.ts.
import { shortened } from '../analysis/comparative/stored.ts';
import type { Deployment } from '../api/kubernetes.ts';
import type { KubeObject } from '../api/object.ts';
import { refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import type { Turn } from '../release/decide.ts';
import type { Decision } from '../release/decision.ts';
import { hasLostUsers } from '../release/facts.ts';
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
  const remember = async (): Promise<void> =>
    remembered(isNews ? await writeStatus(release, turn.status, deps) : (release as unknown as KubeObject));
  const route = () => writeRoutes(gathered.routes, turn.status, deps.objects);
  const rescued = isRescue(input, turn) ? await beside(remember(), route()) : undefined;
  if (rescued === undefined) await remember();
  if (finish !== undefined) return true;
  const pin = () => writeFloors(gathered.autoscalers, turn.status, release, deps);
  // A floor stands before the weight that makes it needed; where weight only goes back, nothing comes before the routes.
  const goesLive = canaryShare(turn.status.route.intent) > 0;
  const pinnedFirst = goesLive && (await pin());
  const routed = rescued ?? (await route());
  const pinned = goesLive ? pinnedFirst : await pin();
  const scaled = await writeScale(gathered, turn.status, deps);
  const removed = await removeVersions(gathered, turn, deps);
  return routed || pinned || scaled || removed;
}

/**
 * Users without a pod go back to stable: the one effect that does not wait for its intent to be stored. Whoever begins anew
 * without having read it sees the same pods, and wants the same.
 */
const isRescue = ({ status, versions }: Gathered['input'], turn: Turn): boolean =>
  hasLostUsers(status, versions.canary) && canaryShare(turn.status.route.intent) === 0;

/** What the second answers. Both are over before a failure of the one is told. */
async function beside<T>(first: Promise<unknown>, second: Promise<T>): Promise<T> {
  await Promise.allSettled([first, second]);
  await first;
  return second;
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

function writeStatus(release: Release, status: ActiveStatus, deps: Deps): Promise<KubeObject> {
  const { comparisons } = status;
  const written = comparisons === undefined ? status : { ...status, comparisons: shortened(comparisons) };
  return deps.objects.updateStatus({ ...release, status: written } as unknown as KubeObject);
}

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
