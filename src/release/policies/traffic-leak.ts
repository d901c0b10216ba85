// Policy 7: the canary gets requests that no route of ours sends → hold, and say where from.
// Never in a preview, whose volume is unknown; nor in a roll back or before a new attempt, whose drain says the same in the end.
import { formatDuration } from '../../lib/duration.ts';
import { fraction } from '../../lib/share.ts';
import { fromTime } from '../../lib/time.ts';
import type { Facts } from '../facts.ts';
import { exposureOf } from '../target.ts';
import { hold, type Policy, type Speech } from './policy.ts';

/** A removal still unseen this long after it was read back (and the route's timeout) is a leak. */
const REMOVAL_LIMIT_MS = 30_000;

export const trafficLeak: Policy = {
  name: 'trafficLeak',
  speak: (facts) => {
    const { intent } = facts.status.route;
    // Before Serin's first word on open routes these lead to every version: the next target is what ends that.
    if (intent.kind !== 'pair' || intent.target.stage !== undefined) return undefined;
    switch (exposureOf(intent.target)) {
      case 'none':
        return facts.confirmed ? unexpected(facts) : lateRemoval(facts);
      case 'mirrored':
        return facts.confirmed ? tooManyCopies(facts) : undefined;
      case 'preview':
      case 'live':
        return undefined;
    }
  },
};

function unexpected({ traffic, status }: Facts): Speech | undefined {
  const { recent, lastMovedAt } = traffic.canary;
  const confirmedAt = fromTime(status.route.confirmed?.at ?? status.route.intendedAt);
  if (recent === 0 || (lastMovedAt ?? 0) <= confirmedAt) return undefined;
  return hold(
    'TrafficLeak',
    `the canary got ${Math.round(recent)} requests although no route sends it any: ${whence}`,
    { recent },
  );
}

function lateRemoval({ status, now, traffic }: Facts): Speech | undefined {
  const { readBackAt } = status.route;
  if (readBackAt === undefined || traffic.canary.recent === 0) return undefined;
  const waited = now - fromTime(readBackAt);
  if (waited < REMOVAL_LIMIT_MS + status.accepted.routeTimeoutMs) return undefined;
  return hold(
    'TrafficLeak',
    `the canary still gets requests ${formatDuration(waited)} after its routes were taken away: ${whence}`,
  );
}

function tooManyCopies({ status, traffic }: Facts): Speech | undefined {
  const { intent } = status.route;
  if (intent.kind !== 'pair' || intent.target.mirror === undefined) return undefined;
  const expected = traffic.stable.sinceReadBack * fraction(intent.target.mirror.share);
  const seen = traffic.canary.sinceReadBack;
  // Five standard deviations of a Poisson count, and room for the scrapes' different phases.
  const limit = expected * 1.2 + 5 * Math.sqrt(expected) + 30;
  if (seen <= limit) return undefined;
  const numbers = { seen: Math.round(seen), expected: Math.round(expected) };
  return hold(
    'TrafficLeak',
    `the canary got ${numbers.seen} requests where about ${numbers.expected} copies were to be expected: ${whence}`,
    numbers,
  );
}

const whence =
  'callers reach its pods past the VirtualService (another route or host, a caller without the mesh, a Service of its own)';
