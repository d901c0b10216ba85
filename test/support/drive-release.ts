// Drives one release of the simulated cluster to its end, turn by turn, with a controller that may be killed and begun anew.
// Never decides. Used by the controller's tests.
import type { Release } from '../../src/api/release.ts';
import type { Deps } from '../../src/controller/deps.ts';
import type { Next } from '../../src/controller/next.ts';
import { statusOf } from '../../src/controller/status-of.ts';
import { takeTurn } from '../../src/controller/turn.ts';
import { Killed } from '../../src/objects/faults.ts';
import { ObjectsError } from '../../src/objects/objects.ts';
import type { ReleaseStatus } from '../../src/release/status.ts';
import type { SimCluster } from './sim-cluster.ts';

export const RELEASE = { kind: 'Release', namespace: 'prod', name: 'checkout-v2' } as const;

/** Turns in a row that only follow up on their own writes; more would be a loop. */
const LONGEST_BURST = 20;

export interface Drive {
  readonly limitTicks?: number;
  /** Before each tick's turns. */
  readonly each?: (status: ReleaseStatus) => Promise<void> | void;
  /** The controller's ports; asked again after each death, for the new process. */
  readonly deps?: () => Deps;
}

/** The last status, once the release has ended and the controller has nothing more to write for it. */
export async function driveRelease(sim: SimCluster, options: Drive = {}): Promise<ReleaseStatus> {
  const { limitTicks = 400, each = () => {}, deps: makeDeps = () => sim.deps() } = options;
  let deps = makeDeps();
  for (let tick = 0; tick < limitTicks; tick++) {
    await sim.pass();
    const status = await readStatus(sim);
    await each(status);
    try {
      const next = await burst(deps);
      if (next === 'never') return await readStatus(sim);
    } catch (error) {
      if (error instanceof Killed) deps = makeDeps();
      // As in the controller's loop: the API server's refusals and outages are met again at the next tick.
      else if (!(error instanceof ObjectsError)) throw error;
    }
  }
  throw new Error(`the release has not ended: ${JSON.stringify((await readStatus(sim)).history?.slice(-3))}`);
}

async function burst(deps: Deps): Promise<Exclude<Next, 'again'>> {
  for (let turns = 0; turns < LONGEST_BURST; turns++) {
    const next = await takeTurn(RELEASE, deps);
    if (next !== 'again') return next;
  }
  throw new Error('the controller writes without end');
}

export async function readStatus(sim: SimCluster): Promise<ReleaseStatus> {
  const release = await sim.objects.get(RELEASE);
  if (release === undefined) throw new Error('the release is gone');
  return statusOf(release as Release);
}
