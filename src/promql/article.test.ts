// The three queries of article 0 (Goh Ling Yong, "Advanced Canary Deployments with Istio Traffic Mirroring & Prometheus"),
// word for word, over fifteen minutes of its service on a virtual clock, scraped every 15 s.
import { describe, expect, it } from 'vitest';
import { createMetricsWorld, POD, type VersionLoad } from '../../test/support/metrics-world.ts';
import { ask, rounded } from '../../test/support/series-notation.ts';

const ERRORS = `# Query to check if v2 error rate exceeds 1%
# Returns a value if the condition is met, otherwise returns empty.
(
  sum(rate(http_requests_total{app="checkout-service", version="v2", code=~"5.."}[5m]))
  /
  sum(rate(http_requests_total{app="checkout-service", version="v2"}[5m]))
) > 0.01`;

const LATENCY = `# Query to check if v2 p95 latency is > 20% higher than v1 p95 latency
# Returns a value if the condition is met.
histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket{app="checkout-service", version="v2"}[5m])) by (le))
>
(histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket{app="checkout-service", version="v1"}[5m])) by (le)) * 1.2)`;

const SATURATION = `# Query to check if v2 container CPU usage is above 80% of its limit
# This assumes CPU limits are set on the container.
sum(rate(container_cpu_usage_seconds_total{pod=~"checkout-service-v2.*", container!=""}[5m])) by (pod)
/
sum(kube_pod_container_resource_limits{pod=~"checkout-service-v2.*", resource="cpu"}) by (pod)
> 0.80`;

const STABLE: VersionLoad = { rate: 50, latencyMs: [50, 70], cores: 0.2 };

function answers(canary: VersionLoad): readonly (readonly [string, number])[][] {
  const world = createMetricsWorld();
  world.run(900, { v1: STABLE, v2: canary });
  return [ERRORS, LATENCY, SATURATION].map((query) =>
    Object.entries(ask(world.store, query, `${world.now()}ms`)).map(
      ([series, value]) => [series, rounded(value)] as const,
    ),
  );
}

describe("article 0's queries", () => {
  it('return the numbers of its bad canary: 2 % errors, 100 … 150 ms, 0.9 of one core', () => {
    expect(answers({ rate: 50, errors: 0.02, latencyMs: [100, 150], cores: 0.9 })).toEqual([
      [['{}', 0.02]],
      // All requests in the bucket 0.1 … 0.25: 0.1 + 0.15 · 0.95.
      [['{}', 0.2425]],
      [[`{pod="${POD.v2}"}`, 0.9]],
    ]);
  });

  it('return nothing for a canary that is as good as stable', () => {
    expect(answers({ rate: 50, errors: 0.005, latencyMs: [50, 70], cores: 0.4 })).toEqual([[], [], []]);
  });

  it('return nothing for a canary without errors at all: its error series never was', () => {
    expect(answers(STABLE)[0]).toEqual([]);
  });
});
