// Time as it is, for a simulated cluster beside real processes.
// Never passes by itself: the simulation does not move it. Given to SimCluster where something real takes part.
import { systemClock } from '../../src/lib/clock.ts';
import { VirtualClock } from './sim-cluster.ts';

export class RealClock extends VirtualClock {
  override now(): number {
    return systemClock.now();
  }
  override sleep(ms?: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms ?? 0, signal);
  }
  override pass(): void {}
}
