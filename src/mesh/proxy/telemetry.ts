// What is told about every request that ended: a line of the access log and Istio's two metrics.
// Never changes a request. Called by exchange.ts and copy.ts; built by main.ts.
import type { Millis } from '../../lib/clock.ts';
import type { CallerConfig } from '../config.ts';
import type { AccessEntry } from '../messages.ts';
import type { Attempt } from './attempt.ts';
import type { Cluster } from './cluster.ts';
import type { Endpoint } from './endpoint.ts';
import type { IstioMetrics, Service } from './istio-metrics.ts';

/** A user's request or a copy of one, at its end. */
export interface Ending {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly route: string;
  /** The service that was called; the metrics name it where no cluster was found. */
  readonly service: Service;
  readonly cluster: Cluster | undefined;
  /** Its name also when there is none of that name. */
  readonly clusterName: string | undefined;
  readonly endpoint: Endpoint | undefined;
  readonly code: number;
  readonly flags: string;
  readonly durationMs: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly attempts: number;
  readonly mirror: boolean;
}

export interface Telemetry {
  ended(ending: Ending, caller: CallerConfig): void;
  /** A try that reached its pod; `flags` as the pod's own proxy would see it. */
  tried(attempt: Attempt, cluster: Cluster, caller: CallerConfig, code: number, flags: string): void;
}

export interface AccessSink {
  readonly wanted: boolean;
  push(entry: AccessEntry): void;
}

export function createTelemetry(metrics: IstioMetrics, access: AccessSink, now: () => Millis): Telemetry {
  return {
    ended(ending, caller) {
      const { cluster, endpoint, code, flags, durationMs, mirror, service } = ending;
      if (cluster !== undefined) cluster.codes.set(code, (cluster.codes.get(code) ?? 0) + 1);
      // Istio's source proxy does not see its own copies (the router's async client passes no stats filter).
      if (!mirror) metrics.source(caller, cluster?.config ?? service, endpoint, code, flags, durationMs);
      if (access.wanted) access.push(entryOf(ending, now() - durationMs));
    },
    tried(attempt, cluster, caller, code, flags) {
      if (attempt.sentAt === undefined) return;
      metrics.destination(caller, cluster.config, attempt.endpoint, code, flags, performance.now() - attempt.sentAt);
    },
  };
}

function entryOf(ending: Ending, time: Millis): AccessEntry {
  const { requestId, method, path, authority, route, cluster, clusterName, endpoint } = ending;
  const { code, flags, durationMs, bytesIn, bytesOut, attempts, mirror } = ending;
  const subset = cluster?.config.subset;
  return {
    time,
    requestId,
    method,
    path,
    authority,
    route,
    ...(clusterName === undefined ? {} : { cluster: clusterName }),
    ...(subset === undefined ? {} : { subset }),
    ...(endpoint === undefined ? {} : { pod: endpoint.pod }),
    code,
    flags,
    durationMs,
    bytesIn,
    bytesOut,
    attempts,
    ...(mirror ? { mirror: true } : {}),
  };
}
