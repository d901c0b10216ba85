// What is known of both versions' pods beside their samples: as the cluster's objects have it.
// Never reads objects or samples. Called by gather.ts; replay has samples alone, and says what these tell of pods.
import type { OfVersions, PodFacts } from '../../analysis/blocks/blocks.ts';
import type { FoundObjects } from '../traffic.ts';
import { podFactsOf } from './pods.ts';
import { type Restarts, restartsOf } from './restarts.ts';

export interface KnownPods {
  readonly facts: OfVersions<readonly PodFacts[]>;
  /** Left out where nobody counts them. */
  readonly restarts?: OfVersions<Restarts>;
}

/** `countsProbes`: as `podFactsOf` has it. */
export const podsInObjects = ({ versions, pods, service }: FoundObjects, countsProbes: boolean): KnownPods => ({
  facts: podFactsOf(versions, pods, service, countsProbes),
  restarts: restartsOf(versions, pods),
});
