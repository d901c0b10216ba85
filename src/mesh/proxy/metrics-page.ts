// The proxy's metrics page: Istio's request metrics, Envoy's cluster statistics, and what there is of copies.
// Never counts. Called for each scrape by main.ts.
import { formatExposition, type MetricFamily } from '../../series/exposition.ts';
import type { Labels } from '../../series/series.ts';
import type { Cluster } from './cluster.ts';
import { BUCKETS_MS, type IstioMetrics, type RequestSeries } from './istio-metrics.ts';

/** Prometheus text format. */
export function metricsPage(metrics: IstioMetrics, clusters: Iterable<Cluster>): string {
  return formatExposition([...requestFamilies([...metrics.series()]), ...clusterFamilies([...clusters])]);
}

const DURATION = 'istio_request_duration_milliseconds';

function requestFamilies(series: readonly RequestSeries[]): readonly MetricFamily[] {
  return [
    {
      name: 'istio_requests_total',
      type: 'counter',
      help: 'Requests, as the caller (source) and the pod (destination) saw them end. Copies are only seen by the pod.',
      samples: series.map(({ labels, count }) => ({
        labels: { __name__: 'istio_requests_total', ...labels },
        value: count,
      })),
    },
    {
      name: DURATION,
      type: 'histogram',
      help: 'Duration of requests in milliseconds.',
      samples: series.flatMap(histogram),
    },
  ];
}

function histogram({ labels, sum, count, buckets }: RequestSeries) {
  let below = 0;
  const edges = [...BUCKETS_MS.map(String), '+Inf'].map((le, index) => {
    below += buckets[index] ?? 0;
    return { labels: { __name__: `${DURATION}_bucket`, ...labels, le } as Labels, value: below };
  });
  return [
    ...edges,
    { labels: { __name__: `${DURATION}_sum`, ...labels }, value: sum },
    { labels: { __name__: `${DURATION}_count`, ...labels }, value: count },
  ];
}

type Row = readonly [type: 'counter' | 'gauge', name: string, help: string, read: (cluster: Cluster) => number];

const ROWS: readonly Row[] = [
  ['gauge', 'envoy_cluster_membership_total', 'Ready pods.', ({ endpoints }) => endpoints.length],
  ['gauge', 'envoy_cluster_upstream_cx_active', 'Connections, those being opened included.', (c) => c.connections],
  ['counter', 'envoy_cluster_upstream_cx_total', 'Connections begun.', (c) => c.counts.connectionsTotal],
  [
    'counter',
    'envoy_cluster_upstream_cx_connect_fail',
    'Connections refused or timed out.',
    (c) => c.counts.connectFailures,
  ],
  ['gauge', 'envoy_cluster_upstream_rq_active', 'Requests on a connection.', (c) => c.activeRequests],
  ['gauge', 'envoy_cluster_upstream_rq_pending_active', 'Requests waiting for a connection.', (c) => c.pending],
  [
    'counter',
    'envoy_cluster_upstream_rq_pending_overflow',
    'Requests that found the pool full.',
    (c) => c.counts.pendingOverflow,
  ],
  [
    'counter',
    'envoy_cluster_upstream_rq_total',
    'Requests put on a connection, retries and copies included.',
    (c) => c.counts.requests,
  ],
  ['counter', 'envoy_cluster_upstream_rq_retry', 'Retries.', (c) => c.counts.retries],
  ['counter', 'envoy_cluster_upstream_rq_timeout', 'Requests and tries that took too long.', (c) => c.counts.timeouts],
  ['gauge', 'serin_mesh_copies_open', 'Mirrored requests without an end yet.', (c) => c.copies.open],
  [
    'gauge',
    'serin_mesh_copies_open_max',
    'The most mirrored requests that were open at once.',
    (c) => c.copies.openMax,
  ],
  ['counter', 'serin_mesh_copies_total', 'Mirrored requests that were to be sent.', (c) => c.copies.total],
  [
    'counter',
    'serin_mesh_copies_dropped_total',
    'Mirrored requests that did not reach a pod, or were cut off because the caller left.',
    (c) => c.copies.dropped,
  ],
];

function clusterFamilies(clusters: readonly Cluster[]): readonly MetricFamily[] {
  const rows = ROWS.map(([type, name, help, read]) => ({
    name,
    type,
    help,
    samples: clusters.map((cluster) => ({
      labels: { __name__: name, cluster_name: cluster.name },
      value: read(cluster),
    })),
  }));
  const name = 'envoy_cluster_upstream_rq';
  const samples = clusters.flatMap((cluster) =>
    [...cluster.codes].map(([code, value]) => ({
      labels: { __name__: name, cluster_name: cluster.name, response_code: String(code) },
      value,
    })),
  );
  return [...rows, { name, type: 'counter', help: 'Requests by their final code; 0 for none.', samples }];
}
