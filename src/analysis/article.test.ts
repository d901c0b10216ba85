// The three queries of article 0 (Goh Ling Yong, "Advanced Canary Deployments with Istio Traffic Mirroring & Prometheus"),
// in the article's own text, over its own service on a virtual clock.
import { beforeAll, describe, expect, it } from 'vitest';
import { verdictOn } from '../../test/support/gates.ts';
import { createMetricsWorld, type MetricsWorld } from '../../test/support/metrics-world.ts';

const ERRORS = `
# Query to check if v2 error rate exceeds 1%
# Returns a value if the condition is met, otherwise returns empty.
(
  sum(rate(http_requests_total{app="checkout-service", version="v2", code=~"5.."}[5m]))
  /
  sum(rate(http_requests_total{app="checkout-service", version="v2"}[5m]))
) > 0.01`;
const LATENCY = `
# Query to check if v2 p95 latency is > 20% higher than v1 p95 latency
# Returns a value if the condition is met.
histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket{app="checkout-service", version="v2"}[5m])) by (le))
>
(histogram_quantile(0.95, sum(rate(http_request_duration_seconds_bucket{app="checkout-service", version="v1"}[5m])) by (le)) * 1.2)`;
const CPU = `
# Query to check if v2 container CPU usage is above 80% of its limit
# This assumes CPU limits are set on the container.
sum(rate(container_cpu_usage_seconds_total{pod=~"checkout-service-v2.*", container!=""}[5m])) by (pod)
/
sum(kube_pod_container_resource_limits{pod=~"checkout-service-v2.*", resource="cpu"}) by (pod)
> 0.80`;

const STABLE = { rate: 50, errors: 0.001, latencyMs: [50, 70], cores: 0.2 } as const;

describe("article 0's bad canary: 2 % errors, twice the latency", () => {
  let world: MetricsWorld;
  beforeAll(() => {
    world = createMetricsWorld();
    world.run(900, { v1: STABLE, v2: { rate: 50, errors: 0.02, latencyMs: [100, 150], cores: 0.9 } });
  });

  it('fails the error gate with its rate as evidence', () => {
    const verdict = verdictOn(world, ERRORS);
    expect(verdict).toMatchObject({
      verdict: 'fail',
      reason: 'ThresholdExceeded',
      message: '0.02 > 0.01, on 5000 canary requests in 5m',
      oneSided: true,
      stableFailsToo: false,
    });
    expect(verdict.evidence.left?.[0]?.value).toBeCloseTo(0.02, 10);
    expect(verdict.evidence.right).toEqual([{ labels: {}, value: 0.01 }]);
    expect(verdict.evidence.values).toEqual(verdict.evidence.left);
    expect(verdict.evidence.window).toBe('5m');
  });

  it('fails the latency gate, which compares with stable', () => {
    const verdict = verdictOn(world, LATENCY);
    expect(verdict).toMatchObject({ verdict: 'fail', oneSided: false });
    expect(verdict).not.toHaveProperty('stableFailsToo');
    // All of 100 … 150 ms is in the bucket 0.1 … 0.25, all but half of 50 … 70 ms in 0.05 … 0.1.
    expect(verdict.evidence.left?.[0]?.value).toBeCloseTo(0.2425, 6);
    expect(verdict.evidence.right?.[0]?.value).toBeCloseTo(0.0975 * 1.2, 6);
  });

  it('fails the CPU gate for the pod that is near its limit', () => {
    const verdict = verdictOn(world, CPU);
    expect(verdict).toMatchObject({ verdict: 'fail', oneSided: true, stableFailsToo: false });
    expect(verdict.evidence.values).toEqual([
      { labels: { pod: 'checkout-service-v2-7c5ddbdf54-fghij' }, value: expect.closeTo(0.9, 10) },
    ]);
  });

  it('finds an incident when stable has the same errors', () => {
    const both = createMetricsWorld();
    const load = { rate: 50, errors: 0.02, cores: 0.95 };
    both.run(900, { v1: load, v2: load });
    expect(verdictOn(both, ERRORS)).toMatchObject({ verdict: 'fail', stableFailsToo: true });
    expect(verdictOn(both, CPU)).toMatchObject({ verdict: 'fail', stableFailsToo: true });
  });
});

describe("article 0's good canary", () => {
  it.each([
    ['errors', ERRORS, '0.001 > 0.01 does not hold, after 5000 canary requests'],
    ['latency', LATENCY, '0.0975 > 0.117 does not hold, after 5000 canary requests'],
    ['CPU', CPU, '0.2 > 0.8 does not hold, after 5000 canary requests'],
  ])('passes the %s gate, with both sides recorded', (_, query, message) => {
    const world = createMetricsWorld();
    world.run(900, { v1: STABLE, v2: STABLE });
    const verdict = verdictOn(world, query);
    expect(verdict).toMatchObject({ verdict: 'pass', reason: 'Passed', message });
    expect(verdict.evidence.left).toHaveLength(1);
    expect(verdict.evidence.right).toHaveLength(1);
    expect(verdict.evidence.values).toEqual([]);
  });

  it('passes the error gate without ever having had an error, since its request counter is there', () => {
    const world = createMetricsWorld();
    world.run(900, { v1: STABLE, v2: { rate: 50 } });
    const verdict = verdictOn(world, ERRORS);
    expect(verdict).toMatchObject({ verdict: 'pass', message: '0 > 0.01 does not hold, after 5000 canary requests' });
    expect(verdict.evidence.countedAsZero).toEqual([
      'http_requests_total{app="checkout-service", version="v2", code=~"5.."}',
    ]);
  });

  it('does not pass the CPU gate without a CPU limit, where the article would', () => {
    const world = createMetricsWorld({ cpuLimit: false });
    world.run(900, { v1: STABLE, v2: STABLE });
    expect(verdictOn(world, CPU)).toMatchObject({ verdict: 'inconclusive', reason: 'NotANumber' });
  });
});

it('no traffic is no pass for any of the three, where the article passes all', () => {
  const world = createMetricsWorld();
  world.run(900, { v1: STABLE });
  for (const query of [ERRORS, LATENCY, CPU]) {
    expect(
      verdictOn(world, query, { requests: { canary: 0, stable: 45_000 }, canaryRequestsInWindow: 0 }),
    ).toMatchObject({ verdict: 'inconclusive', reason: 'LowTraffic' });
    expect(verdictOn(world, query)).toMatchObject({ verdict: 'inconclusive', reason: 'UnknownSeries' });
  }
});
