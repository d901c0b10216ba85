// The profile `envoy`: what the callers' proxies count of the cluster of each subset, copies in the canary's cluster included.
// Never reads samples. Source: Envoy's cluster statistics; Istio's names of clusters, `outbound|80|v2|host`.
import { clientErrors, serverErrors } from './codes.ts';
import { type ErrorFamily, is, isNot, type Matchers, type Profile } from './profile.ts';
import { RESOURCES } from './resources.ts';

const ANSWERS = 'envoy_cluster_upstream_rq';

/**
 * With Istio's tags the series by class of code (`response_code_class`, no `response_code`) have the same name, and would count
 * each request once more.
 */
const BY_CODE = [isNot('response_code', '')];

const errors = (matchers: Matchers): ErrorFamily => ({
  metric: ANSWERS,
  by: 'version',
  where: [],
  label: 'response_code',
  anyOf: [matchers],
});

export const envoyProfile: Profile = {
  name: 'envoy',
  identity: { kind: 'labels', labels: { cluster_name: 'outbound|$port|$subset|$host' } },
  carriedBy: 'callers',
  // There from the cluster's configuration on, at 0.
  carriers: [{ metric: 'envoy_cluster_upstream_rq_total', by: 'version', where: [] }],
  countsProbes: false,
  unanswered: [is('response_code', '0')],
  // Envoy's default of `stats_flush_interval`.
  histogramsEveryMs: 5000,
  signals: {
    requests: [{ metric: ANSWERS, by: 'version', where: BY_CODE }],
    errors: [errors(serverErrors('response_code'))],
    clientErrors: [errors(clientErrors('response_code'))],
    // Of all answers: these buckets do not tell codes.
    latency: [{ metric: 'envoy_cluster_upstream_rq_time_bucket', by: 'version', where: [], unit: 'ms' }],
    ...RESOURCES,
  },
};
