// What twenty pods of one service expose, two versions of it behind an Istio proxy: fifty series each, filled sample by sample.
// Never real traffic; everything follows from the seed. Called by the benchmarks of promql, series and scrape.
import { type Random, seededRandom } from '../src/lib/random.ts';
import type { Labels } from '../src/series/series.ts';

/** One series and how it goes on: each call gives its value one interval later. */
export interface Exposed {
  readonly labels: Labels;
  /** What kind of numbers it has. */
  readonly shape: Shape;
  next(): number;
}

export type Shape = 'counter' | 'bucket' | 'count' | 'bytes' | 'seconds' | 'constant';

/** Seconds; prom-client's and client_golang's default buckets. */
const SECONDS = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '2.5', '5', '10', '+Inf'];
/** Milliseconds; Istio's buckets. */
const MILLISECONDS =
  '0.5 1 5 10 25 50 100 250 500 1000 2500 5000 10000 30000 60000 300000 600000 1800000 3600000 +Inf'.split(' ');

export interface PodOptions {
  readonly pods: number;
  /** Of these, so many are of the canary (v2). */
  readonly canaries: number;
  readonly intervalMs: number;
  readonly seed: number;
}

export function exposedByPods({ pods, canaries, intervalMs, seed }: PodOptions): readonly (readonly Exposed[])[] {
  return Array.from({ length: pods }, (_, index) =>
    exposedByPod(index, index < canaries ? 'v2' : 'v1', intervalMs, seed),
  );
}

/** The histograms' buckets stand in the order of their bounds and go on together: with the first one. */
export function exposedByPod(index: number, version: string, intervalMs: number, seed: number): readonly Exposed[] {
  const random = seededRandom(seed + index);
  const seconds = intervalMs / 1000;
  const pod = `checkout-${version}-${(index * 2_654_435_761 + 7_919).toString(36).slice(-5)}`;
  const identity = {
    app: 'checkout',
    version,
    pod,
    namespace: 'shop',
    job: 'shop/checkout',
    instance: `10.0.0.${index + 10}:8080`,
  };
  const istio = {
    ...identity,
    reporter: 'destination',
    destination_service: 'checkout.shop.svc.cluster.local',
    destination_version: version,
  };
  const rates = { '200': 40, '404': 1, '500': 0.2, '503': 0.1 };
  const perSecond = 41.3;
  return [
    ...Object.entries(rates).map(([code, rate]) =>
      counting({ ...identity, __name__: 'http_requests_total', code }, rate * seconds, random),
    ),
    ...histogram(
      { ...identity, __name__: 'http_request_duration_seconds_bucket' },
      SECONDS,
      perSecond * seconds,
      random,
    ),
    ...Object.entries(rates).map(([response_code, rate]) =>
      counting({ ...istio, __name__: 'istio_requests_total', response_code }, rate * seconds, random),
    ),
    ...histogram(
      { ...istio, __name__: 'istio_request_duration_milliseconds_bucket' },
      MILLISECONDS,
      perSecond * seconds,
      random,
    ),
    ...['checkout', 'istio-proxy', ''].map((container) => cpu(present({ ...identity, container }), seconds, random)),
    ...['checkout', 'istio-proxy'].map((container) => memory({ ...identity, container }, random)),
    ...['checkout', 'istio-proxy'].map((container) =>
      constant({ ...identity, __name__: 'kube_pod_container_resource_limits', container, resource: 'cpu' }, 0.5),
    ),
    constant(
      { ...identity, __name__: 'kube_pod_container_resource_limits', container: 'checkout', resource: 'memory' },
      2 ** 28,
    ),
    constant({ ...identity, __name__: 'up' }, 1),
    inFlight({ ...identity, __name__: 'http_requests_in_flight' }, random),
  ];
}

const present = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''));

/** Knuth's method for small means, a normal approximation for large ones. */
function poisson(mean: number, random: Random): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  let product = random();
  let count = 0;
  for (const limit = Math.exp(-mean); product > limit; count += 1) product *= random();
  return count;
}

const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

function counting(labels: Labels, mean: number, random: Random): Exposed {
  let total = Math.floor(random() * 1_000_000);
  return {
    labels,
    shape: 'counter',
    next: () => {
      total += poisson(mean, random);
      return total;
    },
  };
}

/** Cumulative counts: all buckets of a histogram go on at the call of the first one. Latencies are log-normal about 60 ms. */
function histogram(labels: Labels, bounds: readonly string[], mean: number, random: Random): readonly Exposed[] {
  const inSeconds = bounds === SECONDS;
  const below = bounds.map((bound) => shareBelow(Number(bound.replace('+Inf', 'Infinity')) * (inSeconds ? 1000 : 1)));
  const totals = bounds.map((_, index) => Math.floor(1_000_000 * (below[index] ?? 1)));
  const advance = (): void => {
    let sum = 0;
    for (const index of bounds.keys()) {
      sum += poisson(mean * ((below[index] ?? 1) - (below[index - 1] ?? 0)), random);
      totals[index] = (totals[index] ?? 0) + sum;
    }
  };
  return bounds.map((le, index) => ({
    labels: { ...labels, le },
    shape: 'bucket',
    next: () => {
      if (index === 0) advance();
      return totals[index] ?? 0;
    },
  }));
}

/** Of a logistic curve over the logarithm of milliseconds; close enough to what services have. */
const shareBelow = (ms: number): number => (ms === Infinity ? 1 : 1 / (1 + Math.exp(-1.9 * Math.log(ms / 60))));

/** cAdvisor has CPU seconds as fractions with microseconds. */
function cpu(labels: Labels, seconds: number, random: Random): Exposed {
  let micros = Math.floor(random() * 1e9);
  return {
    labels: { ...labels, __name__: 'container_cpu_usage_seconds_total' },
    shape: 'seconds',
    next: () => {
      micros += Math.floor(seconds * (150_000 + 60_000 * random()));
      return micros / 1e6;
    },
  };
}

/** A walk in pages of 4 KiB. */
function memory(labels: Labels, random: Random): Exposed {
  let pages = 30_000 + Math.floor(random() * 10_000);
  return {
    labels: { ...labels, __name__: 'container_memory_working_set_bytes' },
    shape: 'bytes',
    next: () => {
      pages += Math.floor(random() * 41) - 20;
      return pages * 4096;
    },
  };
}

function inFlight(labels: Labels, random: Random): Exposed {
  return { labels, shape: 'count', next: () => poisson(3, random) };
}

const constant = (labels: Labels, value: number): Exposed => ({ labels, shape: 'constant', next: () => value });
