// One pod behind a cluster, with its connections and what waits for them.
// Never opens or closes anything by itself. Owned by cluster.ts; read by balance.ts and by logs and metrics.
import type { EndpointConfig, WorkloadConfig } from '../config.ts';
import type { Connection } from './connection.ts';

export type Refusal = 'overflow' | 'connectFailure' | 'connectTimeout';

/** A try that wants a connection to its endpoint. */
export interface Waiter {
  endpoint: Endpoint;
  onConnection(connection: Connection<Endpoint>): void;
  onRefused(reason: Refusal): void;
}

export class Endpoint {
  readonly address: string;
  readonly port: number;
  readonly pod: string;
  readonly workload: WorkloadConfig;
  /** Chosen requests that have not ended, waiting ones included: what LEAST_REQUEST compares. */
  active = 0;
  /** Open or being opened. */
  connections = 0;
  connecting = 0;
  /** Last used last. */
  readonly idle: Connection<Endpoint>[] = [];
  readonly waiting: Waiter[] = [];
  /** No longer in the configuration: what runs may end, nothing new is sent. */
  removed = false;

  constructor(config: EndpointConfig) {
    this.address = config.address;
    this.port = config.port;
    this.pod = config.pod;
    this.workload = config.workload;
  }

  get empty(): boolean {
    return this.connections === 0 && this.waiting.length === 0;
  }
}

export const endpointKey = (endpoint: {
  readonly pod: string;
  readonly address: string;
  readonly port: number;
}): string => `${endpoint.pod} ${endpoint.address}:${endpoint.port}`;
