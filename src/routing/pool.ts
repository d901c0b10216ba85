// The connection pool that bounds copies on the canary's subset: set, and taken away with the subset's own policy restored.
// Never raises a limit the user set lower, never touches the rest of the policy. Called by render, strip and accept.
import type { ConnectionPoolSettings, DestinationRule, Subset, TrafficPolicy } from '../api/istio.ts';
import { parseDuration } from '../lib/duration.ts';
import type { OriginalPool } from './target.ts';

/**
 * Per calling proxy. Istio sets no limits by default, so copies to a hanging canary would pile up in every caller
 * (no retries, but the route's timeout, which is none by default). These are the limits that Envoy has where nobody sets
 * any: a canary that answers does not come near them, and one that does not is bounded (docs/decisions/0100).
 */
const LIMITS = {
  maxConnections: 1024,
  connectTimeout: '1s',
  http1MaxPendingRequests: 1024,
  http2MaxRequests: 1024,
} as const;

export const subsetNamed = (rule: DestinationRule, name: string): Subset | undefined =>
  rule.spec.subsets?.find((subset) => subset.name === name);

export function originalPool(rule: DestinationRule, canary: string): OriginalPool {
  const policy = subsetNamed(rule, canary)?.trafficPolicy;
  const pool = policy?.connectionPool;
  return { trafficPolicy: policy !== undefined, ...(pool !== undefined && { connectionPool: pool }) };
}

/**
 * A subset's connectionPool replaces the rule's block whole (MergeSubsetTrafficPolicy), so this is a full copy of what
 * the subset has or inherits, with lower limits. Port-level blocks of the rule are replaced too: their limits count.
 */
function boundedPool(rule: DestinationRule, subset: Subset): ConnectionPoolSettings {
  const own = subset.trafficPolicy?.connectionPool;
  const inherited = rule.spec.trafficPolicy;
  const ports = own === undefined ? (inherited?.portLevelSettings ?? []) : [];
  const base = own ?? inherited?.connectionPool ?? {};
  const blocks = [base, ...ports.flatMap(({ connectionPool }) => connectionPool ?? [])];
  return {
    ...base,
    tcp: {
      ...base.tcp,
      maxConnections: lowest(
        LIMITS.maxConnections,
        blocks.map(({ tcp }) => tcp?.maxConnections),
      ),
      connectTimeout: shortest(
        LIMITS.connectTimeout,
        blocks.map(({ tcp }) => tcp?.connectTimeout),
      ),
    },
    http: {
      ...base.http,
      http1MaxPendingRequests: lowest(
        LIMITS.http1MaxPendingRequests,
        blocks.map(({ http }) => http?.http1MaxPendingRequests),
      ),
      http2MaxRequests: lowest(
        LIMITS.http2MaxRequests,
        blocks.map(({ http }) => http?.http2MaxRequests),
      ),
    },
  };
}

/** Zero means "not set" to Istio (applyConnectionPool). */
const lowest = (limit: number, others: readonly (number | undefined)[]): number =>
  Math.min(limit, ...others.filter((other) => other !== undefined && other > 0).map(Number));

function shortest(limit: string, others: readonly (string | undefined)[]): string {
  const length = (text: string) => parseDuration(text) || Number.POSITIVE_INFINITY;
  return [limit, ...others.filter((other) => other !== undefined)].reduce((a, b) => (length(b) < length(a) ? b : a));
}

export const addPool = (rule: DestinationRule, canary: string): DestinationRule =>
  withPolicy(rule, canary, (subset) => ({ ...subset.trafficPolicy, connectionPool: boundedPool(rule, subset) }));

/** While a release runs, the canary subset's connectionPool is Serin's; everything else in the policy stays as it stands. */
export const removePool = (rule: DestinationRule, canary: string, original: OriginalPool): DestinationRule =>
  withPolicy(rule, canary, ({ trafficPolicy }) => {
    if (original.connectionPool !== undefined) return { ...trafficPolicy, connectionPool: original.connectionPool };
    const { connectionPool, ...rest } = trafficPolicy ?? {};
    return Object.keys(rest).length > 0 || original.trafficPolicy ? rest : undefined;
  });

function withPolicy(
  rule: DestinationRule,
  name: string,
  change: (subset: Subset) => TrafficPolicy | undefined,
): DestinationRule {
  if (subsetNamed(rule, name) === undefined) return rule;
  const subsets = rule.spec.subsets?.map((subset) => {
    if (subset.name !== name) return subset;
    const { trafficPolicy, ...rest } = subset;
    const changed = change(subset);
    return changed === undefined ? rest : { ...rest, trafficPolicy: changed };
  });
  return { ...rule, spec: { ...rule.spec, ...(subsets !== undefined && { subsets }) } };
}
