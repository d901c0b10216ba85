// Taking all traffic away from the canary: shared by a roll back and by a new attempt.
// Never scales or ends anything. Called by rolling-back.ts and revision.ts.
import type { Facts } from '../facts.ts';
import { describeTarget, exposureOf, NOTHING, nextTarget, pairIntent, sameTarget } from '../target.ts';
import { type Speech, wait } from './policy.ts';

/**
 * The next thing to do until the routes are as the user wrote them and the traffic is seen to be gone; then undefined.
 * `proof`: what lets it go on; a deletion waits for the route alone (design.md §4), as do a roll back and a new attempt past the drain limit.
 */
export function withdraw(facts: Facts, proof: 'seen' | 'readBack'): Speech | undefined {
  const { intent } = facts.status.route;
  // Policy `promoting` comes first: once the routes name the canary as the new stable there is nothing to take away.
  const from = intent.kind === 'pair' ? intent.target : NOTHING;
  const done = proof === 'seen' ? facts.confirmed : facts.status.route.readBackAt !== undefined;
  if (sameTarget(from, NOTHING)) {
    return done ? undefined : wait('Unconfirmed', 'waiting until the canary is seen to get no more requests');
  }
  // Traffic goes at once; the pool goes when the copies that it bounds are gone.
  if (exposureOf(from) === 'none' && !done) {
    return wait('Unconfirmed', 'waiting until the copies are seen to have stopped');
  }
  const to = nextTarget(from, NOTHING);
  return { kind: 'route', intent: pairIntent(to), reason: 'TrafficToStable', message: `route: ${describeTarget(to)}` };
}
