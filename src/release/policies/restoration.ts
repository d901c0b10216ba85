// The very end of a roll back: what Serin had to add to tell the versions apart is taken back, when nobody needs it any more.
// Never while the canary may still get requests: a subset that is gone answers 503, and an open route leads to every pod.
// Called by rolling-back.ts.
import { fromTime } from '../../lib/time.ts';
import type { Facts } from '../facts.ts';
import { describeTarget, PREPARED, pairIntent, RESTORED } from '../target.ts';
import { type Speech, wait } from './policy.ts';

/** The first target of all is `prepared` too, and comes from the user's own routes. */
export function isRestoring({ status }: Facts): boolean {
  const { intent, from } = status.route;
  if (intent.kind !== 'pair' || intent.target.stage === undefined) return false;
  return intent.target.stage === 'restored' || (from.kind === 'pair' && from.target.stage === undefined);
}

/** Undefined when all is as the user had it, or must stay (`keptBack`). The traffic is away from the canary already. */
export function restore(facts: Facts): Speech | undefined {
  const { status } = facts;
  const { identity, versions } = status.accepted;
  const { intent, readBackAt } = status.route;
  if (intent.kind !== 'pair' || (identity.added === undefined && identity.pins !== true)) return undefined;
  if (intent.target.stage === 'restored')
    return readBackAt === undefined ? wait('Unconfirmed', 'waiting to read the routes back') : undefined;
  if (mustStay(facts)) return undefined;
  if (!isSettled(facts))
    return wait('Restoring', `waiting until no route names ${versions.canary.deployment} anywhere`);
  const isLast = intent.target.stage === 'prepared' || identity.pins !== true || identity.added === undefined;
  const to = isLast ? RESTORED : PREPARED;
  return { kind: 'route', intent: pairIntent(to), reason: 'Restore', message: `route: ${describeTarget(to)}` };
}

/** Open routes lead to every pod: with the canary's still running, its users would be back at once. */
const mustStay = ({ status, versions }: Facts): boolean =>
  status.accepted.identity.pins === true && versions.canary.found && versions.canary.running > 0;

/** A deletion has not waited for proof in the traffic; nor may the metrics be there to give one. */
function isSettled({ status, confirmed, now, settings }: Facts): boolean {
  const { readBackAt } = status.route;
  if (confirmed) return true;
  return (
    readBackAt !== undefined && now - fromTime(readBackAt) >= settings.propagationMs + 2 * settings.scrapeIntervalMs
  );
}

/** What stays behind, for the sentence that tells of the end. */
export function keptBack({ status, route }: Facts): string {
  const { identity } = status.accepted;
  const { intent } = status.route;
  const isBack = intent.kind === 'pair' && intent.target.stage === 'restored';
  if (isBack || route.kind === 'unusable') return '';
  const subsets = (identity.added?.subsets ?? []).map(({ name }) => name);
  const kept = [
    ...(identity.pins === true ? [`the routes name subset ${identity.stable}`] : []),
    ...(subsets.length === 0
      ? []
      : [`${subsets.length === 1 ? 'subset' : 'subsets'} ${subsets.join(', ')} added by Serin`]),
  ];
  return kept.length === 0 ? '' : `; left as it is while the canary may get requests: ${kept.join(', ')}`;
}
