// The profile `istio`: what the pods' proxies count at the destination, where copies are counted too (at the source they are not).
// Never reads samples. Source: istio/proxy istio_stats.cc; facts on reporter, gRPC status and code 0 in docs/reference/metrics.md.
import { fits, is, type Profile } from './profile.ts';
import { RESOURCES, serverErrors } from './resources.ts';

/** UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE, DATA_LOSS: the server's fault, under code 200. */
const FAILED_CALL = [
  is('request_protocol', 'grpc'),
  is('response_code', '200'),
  fits('grpc_response_status', '2|4|8|13|14|15'),
];

export const istioProfile: Profile = {
  name: 'istio',
  // One reporter, or each request counts twice. The workload, since it is one version's by name, whatever its pods' labels.
  identity: {
    kind: 'labels',
    labels: {
      reporter: 'destination',
      destination_workload: '$deployment',
      destination_workload_namespace: '$namespace',
    },
  },
  carriedBy: 'mesh',
  carriers: [],
  // The agent answers probes beside the proxy's inbound listener (the injector rewrites them).
  countsProbes: false,
  unanswered: [is('response_code', '0')],
  signals: {
    requests: [{ metric: 'istio_requests_total', by: 'version', where: [] }],
    errors: [
      {
        metric: 'istio_requests_total',
        by: 'version',
        where: [],
        label: 'response_code',
        anyOf: [serverErrors('response_code'), FAILED_CALL],
      },
    ],
    latency: [{ metric: 'istio_request_duration_milliseconds_bucket', by: 'version', where: [], unit: 'ms' }],
    ...RESOURCES,
  },
};
