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

function unexpected(facts: Facts): Speech | undefined {
  const { traffic, status } = facts;
  const { recent, lastMovedAt } = traffic.canary;
  const confirmedAt = fromTime(status.route.confirmed?.at ?? status.route.intendedAt);
  if (recent === 0 || (lastMovedAt ?? 0) <= confirmedAt) return undefined;
  return hold(
    'TrafficLeak',
    `the canary got ${Math.round(recent)} requests although no route sends it any: ${whence(facts)}`,
    { recent },
  );
}

function lateRemoval(facts: Facts): Speech | undefined {
  const { status, now, traffic } = facts;
  const { readBackAt } = status.route;
  if (readBackAt === undefined || traffic.canary.recent === 0) return undefined;
  const waited = now - fromTime(readBackAt);
  if (waited < REMOVAL_LIMIT_MS + status.accepted.routeTimeoutMs) return undefined;
  return hold(
    'TrafficLeak',
    `the canary still gets requests ${formatDuration(waited)} after its routes were taken away: ${whence(facts)}`,
  );
}

function tooManyCopies(facts: Facts): Speech | undefined {
  const { status, traffic } = facts;
  const { intent } = status.route;
  if (intent.kind !== 'pair' || intent.target.mirror === undefined) return undefined;
  const copied = fraction(intent.target.mirror.share);
  const expected = traffic.stable.sinceReadBack * copied;
  const seen = traffic.canary.sinceReadBack;
  // The canary may have been scraped when stable was not yet: its copies since then are of requests that are not counted. Two scrapes
  // hold more than these.
  const unscraped = traffic.stable.recent * copied;
  // Five standard deviations of a Poisson count, and a few on the way.
  const limit = expected * 1.2 + 5 * Math.sqrt(expected) + unscraped + 30;
  if (seen <= limit) return undefined;
  const numbers = { seen: Math.round(seen), expected: Math.round(expected) };
  return hold(
    'TrafficLeak',
    `the canary got ${numbers.seen} requests where about ${numbers.expected} copies were to be expected: ${whence(facts)}`,
    numbers,
  );
}

const MOST_WAYS = 3;

/** What the objects show; a caller without a proxy of the mesh shows in none of them. */
function whence({ ways = [] }: Facts): string {
  if (ways.length === 0) {
    return 'the objects show no way past the routes, so that the callers have no proxy of the mesh (not injected, on a node, or by the addresses of pods), or one that has not heard of the routes';
  }
  const more = ways.length > MOST_WAYS ? `; and ${ways.length - MOST_WAYS} ways more` : '';
  return `${ways.slice(0, MOST_WAYS).join('; ')}${more}`;
}
