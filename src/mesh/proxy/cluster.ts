// One Envoy cluster: its endpoints, its connection pool, its limits and its counts.
// Never knows routes or callers. Called by attempt.ts, tries.ts and copy.ts; configured by proxy.ts.
// Source: envoy conn_pool_base.cc; where it differs: docs/decisions/0006-mesh-http-plumbing.md.
import type { Random } from '../../lib/random.ts';
import type { ClusterConfig, LimitsConfig } from '../config.ts';
import type { ClusterStats } from '../messages.ts';
import { balancer, type Pick } from './balance.ts';
import { type ConnectFailure, Connection, type ConnectionEvents } from './connection.ts';
import { Endpoint, endpointKey, type Waiter } from './endpoint.ts';

/** How often a retry's host is drawn again when it was tried already (host_selection_retry_max_attempts of Istio). */
const RESELECTIONS = 5;

export class Cluster implements ConnectionEvents<Endpoint> {
  readonly name: string;
  readonly random: Random;
  config: ClusterConfig;
  endpoints: Endpoint[] = [];
  connections = 0;
  pending = 0;
  /** On a connection. */
  activeRequests = 0;
  activeRetries = 0;
  readonly counts = {
    pendingOverflow: 0,
    connectFailures: 0,
    requests: 0,
    retries: 0,
    timeouts: 0,
    connectionsTotal: 0,
  };
  readonly copies = { open: 0, openMax: 0, total: 0, dropped: 0 };
  /** Final answers by code; 0 for none. */
  readonly codes = new Map<number, number>();
  /** The configured ones and those that still drain. */
  readonly #known = new Map<string, Endpoint>();
  #pick: Pick;

  constructor(config: ClusterConfig, random: Random) {
    this.name = config.name;
    this.random = random;
    this.config = config;
    this.#pick = balancer(config.balancer, random);
    this.configure(config);
  }

