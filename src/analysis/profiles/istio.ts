// The profile `istio`: what the pods' proxies count at the destination, where copies are counted too (at the source they are not).
// Never reads samples. Source: istio/proxy istio_stats.cc; facts on reporter, gRPC status and code 0 in docs/reference/metrics.md.
import { clientErrors, serverErrors, succeeded } from './codes.ts';
import { type ErrorFamily, fits, is, type Matchers, type Profile, unlike } from './profile.ts';
import { RESOURCES } from './resources.ts';

const REQUESTS = 'istio_requests_total';

/** The code of a failed gRPC call is 200: its status says more. */
const failedCall = (statuses: string): Matchers => [
  is('request_protocol', 'grpc'),
  is('response_code', '200'),
  fits('grpc_response_status', statuses),
];

/** UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const SERVERS_FAULT = failedCall('2|4|8|13|14|15');

/** All others but OK and CANCELLED: there the caller gave up. */
const CLIENTS_FAULT = failedCall('3|5|6|7|9|10|11|12|16');

const errors = (...anyOf: readonly Matchers[]): ErrorFamily => ({
  metric: REQUESTS,
  by: 'version',
  where: [],
  label: 'response_code',
  anyOf,
});

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
  // Istio's default of `sidecar.istio.io/statsFlushInterval`.
  histogramsEveryMs: 5000,
  signals: {
    requests: [{ metric: REQUESTS, by: 'version', where: [] }],
    errors: [errors(serverErrors('response_code'), SERVERS_FAULT)],
    clientErrors: [errors(clientErrors('response_code'), CLIENTS_FAULT)],
    latency: [
      {
        metric: 'istio_request_duration_milliseconds_bucket',
        by: 'version',
        where: [],
        unit: 'ms',
        successful: [...succeeded('response_code'), unlike('grpc_response_status', '[1-9].*')],
      },
    ],
    ...RESOURCES,
  },
};
