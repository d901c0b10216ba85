// The ten questions that gates ask most, as canary articles and the documentation of Flagger and Argo Rollouts word them,
// over the series of bench/pods.ts; and one that no gate asks. Never asked here. Called by bench.ts.

export interface NamedQuery {
  readonly name: string;
  readonly query: string;
}

const errors = (version: string): string =>
  `sum(rate(http_requests_total{app="checkout", version="${version}", code=~"5.."}[5m])) / sum(rate(http_requests_total{app="checkout", version="${version}"}[5m]))`;

const p95 = (version: string): string =>
  `histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{app="checkout", version="${version}"}[5m])))`;

const service = 'destination_service="checkout.shop.svc.cluster.local"';

export const GATES: readonly NamedQuery[] = [
  { name: 'error ratio, 5 m', query: errors('v2') },
  {
    name: 'success rate in percent, 1 m (as Flagger)',
    query: `sum(rate(istio_requests_total{reporter="destination", namespace="shop", destination_version=~"v2", response_code!~"5.*"}[1m])) / sum(rate(istio_requests_total{reporter="destination", namespace="shop", destination_version=~"v2"}[1m])) * 100`,
  },
  {
    name: 'success rate by irate, 5 m (as Argo Rollouts)',
    query: `sum(irate(istio_requests_total{reporter="destination", destination_service=~"checkout.*", response_code!~"5.*"}[5m])) / sum(irate(istio_requests_total{reporter="destination", destination_service=~"checkout.*"}[5m]))`,
  },
  { name: 'p95 of 12 buckets, 5 m', query: p95('v2') },
  {
    name: "p99 of Istio's 20 buckets, 1 m",
    query: `histogram_quantile(0.99, sum by (le) (rate(istio_request_duration_milliseconds_bucket{reporter="destination", ${service}, destination_version="v2"}[1m])))`,
  },
  { name: 'p95: canary above 1.2 × stable', query: `${p95('v2')} > ${p95('v1')} * 1.2` },
  { name: 'error ratio: canary less stable', query: `(${errors('v2')}) - (${errors('v1')})` },
  {
    name: 'CPU as a share of its limit, by pod',
    query:
      'sum by (pod) (rate(container_cpu_usage_seconds_total{pod=~"checkout-v2.*", container!=""}[5m])) / sum by (pod) (kube_pod_container_resource_limits{pod=~"checkout-v2.*", resource="cpu"})',
  },
  {
    name: 'requests seen, increase over 10 m',
    query: 'sum by (version) (increase(http_requests_total{app="checkout"}[10m]))',
  },
  {
    name: 'highest memory, max_over_time 30 m',
    query:
      'max by (version) (max_over_time(container_memory_working_set_bytes{app="checkout", container="checkout"}[30m]))',
  },
];

export const SWEEP: NamedQuery = {
  name: 'no gate: rate of all 640 buckets over the hour',
  query: 'sum by (version) (rate({__name__=~".+_bucket"}[1h]))',
};
