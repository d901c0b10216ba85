// What of a DestinationRule the embedded mesh refuses, field by field.
// Never looks at other objects. Called by check.ts.
import type { ConnectionPoolSettings, DestinationRule, LoadBalancerSettings, TrafficPolicy } from '../api/istio.ts';
import { type Refuse, refuseExports, refuser } from './check-virtual-service.ts';
import type { Finding } from './finding.ts';

export function destinationRuleFindings(rule: DestinationRule): readonly Finding[] {
  const findings: Finding[] = [];
  const refuse = refuser(findings);
  const { trafficPolicy, subsets = [], exportTo = [], workloadSelector, host } = rule.spec;
  if (host.startsWith('*')) refuse('spec.host', 'wildcard hosts are not supported', host);
  if (workloadSelector !== undefined) refuse('spec.workloadSelector', 'rules for chosen callers are not supported');
  refuseExports(exportTo, refuse);
  refusePolicy(trafficPolicy, 'spec.trafficPolicy', refuse);
  for (const [index, subset] of subsets.entries()) {
    refusePolicy(subset.trafficPolicy, `spec.subsets[${index}].trafficPolicy`, refuse);
  }
  return findings;
}

function refusePolicy(policy: TrafficPolicy | undefined, path: string, refuse: Refuse): void {
  if (policy === undefined) return;
  if (policy.tunnel !== undefined) refuse(`${path}.tunnel`, 'tunnels are not supported');
  if (policy.proxyProtocol !== undefined) refuse(`${path}.proxyProtocol`, 'the PROXY protocol is not supported');
  if (policy.retryBudget !== undefined) {
    refuse(`${path}.retryBudget`, 'retry budgets are not supported', undefined, 'connectionPool.http.maxRetries');
  }
  refuseBlocks(policy, path, refuse);
  for (const [index, level] of (policy.portLevelSettings ?? []).entries()) {
    refuseBlocks(level, `${path}.portLevelSettings[${index}]`, refuse);
  }
}

type Blocks = Pick<TrafficPolicy, 'loadBalancer' | 'connectionPool' | 'outlierDetection' | 'tls'>;

function refuseBlocks(
  { loadBalancer, connectionPool, outlierDetection, tls }: Blocks,
  path: string,
  refuse: Refuse,
): void {
  if (outlierDetection !== undefined) refuse(`${path}.outlierDetection`, 'outlier detection is not supported');
  if (tls !== undefined && tls.mode !== undefined && tls.mode !== 'DISABLE') {
    refuse(`${path}.tls.mode`, 'TLS to pods is not supported', tls.mode, 'DISABLE, or no tls');
  }
  refuseBalancer(loadBalancer, `${path}.loadBalancer`, refuse);
  refusePool(connectionPool, `${path}.connectionPool`, refuse);
}

function refuseBalancer(settings: LoadBalancerSettings | undefined, path: string, refuse: Refuse): void {
  if (settings === undefined) return;
  if (settings.consistentHash !== undefined) {
    const instead = 'match routes on a cookie or header, which also keeps a user on a version';
    refuse(`${path}.consistentHash`, 'consistent hashing is not supported', undefined, instead);
  }
  if (settings.simple === 'PASSTHROUGH') {
    refuse(`${path}.simple`, 'not supported', 'PASSTHROUGH', 'LEAST_REQUEST, ROUND_ROBIN or RANDOM');
  }
  if (settings.localityLbSetting !== undefined) refuse(`${path}.localityLbSetting`, 'there are no localities here');
  for (const field of ['warmup', 'warmupDurationSecs'] as const) {
    if (settings[field] !== undefined) refuse(`${path}.${field}`, 'warm-up of new pods is not supported');
  }
}

function refusePool({ tcp = {}, http = {} }: ConnectionPoolSettings = {}, path: string, refuse: Refuse): void {
  for (const field of ['tcpKeepalive', 'maxConnectionDuration', 'idleTimeout'] as const) {
    if (tcp[field] !== undefined) refuse(`${path}.tcp.${field}`, 'not supported', JSON.stringify(tcp[field]));
  }
  if (http.h2UpgradePolicy === 'UPGRADE') {
    refuse(`${path}.http.h2UpgradePolicy`, 'only HTTP/1.1 is spoken here', 'UPGRADE', 'DO_NOT_UPGRADE');
  }
  if (http.useClientProtocol === true) refuse(`${path}.http.useClientProtocol`, 'only HTTP/1.1 is spoken here', 'true');
  if (http.maxConcurrentStreams !== undefined) {
    refuse(`${path}.http.maxConcurrentStreams`, 'only HTTP/1.1 is spoken here', String(http.maxConcurrentStreams));
  }
}
