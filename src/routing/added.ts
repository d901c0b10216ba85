// What was missing to tell the versions apart: subsets, or the whole DestinationRule, put there and taken away again.
// Never touches a subset that was there before, or that somebody has made their own since. Marked in annotations of the rule.
// Called by accept, render, strip, promote; by the controller, which creates and removes the rule.
import type { DestinationRule, Subset } from '../api/istio.ts';
import { sameJson } from '../lib/fingerprint.ts';
import type { Added, RouteIdentity } from './target.ts';

/** Names of the subsets that Serin has added, with commas between them; after a promotion they stay. */
const ADDED_SUBSETS = 'serin.dev/added-subsets';
/** `true` on a DestinationRule that Serin has made. */
const ADDED_RULE = 'serin.dev/added-rule';

type Owner = Pick<RouteIdentity, 'service' | 'namespace' | 'added'> & {
  readonly destinationRule: Pick<RouteIdentity['destinationRule'], 'name' | 'namespace'>;
};

/** The rule that Serin adds before it has any subset: it stands for "there is none". */
export const emptyRule = ({ service, namespace, added, destinationRule }: Owner): DestinationRule => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: {
    name: destinationRule.name,
    namespace: destinationRule.namespace,
    annotations: { [ADDED_RULE]: 'true' },
  },
  spec: {
    host: `${service}.${namespace}.svc.cluster.local`,
    ...(added?.rule?.trafficPolicy && { trafficPolicy: added.rule.trafficPolicy }),
  },
});

/** Whether the rule says nothing that is not Serin's: then it must not stand at all. */
export const isEmptyRule = (rule: DestinationRule, owner: Owner): boolean =>
  owner.added?.rule !== undefined &&
  rule.metadata.annotations?.[ADDED_RULE] === 'true' &&
  sameJson(rule.spec, emptyRule(owner).spec);

/** A subset of that name that stands already is left as it is. */
export function withAdded(rule: DestinationRule, added: Added | undefined): DestinationRule {
  const standing = rule.spec.subsets ?? [];
  const missing = (added?.subsets ?? []).filter(({ name }) => !standing.some((subset) => subset.name === name));
  if (missing.length === 0) return rule;
  const names = new Set([...marksOf(rule), ...missing.map(({ name }) => name)]);
  return marked({ ...rule, spec: { ...rule.spec, subsets: [...standing, ...missing] } }, [...names]);
}

/** Only what carries the mark and still is word for word what was added; the rest has become somebody's own. */
export function withoutAdded(rule: DestinationRule, added: Added | undefined): DestinationRule {
  const marks = marksOf(rule);
  const own = (added?.subsets ?? []).filter(({ name }) => marks.includes(name));
  if (own.length === 0) return rule;
  const standing = rule.spec.subsets ?? [];
  const kept = standing.filter((subset) => !own.some((one) => sameJson(one, subset)));
  const left = marks.filter((name) => !own.some((one) => one.name === name));
  return marked(withSubsets(rule, kept), left);
}

/** Nobody writes an empty list of subsets: that there were none says the same. */
function withSubsets(rule: DestinationRule, kept: readonly Subset[]): DestinationRule {
  const { subsets: _, ...spec } = rule.spec;
  return { ...rule, spec: kept.length === 0 ? spec : { ...spec, subsets: kept } };
}

const marksOf = ({ metadata }: DestinationRule): readonly string[] =>
  (metadata.annotations?.[ADDED_SUBSETS] ?? '').split(',').filter((name) => name !== '');

function marked(rule: DestinationRule, names: readonly string[]): DestinationRule {
  const { annotations, ...metadata } = rule.metadata;
  const { [ADDED_SUBSETS]: _, ...others } = annotations ?? {};
  const now = names.length === 0 ? others : { ...others, [ADDED_SUBSETS]: names.join(',') };
  return { ...rule, metadata: { ...metadata, ...(Object.keys(now).length > 0 && { annotations: now }) } };
}
