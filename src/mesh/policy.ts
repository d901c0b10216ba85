// What DestinationRules say about one cluster: balancer, limits, and the subsets of a host.
// Never refuses (check-destination-rule.ts does). Called by compile.ts.
// Source: pilot/pkg/networking/core/cluster_traffic_policy.go, pilot/pkg/networking/util (MergeTrafficPolicy).
import type { DestinationRule, Subset, TrafficPolicy } from '../api/istio.ts';
import type { Service } from '../api/kubernetes.ts';
import { parseDuration } from '../lib/duration.ts';
import { hostMeans } from '../routing/host.ts';
import type { Balancer, LimitsConfig } from './config.ts';
import { oldestFirst } from './order.ts';
import { namespaceOf } from './services.ts';

/** Where Istio keeps rules for everybody; a rule beside the Service comes first. */
export const ROOT_NAMESPACE = 'istio-system';

/** Rules for one host in one namespace: subsets are joined, the first top-level policy holds. */
export interface HostRules {
  readonly trafficPolicy: TrafficPolicy | undefined;
  readonly subsets: readonly Subset[];
}

export function rulesFor(service: Service, rules: readonly DestinationRule[]): HostRules {
  const namespace = namespaceOf(service);
  const own = oldestFirst(rules).filter((rule) =>
    hostMeans(rule.spec.host, namespaceOf(rule), service.metadata.name, namespace),
  );
  const found = [namespace, ROOT_NAMESPACE]
    .map((place) => own.filter((rule) => namespaceOf(rule) === place))
    .find((some) => some.length > 0);
  const subsets = new Map<string, Subset>();
  for (const subset of (found ?? []).flatMap((rule) => rule.spec.subsets ?? [])) {
    if (!subsets.has(subset.name)) subsets.set(subset.name, subset);
  }
  return {
    trafficPolicy: found?.find(({ spec }) => spec.trafficPolicy !== undefined)?.spec.trafficPolicy,
    subsets: [...subsets.values()],
  };
}

export type Policy = Pick<TrafficPolicy, 'connectionPool' | 'loadBalancer'>;

/** A subset's blocks replace the rule's as a whole; those for a port replace both, left-out ones included. */
export function policyFor(rules: HostRules, subset: Subset | undefined, port: number): Policy {
  return merged(merged({}, rules.trafficPolicy, port), subset?.trafficPolicy, port);
}

function merged(base: Policy, over: TrafficPolicy | undefined, port: number): Policy {
  if (over === undefined) return base;
  const level = over.portLevelSettings?.find((settings) => settings.port.number === port);
  if (level !== undefined) return blocks(level.connectionPool, level.loadBalancer);
  return blocks(over.connectionPool ?? base.connectionPool, over.loadBalancer ?? base.loadBalancer);
}

const blocks = (connectionPool: Policy['connectionPool'], loadBalancer: Policy['loadBalancer']): Policy => ({
  ...(connectionPool === undefined ? {} : { connectionPool }),
  ...(loadBalancer === undefined ? {} : { loadBalancer }),
});

export function balancerOf({ loadBalancer }: Policy): Balancer {
  if (loadBalancer?.simple === 'ROUND_ROBIN') return 'roundRobin';
  return loadBalancer?.simple === 'RANDOM' ? 'random' : 'leastRequest';
}

/** Istio's default (connect_timeout of the mesh config). */
const CONNECT_MS = 10_000;

export function limitsOf({ connectionPool: { tcp = {}, http = {} } = {} }: Policy): LimitsConfig {
  const positive = <Key extends string>(key: Key, value: number | undefined) =>
    // Protobuf knows no absent number: 0 is "not set".
    (value === undefined || value <= 0 ? {} : { [key]: value }) as { readonly [K in Key]?: number };
  return {
    ...positive('maxConnections', tcp.maxConnections),
    ...positive('maxPendingRequests', http.http1MaxPendingRequests),
    ...positive('maxRequests', http.http2MaxRequests),
    ...positive('maxRetries', http.maxRetries),
    ...positive('maxRequestsPerConnection', http.maxRequestsPerConnection),
    connectTimeoutMs: milliseconds(tcp.connectTimeout) ?? CONNECT_MS,
    ...positive('idleTimeoutMs', milliseconds(http.idleTimeout)),
  };
}

/** What a timer of Node can hold, some 25 days; beyond it one goes off at once. */
const LONGEST_MS = 2 ** 31 - 1;

export function milliseconds(duration: string | undefined): number | undefined {
  const parsed = duration === undefined ? undefined : parseDuration(duration);
  return parsed === undefined ? undefined : Math.min(parsed, LONGEST_MS);
}
