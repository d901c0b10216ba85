// Which version a selector speaks of: the identity labels of canary and stable, compared with a selector's matchers.
// Never reads samples or parses. Called by plan.ts, to widen a selector to its version and to put stable in the canary's place.
import { NAME } from '../series/labels.ts';
import { compileMatcher } from '../series/matchers.ts';
import type { Matcher } from '../series/series.ts';
import { type Side, standIn } from './placeholders.ts';

/** Identity labels of one version, as its series carry them: { namespace: 'prod', app: 'checkout-service', version: 'v2' }. */
export interface VersionLabels {
  readonly [label: string]: string;
}

export interface PairLabels {
  readonly canary: VersionLabels;
  readonly stable: VersionLabels;
  /** Names of the Deployments: with them a matcher on `pod` is known to mean one version. Without, it is the canary's and has no other side. */
  readonly deployments?: { readonly canary: string; readonly stable: string };
}

/** Which versions' series the matchers let through, and whether they tell the versions apart at all. */
export interface Role {
  readonly canary: boolean;
  readonly stable: boolean;
  /** It names a version: by a label in which the two differ, or by pod. */
  readonly specific: boolean;
}

const POD = 'pod';

const labelNames = (pair: PairLabels): ReadonlySet<string> =>
  new Set([...Object.keys(pair.canary), ...Object.keys(pair.stable)]);

const differs = (pair: PairLabels, label: string): boolean => pair.canary[label] !== pair.stable[label];

/** Whether the matcher belongs to the question "whose series?", and so stays when a selector is widened to all of its version. */
export const isIdentity = (matcher: Matcher, pair: PairLabels): boolean =>
  matcher.name === NAME || matcher.name === POD || labelNames(pair).has(matcher.name);

/** The matchers with every stand-in replaced by that version's labels. */
export const expand = (matchers: readonly Matcher[], pair: PairLabels): readonly Matcher[] =>
  matchers.flatMap((matcher) => {
    const side = standIn(matcher);
    return side === undefined ? [matcher] : matchersOf(pair[side]);
  });

export function roleOf(matchers: readonly Matcher[], pair: PairLabels): Role {
  const identity = matchers.filter((matcher) => matcher.name !== NAME && isIdentity(matcher, pair));
  return {
    canary: identity.every((matcher) => admits(matcher, pair, 'canary')),
    stable: identity.every((matcher) => admits(matcher, pair, 'stable')),
    specific: identity.some((matcher) => matcher.name === POD || differs(pair, matcher.name)),
  };
}

/**
 * The same selector asked of stable: each matcher that only the canary satisfies gives way to stable's value; a selector
 * that takes both versions alike is narrowed to stable. Undefined when there is nothing of the canary in it, or no telling.
 */
export function forStable(matchers: readonly Matcher[], pair: PairLabels): readonly Matcher[] | undefined {
  const role = roleOf(matchers, pair);
  if (!role.canary) return undefined;
  if (!role.specific) {
    const named = matchers.some((matcher) => matcher.name !== NAME && isIdentity(matcher, pair));
    return named ? [...matchers, ...matchersOf(pair.stable).filter(({ name }) => differs(pair, name))] : undefined;
  }
  const swapped = matchers.map((matcher) => swap(matcher, pair));
  return swapped.includes(undefined) ? undefined : swapped.filter((matcher) => matcher !== undefined);
}

function swap(matcher: Matcher, pair: PairLabels): Matcher | undefined {
  if (matcher.name === NAME || !isIdentity(matcher, pair)) return matcher;
  if (admits(matcher, pair, 'stable')) return matcher;
  if (matcher.name === POD) return pair.deployments && { name: POD, op: '=~', value: podsOf(pair.deployments.stable) };
  return { name: matcher.name, op: '=', value: pair.stable[matcher.name] ?? '' };
}

function admits(matcher: Matcher, pair: PairLabels, side: Side): boolean {
  const test = compileMatcher(matcher);
  if (matcher.name !== POD) return test(pair[side][matcher.name] ?? '');
  return pair.deployments === undefined ? side === 'canary' : test(podLike(pair.deployments[side]));
}

const matchersOf = (labels: VersionLabels): readonly Matcher[] =>
  Object.entries(labels).map(([name, value]) => ({ name, op: '=', value }));

/** A name as a Deployment's pods have: the Deployment's, the ReplicaSet's hash, five characters of their own. */
const podLike = (deployment: string): string => `${deployment}-7c5ddbdf54-x7k2p`;

export const podsOf = (deployment: string): string => `${deployment.replaceAll('.', '\\.')}-[a-z0-9]+-[a-z0-9]+`;