  get #limits(): LimitsConfig {
    return this.config.limits;
  }

  configure(config: ClusterConfig): void {
    if (config.balancer !== this.config.balancer) this.#pick = balancer(config.balancer, this.random);
    this.config = config;
    const wanted = new Map(config.endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]));
    const leaving = this.endpoints.filter((endpoint) => !wanted.has(endpointKey(endpoint)));
    this.endpoints = [...wanted].map(([key, endpoint]) => {
      const known = this.#known.get(key) ?? new Endpoint(endpoint);
      known.removed = false;
      this.#known.set(key, known);
      return known;
    });
    for (const endpoint of leaving) this.#remove(endpoint);
    this.#growAll();
  }

  /** The cluster is gone from the configuration: requests in flight go on, idle connections close. */
  drain(): void {
    const leaving = this.endpoints;
    this.endpoints = [];
    for (const endpoint of leaving) this.#remove(endpoint);
  }

  #remove(endpoint: Endpoint): void {
    endpoint.removed = true;
    for (const connection of endpoint.idle.splice(0)) connection.destroy();
    // What has not been sent yet goes elsewhere; without an elsewhere it takes its chance here.
    for (const waiter of this.endpoints.length === 0 ? [] : endpoint.waiting.splice(0)) {
      waiter.endpoint = this.choose() ?? endpoint;
      waiter.endpoint.waiting.push(waiter);
    }
    this.#forget(endpoint);
  }

  #forget(endpoint: Endpoint): void {
    if (endpoint.removed && endpoint.empty) this.#known.delete(endpointKey(endpoint));
  }

  choose(tried?: ReadonlySet<Endpoint>): Endpoint | undefined {
    let chosen = this.#pick(this.endpoints);
    for (let again = 0; again < RESELECTIONS && chosen !== undefined && tried?.has(chosen); again++) {
      chosen = this.#pick(this.endpoints);
    }
    return chosen;
  }

  /** Answers through the waiter, at once or later. */
  request(waiter: Waiter): void {
    const connection = this.#takeIdle(waiter.endpoint);
    if (connection !== undefined) {
      if (!this.#attach(waiter, connection)) this.#serve(connection);
      return;
    }
    if (this.pending >= (this.#limits.maxPendingRequests ?? Number.POSITIVE_INFINITY)) {
      this.counts.pendingOverflow += 1;
      waiter.onRefused('overflow');
      return;
    }
    waiter.endpoint.waiting.push(waiter);
    this.pending += 1;
    this.#grow(waiter.endpoint);
  }

  /** The waiter wants no connection any more; it must not have one yet. */
  cancel(waiter: Waiter): void {
    const index = waiter.endpoint.waiting.indexOf(waiter);
    if (index < 0) return;
    waiter.endpoint.waiting.splice(index, 1);
    this.pending -= 1;
  }

  /** The request on it has ended and the connection is whole. */
  release(connection: Connection<Endpoint>): void {
    this.activeRequests -= 1;
    this.#serve(connection);
  }

  /** What waits gets the connection; those that may not be sent are refused one by one. Then it is idle, or closed. */
  #serve(connection: Connection<Endpoint>): void {
    const { endpoint } = connection;
    while (!this.#isSpent(connection)) {
      const next = endpoint.waiting.shift() ?? this.#starving();
      if (next === undefined) {
        if (endpoint.removed) break;
        connection.idle(performance.now());
        endpoint.idle.push(connection);
        return;
      }
      this.pending -= 1;
      next.endpoint = endpoint;
      if (this.#attach(next, connection)) return;
    }
    connection.destroy();
  }

  #isSpent(connection: Connection<Endpoint>): boolean {
    const { maxConnections = Number.POSITIVE_INFINITY, maxRequestsPerConnection = Number.POSITIVE_INFINITY } =
      this.#limits;
    return connection.ending || this.connections > maxConnections || connection.used >= maxRequestsPerConnection;
  }

  /** The request on it has ended and the connection with it. */
  abandon(): void {
    this.activeRequests -= 1;
  }

  /** False when the waiter was refused: the connection is still free. */
  #attach(waiter: Waiter, connection: Connection<Endpoint>): boolean {
    if (this.activeRequests >= (this.#limits.maxRequests ?? Number.POSITIVE_INFINITY)) {
      this.counts.pendingOverflow += 1;
      waiter.onRefused('overflow');
      return false;
    }
    this.activeRequests += 1;
    this.counts.requests += 1;
    waiter.onConnection(connection);
    return true;
  }

  #takeIdle(endpoint: Endpoint): Connection<Endpoint> | undefined {
    const now = performance.now();
    for (;;) {
      const connection = endpoint.idle.pop();
      if (connection === undefined || connection.isFresh(now)) return connection;
      connection.destroy();
    }
  }

  /**
   * A waiter of an endpoint that has no connection and may open none. Envoy would grant it one beyond the limit; here it
   * takes over a free place, so that open requests never exceed maxConnections + http1MaxPendingRequests.
   */
  #starving(): Waiter | undefined {
    if (this.pending === 0 || this.connections < (this.#limits.maxConnections ?? Number.POSITIVE_INFINITY))
      return undefined;
    for (const endpoint of this.#known.values()) {
      if (endpoint.connections === 0 && endpoint.waiting.length > 0) return endpoint.waiting.shift();
    }
    return undefined;
  }

  #grow(endpoint: Endpoint): void {
    while (endpoint.connecting < endpoint.waiting.length) {
      if (this.connections >= (this.#limits.maxConnections ?? Number.POSITIVE_INFINITY) && !this.#evictIdle()) return;
      this.connections += 1;
      endpoint.connections += 1;
      endpoint.connecting += 1;
      this.counts.connectionsTotal += 1;
      const { connectTimeoutMs, idleTimeoutMs } = this.#limits;
      new Connection(endpoint, { connectTimeoutMs, idleTimeoutMs }, this);
    }
  }

  #growAll(): void {
    if (this.pending === 0) return;
    for (const endpoint of this.#known.values()) this.#grow(endpoint);
  }

  /** Makes room below maxConnections by closing a connection that nobody uses. */
  #evictIdle(): boolean {
    for (const endpoint of this.#known.values()) {
      const connection = endpoint.idle.shift();
      if (connection === undefined) continue;
      this.#gone(connection);
      connection.destroy();
      return true;
    }
    return false;
  }

  onOpen(connection: Connection<Endpoint>): void {
    connection.endpoint.connecting -= 1;
    this.#serve(connection);
  }

  onConnectFailure(connection: Connection<Endpoint>, failure: ConnectFailure): void {
    const { endpoint } = connection;
    endpoint.connecting -= 1;
    this.counts.connectFailures += 1;
    this.#gone(connection);
    // Envoy: whatever waits for this host is told, rather than left to hope (purgePendingStreams).
    for (const waiter of endpoint.waiting.splice(0)) {
      this.pending -= 1;
      waiter.onRefused(failure === 'timeout' ? 'connectTimeout' : 'connectFailure');
    }
    this.#forget(endpoint);
    this.#growAll();
  }

  onClosed(connection: Connection<Endpoint>): void {
    const { endpoint } = connection;
    const index = endpoint.idle.indexOf(connection);
    if (index >= 0) endpoint.idle.splice(index, 1);
    this.#gone(connection);
    this.#forget(endpoint);
    this.#growAll();
  }

  #gone(connection: Connection<Endpoint>): void {
    if (!connection.counted) return;
    connection.counted = false;
    this.connections -= 1;
    connection.endpoint.connections -= 1;
  }

  stats(): ClusterStats {
    const { connections, pending, activeRequests, counts, copies } = this;
    return {
      connections,
      pending,
      activeRequests,
      endpoints: this.endpoints.length,
      pendingOverflow: counts.pendingOverflow,
      connectFailures: counts.connectFailures,
      requests: counts.requests,
      retries: counts.retries,
      timeouts: counts.timeouts,
      copiesOpen: copies.open,
      copiesOpenMax: copies.openMax,
      copies: copies.total,
      copiesDropped: copies.dropped,
    };
  }
}
