// Which DestinationRule speaks for a service: the one beside it, else the one for everybody; and what a wider rule gives it.
// Never looks at subsets. Called by choose.ts and visibility.ts. Source: pilot/pkg/model/push_context.go (destinationRule).
import type { DestinationRule, TrafficPolicy } from '../api/istio.ts';
import { formatRef, refOf } from '../api/object.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { hostMeans } from './host.ts';

/** Istio's default for the namespace of rules for the whole mesh. */
export const ROOT_NAMESPACE = 'istio-system';

export interface Named {
  /** Name and namespace of the Service. */
  readonly service: string;
  readonly namespace: string;
}

export const isAbout = (rule: DestinationRule, { service, namespace }: Named): boolean =>
  hostMeans(rule.spec.host, refOf(rule).namespace, service, namespace);

/** Undefined when there is none; SRN1202 when several in one namespace are about it, of which Istio mixes one. */
export function ruleOf(rules: readonly DestinationRule[], named: Named): Result<DestinationRule | undefined> {
  const about = rules.filter((rule) => isAbout(rule, named));
  const here = [named.namespace, ROOT_NAMESPACE]
    .map((place) => about.filter((rule) => refOf(rule).namespace === place))
    .find((some) => some.length > 0);
  const [first, ...more] = here ?? [];
  if (first === undefined || more.length === 0) return ok(first);
  return failed(...more.map((other) => second(other, first, named)));
}

const second = (other: DestinationRule, first: DestinationRule, { service }: Named): Problem => ({
  code: 'SRN1202',
  place: { object: formatRef(refOf(other)), path: 'spec.host' },
  message: `another DestinationRule is about \`${service}\` already`,
  found: formatRef(refOf(first)),
  accepted: 'one DestinationRule with all subsets',
});

/**
 * The policy that the service has from a rule with a wildcard: a rule of its own takes that one's place as a whole, so what it
 * said must be said again. The longest wildcard speaks, and the service's namespace before the root.
 */
export function inheritedPolicy(
  rules: readonly DestinationRule[],
  { service, namespace }: Named,
): TrafficPolicy | undefined {
  const host = `${service}.${namespace}.svc.cluster.local`;
  const covers = ({ spec }: DestinationRule) => spec.host.startsWith('*') && host.endsWith(spec.host.slice(1));
  const found = [namespace, ROOT_NAMESPACE]
    .map((place) => rules.filter((rule) => refOf(rule).namespace === place && covers(rule)))
    .find((some) => some.length > 0);
  return (found ?? []).toSorted((a, b) => b.spec.host.length - a.spec.host.length)[0]?.spec.trafficPolicy;
}
