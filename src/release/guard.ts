// The one guard before every decision that moves weight onto a version, stable included: with no ready pod there, scale it
// up and keep the present weights; with some, move at once and scale up beside it. Called by decide after the policies.
import { ALL } from '../lib/share.ts';
import type { Decision } from './decision.ts';
import { type Facts, podsFor, podsNeeded } from './facts.ts';
import type { VersionName } from './status.ts';
import { canaryShare, exposureOf, type RouteIntent } from './target.ts';

export function guard(decision: Decision, facts: Facts): Decision {
  if (decision.kind !== 'route' && decision.kind !== 'withdraw') return decision;
  // A deletion is never stuck (design.md §4).
  if (facts.orders.deleting) return decision;
  const gaining = gainingVersion(facts.status.route.intent, decision.intent);
  if (gaining === undefined) return decision;
  const state = facts.versions[gaining];
  const needed = podsOf(gaining, decision.intent, facts);
  if (state.ready >= needed) return decision;
  const scale = { version: gaining, replicas: Math.max(needed, state.wanted) };
  const short = state.found && state.wanted < needed;
  if (state.ready > 0) return short ? { ...decision, scale } : decision;
  const { deployment } = facts.status.accepted.versions[gaining];
  const message = `no pod of ${deployment} is ready: the present weights stay (${decision.message})`;
  const { policy } = decision;
  return short
    ? { kind: 'scale', scale, policy, reason: 'NoReadyPods', message }
    : { kind: 'wait', policy, reason: 'NoReadyPods', message };
}

/** The version that would get traffic which it does not get now. */
function gainingVersion(from: RouteIntent, to: RouteIntent): VersionName | undefined {
  const before = canaryShare(from);
  const after = canaryShare(to);
  if (after < before) return 'stable';
  if (after > before) return 'canary';
  const exposedNow = from.kind === 'promoted' ? 'live' : exposureOf(from.target);
  const exposedThen = to.kind === 'promoted' ? 'live' : exposureOf(to.target);
  return exposedNow === 'none' && exposedThen !== 'none' ? 'canary' : undefined;
}

function podsOf(version: VersionName, intent: RouteIntent, facts: Facts): number {
  const { replicas } = facts.status.accepted.versions.stable;
  if (version === 'canary') return Math.max(1, podsNeeded(intent, replicas));
  return podsFor(ALL, replicas);
}
