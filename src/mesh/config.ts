// What the proxy process knows: one plain JSON value, compiled from the objects and replaced as a whole.
// Never holds a function, a Map or an object of Kubernetes. Written by compile.ts, read by proxy/.
import type { HTTPMatchRequest, StringMatch } from '../api/istio.ts';

export interface MeshConfig {
  /** Counts up; the proxy acknowledges the version it has applied. */
  readonly version: number;
  readonly services: readonly ServiceConfig[];
  readonly clusters: readonly ClusterConfig[];
}

/** One port of one Service: what callers talk to. */
export interface ServiceConfig {
  /** `<fqdn>:<port>`. */
  readonly key: string;
  readonly host: string;
  readonly port: number;
  /** Name and namespace of the Service. */
  readonly service: string;
  readonly namespace: string;
  readonly routes: readonly RouteConfig[];
}

export interface RouteConfig {
  /** VirtualService `http[].name`, the block's name behind a dot; `default` where no VirtualService rules. */
  readonly name: string;
  /** One block, as each of a route's blocks is one Envoy route; without it every request matches. */
  readonly match?: HTTPMatchRequest;
  readonly action: RouteAction;
  /** Response operations of redirects and direct responses; of forwarded ones they are in `steps`. */
  readonly headers?: HeaderSteps;
}

export type RouteAction =
  | ForwardAction
  | {
      readonly kind: 'redirect';
      readonly code: number;
      readonly uri?: string;
      readonly authority?: string;
      readonly scheme?: string;
      readonly port?: number | 'fromProtocol' | 'fromRequest';
    }
  | { readonly kind: 'direct'; readonly code: number /** Base64. */; readonly body?: string };

export interface ForwardAction {
  readonly kind: 'forward';
  readonly destinations: readonly WeightedCluster[];
  readonly mirrors: readonly MirrorConfig[];
  /** 0: none. */
  readonly timeoutMs: number;
  readonly retry?: RetryConfig;
  readonly rewrite?: RewriteConfig;
}

export interface WeightedCluster {
  readonly cluster: string;
  readonly weight: number;
  /** In Envoy's order of evaluation. */
  readonly headers: HeaderSteps;
}

export interface MirrorConfig {
  readonly cluster: string;
  /** Parts per million. */
  readonly ppm: number;
}

export interface RetryConfig {
  /** Retries beyond the first try. */
  readonly attempts: number;
  readonly perTryTimeoutMs: number;
  readonly on: readonly RetryOn[];
  readonly statusCodes: readonly number[];
  readonly backoffMs: number;
  readonly avoidPreviousHosts: boolean;
}

export type RetryOn =
  | '5xx'
  | 'gateway-error'
  | 'reset'
  | 'reset-before-request'
  | 'connect-failure'
  | 'retriable-4xx'
  | 'refused-stream'
  | 'retriable-status-codes';

export interface RewriteConfig {
  /** Takes the place of what the uri condition matched. */
  readonly uri?: string;
  readonly authority?: string;
  /** RE2; `rewrite` may hold \1 … \9. */
  readonly regex?: { readonly match: string; readonly rewrite: string };
}

/** One level of Envoy's header mutation: what to remove is removed first, then added and set in order. */
export interface HeaderStep {
  readonly remove: readonly string[];
  /** Lower-case names; `append` keeps what is there. */
  readonly put: readonly { readonly name: string; readonly value: string; readonly append: boolean }[];
}

export interface HeaderSteps {
  readonly request: readonly HeaderStep[];
  readonly response: readonly HeaderStep[];
}

export type Balancer = 'leastRequest' | 'roundRobin' | 'random';

/** One subset of one port of a Service; Envoy's cluster of the same name. */
export interface ClusterConfig {
  /** `outbound|80|v2|checkout.prod.svc.cluster.local`; the subset is empty for the whole Service. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly subset?: string;
  /** Name and namespace of the Service, for the labels of metrics. */
  readonly service: string;
  readonly namespace: string;
  readonly balancer: Balancer;
  readonly limits: LimitsConfig;
  readonly endpoints: readonly EndpointConfig[];
}

/** Absent: unlimited, as Istio has it (2^32−1). */
export interface LimitsConfig {
  readonly maxConnections?: number;
  readonly maxPendingRequests?: number;
  /** Envoy applies `http2MaxRequests` to HTTP/1.1 as well. */
  readonly maxRequests?: number;
  readonly maxRetries?: number;
  readonly maxRequestsPerConnection?: number;
  readonly connectTimeoutMs: number;
  /** Upper bound for idle connections beside the server's own. */
  readonly idleTimeoutMs?: number;
}

export interface EndpointConfig {
  readonly address: string;
  readonly port: number;
  readonly pod: string;
  readonly workload: WorkloadConfig;
}

/** Who a pod or a caller is, in the words of Istio's labels. */
export interface WorkloadConfig {
  readonly name: string;
  readonly namespace: string;
  readonly app: string;
  readonly version: string;
  readonly canonicalService: string;
  readonly canonicalRevision: string;
}

/** Who talks to an address: its labels choose routes (`sourceLabels`), its workload names it in metrics. */
export interface CallerConfig {
  readonly labels: Readonly<Record<string, string>>;
  readonly namespace: string;
  readonly workload: WorkloadConfig;
}

export type { HTTPMatchRequest, StringMatch };
