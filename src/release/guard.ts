// The one guard before every decision that moves weight onto a version, stable included: with no ready pod there, scale it
// up and keep the present weights; with some, move at once and scale up beside it. Called by decide after the policies.
import { ALL } from '../lib/share.ts';
import type { Decision } from './decision.ts';
import { type Facts, podsFor, podsNeeded, presentSize, promisedSize } from './facts.ts';
import type { VersionName } from './status.ts';
import { canaryShare, exposureOf, type RouteIntent } from './target.ts';

export function guard(decision: Decision, facts: Facts): Decision {
  if (decision.kind !== 'route' && decision.kind !== 'withdraw') return decision;
  // A deletion is never stuck (design.md §4).
  if (facts.orders.deleting) return decision;
  const gaining = gainingVersion(facts.status.route.intent, decision.intent);
  if (gaining === undefined) return decision;
  const state = facts.versions[gaining];
  // No more than its autoscaler lets stand.
  const needed = Math.min(podsOf(gaining, decision.intent, facts), state.mostReplicas ?? Infinity);
  if (state.ready >= needed) return decision;
  const scale = { version: gaining, replicas: Math.max(needed, state.wanted) };
  const short = state.found && state.wanted < needed;
  if (state.ready > 0) return short ? { ...decision, scale } : decision;
  const { deployment } = facts.status.accepted.versions[gaining];
  const why = state.trouble === undefined ? '' : `; ${state.trouble.message}`;
  const { policy } = decision;
  // Nobody makes its pods any more: that is for a person to hear.
  if (!state.found) {
    const message = `Deployment ${deployment} is gone: the present weights stay (${decision.message})`;
    return { kind: 'hold', policy, reason: 'NoReadyPods', message };
  }
  const message = `no pod of ${deployment} is ready: the present weights stay (${decision.message})${why}`;
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
  // Routes that led to every version are about to name stable.
  if (stageOf(from) === 'prepared' && stageOf(to) === undefined) return 'stable';
  const exposedNow = from.kind === 'promoted' ? 'live' : exposureOf(from.target);
  const exposedThen = to.kind === 'promoted' ? 'live' : exposureOf(to.target);
  return exposedNow === 'none' && exposedThen !== 'none' ? 'canary' : undefined;
}

const stageOf = (intent: RouteIntent) => (intent.kind === 'pair' ? intent.target.stage : undefined);

function podsOf(version: VersionName, intent: RouteIntent, facts: Facts): number {
  if (version === 'canary') return Math.max(1, podsNeeded(intent, presentSize(facts)));
  // As many as stable had before its traffic began to leave; its autoscaler knew best.
  return facts.status.floors?.stable ?? podsFor(ALL, { ...promisedSize(facts), least: 1 });
}
