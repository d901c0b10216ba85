// What the benchmark replays: a release with the three commonest kinds of queries, over windows of five minutes, and one without gates of its own.
// Never started. Called by bench.ts.

const deployment = (version: string): string => `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: checkout-service-${version}, namespace: prod }
spec:
  selector: { matchLabels: { app: checkout-service, version: ${version} } }
  template:
    metadata: { labels: { app: checkout-service, version: ${version} } }
    spec: { containers: [{ name: app, image: "checkout:${version}" }] }
`;

const release = (gates: string): string => `apiVersion: serin.dev/v1alpha1
kind: Release
metadata: { name: checkout-v2, namespace: prod }
spec:
  service: checkout-service
  canary: { deployment: checkout-service-v2 }
  plan: [{ shift: { traffic: 50%, for: 30m } }]
${gates}${deployment('v1')}${deployment('v2')}`;

const QUERIES = `  gates:
    errors:
      promql: sum(rate(http_requests_total{$canary,code=~"5.."}[5m])) / sum(rate(http_requests_total{$canary}[5m])) > 0.01
    compared-errors:
      promql: sum(rate(http_requests_total{$canary,code=~"5.."}[5m])) > 2 * sum(rate(http_requests_total{$stable,code=~"5.."}[5m]))
    p95-latency:
      promql: |
        histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket{$canary}[5m])) by (le))
        >
        histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket{$stable}[5m])) by (le)) * 1.2
`;

export const MANIFESTS = {
  'three queries': release(QUERIES),
  'the gates by default': release(''),
} as const;
