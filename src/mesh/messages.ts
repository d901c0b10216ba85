// What the supervisor and the proxy process say to each other over IPC.
// Never carries anything but JSON. Used by child.ts on one side and proxy/main.ts on the other.
import type { CallerConfig, MeshConfig } from './config.ts';

/** One request, or one copy of one, as the proxy saw it end. */
export interface AccessEntry {
  /** When the request came; milliseconds since the Unix epoch. */
  readonly time: number;
  readonly requestId: string;
  readonly method: string;
  /** With query, as it came. */
  readonly path: string;
  readonly authority: string;
  /** The matched route's name; empty when none matched. */
  readonly route: string;
  /** Envoy's name of the chosen cluster, for example `outbound|80|v2|checkout.prod.svc.cluster.local`. */
  readonly cluster?: string;
  readonly subset?: string;
  /** The pod that was asked last, also when it did not answer. */
  readonly pod?: string;
  /** 0 when the caller had gone before an answer began. */
  readonly code: number;
  /** Envoy's response flags separated by commas; `-` for none. */
  readonly flags: string;
  readonly durationMs: number;
  /** Body bytes from the caller, and to the caller. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Tries made upstream; 0 when none was begun. */
  readonly attempts: number;
  /** This is the copy of a request; nobody waits for its answer. */
  readonly mirror?: true;
}

/** One cluster's counts since the start, and its present state. */
export interface ClusterStats {
  readonly connections: number;
  readonly pending: number;
  readonly activeRequests: number;
  readonly endpoints: number;
  readonly pendingOverflow: number;
  readonly connectFailures: number;
  readonly requests: number;
  readonly retries: number;
  readonly timeouts: number;
  /** Mirrored requests sent or waiting now, the most there ever were at once, and the counts of both ends. */
  readonly copiesOpen: number;
  readonly copiesOpenMax: number;
  readonly copies: number;
  readonly copiesDropped: number;
}

export interface ProxyStats {
  readonly version: number;
  readonly clusters: Readonly<Record<string, ClusterStats>>;
  /** Requests of callers in flight. */
  readonly open: number;
  /** Access log entries that did not fit into the channel to the supervisor. */
  readonly accessDropped: number;
}

export type ToProxy =
  | { readonly type: 'config'; readonly config: MeshConfig }
  | { readonly type: 'listen'; readonly id: number; readonly service: string; readonly caller: CallerConfig }
  | { readonly type: 'access'; readonly on: boolean }
  | { readonly type: 'flush'; readonly id: number }
  | { readonly type: 'stats'; readonly id: number };

export type FromProxy =
  | { readonly type: 'ready'; readonly metricsPort: number }
  | { readonly type: 'applied'; readonly version: number }
  | { readonly type: 'listening'; readonly id: number; readonly port: number }
  | { readonly type: 'refused'; readonly id: number; readonly why: string }
  | { readonly type: 'access'; readonly entries: readonly AccessEntry[] }
  | { readonly type: 'flushed'; readonly id: number }
  | { readonly type: 'stats'; readonly id: number; readonly stats: ProxyStats };
