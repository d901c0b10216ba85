// Which blocks may be held against a share of the traffic: the route was seen to follow it, and no pod came or went.
// Never looks at what was counted. Called by lost-requests-gate.ts and traffic-share-gate.ts.
import type { Block, ErrorCounts } from '../blocks/blocks.ts';
import type { Compared } from './exposure.ts';

export const isConfirmed = ({ block, span: { confirmedAt = Infinity } }: Compared<unknown>): boolean =>
  confirmedAt <= block.from;

/**
 * Every pod of both versions was there for the whole block, and none of its counters began anew. What a pod counted after its last
 * scrape, or its process before it ended, is in no block, and would look like requests that never came: it belongs to the block in
 * which the pod was last seen, or to the next one; so a block counts when it and the one before it are whole.
 */
export function isWhole({ from, to, canary, stable }: Block<ErrorCounts>): boolean {
  const pods = [...Object.values(canary.pods), ...Object.values(stable.pods)];
  return pods.every(({ podSeconds, anew }) => anew !== true && Math.round(podSeconds * 1000) >= to - from);
}
