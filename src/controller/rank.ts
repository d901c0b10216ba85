// In which order releases are looked at when a controller begins: whoever's users have most to lose comes first.
// Never decides. Called by controller.ts.
import { isActive, isEnded, type ReleaseStatus } from '../release/status.ts';
import { type Exposure, exposureOf } from '../release/target.ts';

const RANKS: Readonly<Record<Exposure, number>> = { live: 0, preview: 1, mirrored: 2, none: 3 };
const WAITING = 4;
const ENDED = 5;

/** 0 comes first. A roll back, or routes that the status says were intended, count by what they lead to or came from. */
export function rankOf(status: ReleaseStatus): number {
  if (isEnded(status)) return ENDED;
  if (!isActive(status)) return WAITING;
  const { intent, from } = status.route;
  return Math.min(
    ...[intent, from].map((one) => (one.kind === 'promoted' ? RANKS.live : RANKS[exposureOf(one.target)])),
  );
}
