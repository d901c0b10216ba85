// istio_requests_total and istio_request_duration_milliseconds with Istio's labels, from both ends' point of view.
// Never counts copies at the source, as Istio does not. Filled by telemetry.ts, printed by metrics-page.ts.
// Source: istio/proxy istio_stats.cc; Envoy's default histogram buckets.
import type { CallerConfig, ClusterConfig, WorkloadConfig } from '../config.ts';
import type { Endpoint } from './endpoint.ts';

/** Upper edges in milliseconds; +Inf follows. */
export const BUCKETS_MS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
] as const;

/** The called service, by its full host, name and namespace. */
export type Service = Pick<ClusterConfig, 'host' | 'service' | 'namespace'>;

export interface RequestSeries {
  readonly labels: Readonly<Record<string, string>>;
  count: number;
  sum: number;
  /** Not cumulative; the last is +Inf. */
  readonly buckets: Uint32Array;
}

export interface IstioMetrics {
  source(
    caller: CallerConfig,
    service: Service,
    endpoint: Endpoint | undefined,
    code: number,
    flags: string,
    ms: number,
  ): void;
  destination(
    caller: CallerConfig,
    service: Service,
    endpoint: Endpoint,
    code: number,
    flags: string,
    ms: number,
  ): void;
  series(): Iterable<RequestSeries>;
}

const UNKNOWN = 'unknown';
const nobody: WorkloadConfig = {
  name: UNKNOWN,
  namespace: UNKNOWN,
  app: UNKNOWN,
  version: UNKNOWN,
  canonicalService: UNKNOWN,
  canonicalRevision: UNKNOWN,
};

type Reporter = 'source' | 'destination';

export function createIstioMetrics(): IstioMetrics {
  const all = new Map<string, RequestSeries>();

  function observe(
    reporter: Reporter,
    caller: CallerConfig,
    service: Service,
    to: WorkloadConfig,
    code: number,
    flags: string,
    ms: number,
  ): void {
    const from = caller.workload;
    const key = `${reporter}|${code}|${flags}|${service.host}|${to.namespace}/${to.name}/${to.version}|${from.namespace}/${from.name}/${from.version}`;
    let series = all.get(key);
    if (series === undefined) {
      series = {
        labels: labelsOf(reporter, from, service, to, code, flags),
        count: 0,
        sum: 0,
        buckets: new Uint32Array(BUCKETS_MS.length + 1),
      };
      all.set(key, series);
    }
    series.count += 1;
    series.sum += ms;
    let bucket = 0;
    while (bucket < BUCKETS_MS.length && ms > BUCKETS_MS[bucket]!) bucket += 1;
    series.buckets[bucket]! += 1;
  }

  return {
    source(caller, service, endpoint, code, flags, ms) {
      observe('source', caller, service, endpoint?.workload ?? nobody, code, flags, ms);
    },
    destination(caller, service, endpoint, code, flags, ms) {
      observe('destination', caller, service, endpoint.workload, code, flags, ms);
    },
    series: () => all.values(),
  };
}

/** No empty label: absent and empty are the same to Prometheus. */
function labelsOf(
  reporter: Reporter,
  from: WorkloadConfig,
  service: Service,
  to: WorkloadConfig,
  code: number,
  flags: string,
): Record<string, string> {
  return {
    reporter,
    source_workload: from.name,
    source_canonical_service: from.canonicalService,
    source_canonical_revision: from.canonicalRevision,
    source_workload_namespace: from.namespace,
    source_principal: UNKNOWN,
    source_app: from.app,
    source_version: from.version,
    source_cluster: 'Kubernetes',
    destination_workload: to.name,
    destination_workload_namespace: to.namespace,
    destination_principal: UNKNOWN,
    destination_app: to.app,
    destination_version: to.version,
    destination_service: service.host,
    destination_canonical_service: to.canonicalService,
    destination_canonical_revision: to.canonicalRevision,
    destination_service_name: service.service,
    destination_service_namespace: service.namespace,
    destination_cluster: 'Kubernetes',
    request_protocol: 'http',
    response_code: String(code),
    response_flags: flags,
    connection_security_policy: reporter === 'destination' ? 'none' : UNKNOWN,
  };
}
