// Two versions of article 0's checkout service as their series would be scraped, on a virtual clock: for tests of gates.
// Never random: counters grow by exactly rate × time. Called by src/analysis tests.
import { createStore, type SeriesStore } from '../../src/series/store.ts';

/** prom-client's and client_golang's default buckets, seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface VersionLoad {
  /** Requests per second. */
  readonly rate: number;
  /** Share of 500s. */
  readonly errors?: number;
  /** Latencies are uniform between these, milliseconds. */
  readonly latencyMs?: readonly [number, number];
  /** Cores in use; the limit is one core. */
  readonly cores?: number;
}

export interface MetricsWorld {
  readonly store: SeriesStore;
  now(): number;
  /** Lets time pass under a load for each version; a version left out is not scraped. */
  run(seconds: number, loads: { readonly v1?: VersionLoad; readonly v2?: VersionLoad }): void;
}

export const POD = { v1: 'checkout-service-v1-6d4cf56db6-abcde', v2: 'checkout-service-v2-7c5ddbdf54-fghij' } as const;
export type VersionKey = keyof typeof POD;

export interface WorldOptions {
  readonly intervalS?: number;
  readonly start?: number;
  readonly cpuLimit?: boolean;
}

export function createMetricsWorld({
  intervalS = 15,
  start = 1_700_000_000_000,
  cpuLimit = true,
}: WorldOptions = {}): MetricsWorld {
  const store = createStore({ retentionMs: 24 * 3_600_000 });
  const totals = new Map<string, number>();
  const served = new Map<VersionKey, number>();
  let now = start;

  const grow = (labels: Readonly<Record<string, string>>, by: number) => {
    const key = JSON.stringify(labels);
    const total = (totals.get(key) ?? 0) + by;
    totals.set(key, total);
    // As with client libraries: a counter's child that has never been incremented is not exported.
    if (total > 0 || 'le' in labels) store.append(labels, now, total);
  };

  const scrape = (version: VersionKey, { rate, errors = 0, latencyMs = [50, 70], cores = 0.1 }: VersionLoad) => {
    const target = { namespace: 'prod', app: 'checkout-service', version, pod: POD[version] };
    const requests = rate * intervalS;
    const count = (code: string, by: number) =>
      grow({ __name__: 'http_requests_total', method: 'GET', code, ...target }, by);
    count('200', requests * (1 - errors));
    count('500', requests * errors);
    const [low, high] = latencyMs;
    const bucket = (le: string, share: number) =>
      grow({ __name__: 'http_request_duration_seconds_bucket', method: 'GET', le, ...target }, requests * share);
    served.set(version, (served.get(version) ?? 0) + requests);
    if (served.get(version) !== 0) {
      for (const edge of BUCKETS) bucket(String(edge), Math.min(1, Math.max(0, (edge * 1000 - low) / (high - low))));
      bucket('+Inf', 1);
    }
    const pod = { namespace: 'prod', pod: POD[version] };
    grow({ __name__: 'container_cpu_usage_seconds_total', ...pod, container: 'app' }, cores * intervalS);
    grow({ __name__: 'container_cpu_usage_seconds_total', ...pod }, cores * intervalS);
    const limits = { __name__: 'kube_pod_container_resource_limits', ...pod, container: 'app' };
    if (cpuLimit) store.append({ ...limits, resource: 'cpu', unit: 'core' }, now, 1);
    store.append({ ...limits, resource: 'memory', unit: 'byte' }, now, 512e6);
  };

  return {
    store,
    now: () => now,
    run(seconds, loads) {
      for (const end = now + seconds * 1000; now < end; ) {
        now += intervalS * 1000;
        for (const version of ['v1', 'v2'] as const) {
          const load = loads[version];
          if (load !== undefined) scrape(version, load);
        }
      }
    },
  };
}
