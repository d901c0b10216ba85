// Policy 5b: a canary that cannot be judged although stable can: no samples, or no requests where some were to be expected.
// Never speaks about a canary that simply has little traffic, or whose share of it is unknown (preview).
import { formatDuration } from '../../lib/duration.ts';
import { fraction, NONE } from '../../lib/share.ts';
import { fromTime } from '../../lib/time.ts';
import { type Facts, isFreshAt } from '../facts.ts';
import type { Policy, Speech } from './policy.ts';

/** Below this many expected requests, silence is chance or little traffic (e^-30 for none by chance). */
const EXPECTED = 30;

export const unobservable: Policy = {
  name: 'unobservable',
  speak: (facts) => noSamples(facts) ?? noRequests(facts),
};

function noSamples({ status, now, settings }: Facts): Speech | undefined {
  if (status.blindSince === undefined) return undefined;
  const blindMs = now - fromTime(status.blindSince);
  if (blindMs < settings.graceMs) return undefined;
  const message = `no samples of the canary for ${formatDuration(blindMs)} although its pods are ready and stable has samples`;
  return { kind: 'rollBack', outcome: 'rolledBack', reason: 'Unobservable', message };
}

function noRequests(facts: Facts): Speech | undefined {
  const { status, traffic, settings } = facts;
  const { intent, readBackAt } = status.route;
  if (intent.kind !== 'pair' || readBackAt === undefined) return undefined;
  // Without samples nothing is known of its requests either; that has its own reason and its own patience.
  const { newestAt, readFrom = -Infinity } = traffic.canary;
  if (traffic.canary.up === 0 || newestAt === undefined || !isFreshAt(newestAt, facts)) return undefined;
  const { canary, mirror } = intent.target;
  const stable = traffic.stable.sinceReadBack;
  // Live: the canary's part of what both get, seen through stable's part. Mirrored: a share of stable's own requests.
  const share = fraction(canary);
  const live = share > 0 && share < 1 ? (stable * share) / (1 - share) : 0;
  // Copies of some methods, of requests whose methods are not known, may be none at all.
  const copied = traffic.stable.allMethods === true ? 0 : stable * fraction(mirror?.share ?? NONE);
  const all = mirror === undefined ? live : copied;
  // The canary's own samples must reach so far: stable's may be newer, and would promise requests that nobody has looked for.
  // And they must have begun: a Prometheus may find new pods many seconds after they got their first request.
  const since = fromTime(readBackAt);
  const covered = newestAt - Math.max(since, readFrom);
  const expected = (all * covered) / Math.max(1, newestAt - since);
  const waited = covered >= settings.propagationMs + 2 * settings.scrapeIntervalMs;
  if (traffic.canary.sinceReadBack > 0 || expected < EXPECTED || !waited) return undefined;
  const numbers = { expected: Math.round(expected), seen: 0 };
  const message = `the canary answered none of about ${numbers.expected} requests that were to reach it`;
  return { kind: 'rollBack', outcome: 'rolledBack', reason: 'NoRequests', message, numbers };
}
