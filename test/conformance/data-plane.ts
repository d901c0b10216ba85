// What a data plane must let us do to be held against Istio's behaviour: take manifests and pods, serve requests, tell what it saw.
// Never says how: the embedded mesh implements it in embedded.ts; real Istio with Envoy can do the same.
import type { KubeObject } from '../../src/api/object.ts';
import type { Act } from './backend.ts';

/** One pod behind the Service `app`, of the version that its label says. */
export interface PodPlan {
  readonly version: string;
  /** Default 1. */
  readonly replicas?: number;
  /** What it does with every request that does not say otherwise. */
  readonly act?: Act;
  /** Nothing listens at its port. */
  readonly refuses?: boolean;
  /** Its containers run but the pod is not Ready. */
  readonly notReady?: boolean;
}

export interface RequestPlan {
  readonly method?: string;
  readonly path?: string;
  /** Host included, if it matters. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** Pod labels of the caller. */
  readonly caller?: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  /** The connection broke before the answer was complete. */
  readonly broken: boolean;
  readonly ms: number;
}

/** What a pod received. */
export interface Received {
  readonly pod: string;
  readonly version: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Bytes of the body that arrived. */
  readonly bytes: number;
}

/** A line of the access log, in Envoy's terms. */
export interface LogLine {
  readonly requestId: string;
  readonly route: string;
  readonly cluster: string | undefined;
  readonly pod: string | undefined;
  readonly code: number;
  readonly flags: string;
  readonly attempts: number;
  readonly mirror: boolean;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface DataPlane {
  /** The only pods and the only VirtualServices and DestinationRules from now on; resolves when they are in force. */
  apply(objects: readonly KubeObject[], pods: readonly PodPlan[]): Promise<void>;
  /** Other VirtualServices and DestinationRules for the same pods; resolves when they are in force. */
  change(objects: readonly KubeObject[]): Promise<void>;
  /** Ends the pods of a version: `drained` as a scale-down with a preStop does, `abrupt` as a killed node does. */
  end(version: string, how: 'drained' | 'abrupt'): Promise<void>;
  /** Where callers with these labels reach port 80 of the Service `app` in the namespace `demo`. */
  address(caller?: Readonly<Record<string, string>>): Promise<Address>;
  /** What pods received since the last `apply`. */
  received(): Promise<readonly Received[]>;
  /** Requests and copies that ended since the last `apply`. */
  log(): Promise<readonly LogLine[]>;
  /** Prometheus text with Istio's request metrics, where the data plane has them. */
  metrics(): Promise<string>;
  close(): Promise<void>;
}
