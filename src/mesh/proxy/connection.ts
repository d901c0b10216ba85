// One upstream connection: a socket of ours with an undici Client on it, for one request at a time.
// Never connects twice, never repeats a request: when its socket is gone, so is it. Called by cluster.ts.
import { connect, type Socket } from 'node:net';
import { Client, type Dispatcher } from 'undici';

export type ConnectFailure = 'refused' | 'timeout';

/** Where a connection leads. */
export interface Server {
  readonly address: string;
  readonly port: number;
}

export interface ConnectionEvents<To extends Server> {
  onOpen(connection: Connection<To>): void;
  onConnectFailure(connection: Connection<To>, failure: ConnectFailure): void;
  /** Once, after `onOpen`: the socket is closed. */
  onClosed(connection: Connection<To>): void;
}

/**
 * How long an idle connection may be kept when the server does not say: shorter than the 5 s after which Node's servers
 * close it, so that a request never meets a socket that is just being closed.
 */
const IDLE_MS = 3500;
/** Kept away from a server's own `Keep-Alive: timeout`, for its clock starts earlier than ours. */
const HINT_MARGIN_MS = 2000;
const LONGEST_IDLE_MS = 600_000;

export interface ConnectionOptions {
  readonly connectTimeoutMs: number;
  readonly idleTimeoutMs: number | undefined;
}

export class Connection<To extends Server> {
  readonly endpoint: To;
  /** Requests begun on it. */
  used = 0;
  /** By `performance.now()`; set while idle. */
  idleUntil = 0;
  /** The server or the request said that this connection ends with the answer. */
  ending = false;
  open = false;
  /** Among its cluster's connections. */
  counted = true;
  #idleMs: number;
  readonly #longestIdleMs: number;
  readonly #socket: Socket;
  #client: Client | undefined;
  #done = false;

  constructor(endpoint: To, options: ConnectionOptions, events: ConnectionEvents<To>) {
    this.endpoint = endpoint;
    this.#longestIdleMs = Math.min(options.idleTimeoutMs ?? LONGEST_IDLE_MS, LONGEST_IDLE_MS);
    this.#idleMs = Math.min(IDLE_MS, this.#longestIdleMs);
    const socket = connect({ host: endpoint.address, port: endpoint.port, noDelay: true });
    this.#socket = socket;
    const timer = setTimeout(() => fail('timeout'), options.connectTimeoutMs);
    const fail = (failure: ConnectFailure): void => {
      if (this.#done || this.open) return;
      this.#done = true;
      clearTimeout(timer);
      socket.destroy();
      events.onConnectFailure(this, failure);
    };
    socket.on('error', () => fail('refused'));
    socket.once('close', () => {
      clearTimeout(timer);
      fail('refused');
      // After undici has told the request on it.
      if (this.open) process.nextTick(() => this.#closed(events));
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      if (this.#done) return;
      this.open = true;
      this.#client = this.#clientOn(socket);
      events.onOpen(this);
    });
  }

  #clientOn(socket: Socket): Client {
    let given = false;
    const client = new Client(`http://${this.endpoint.address}:${this.endpoint.port}`, {
      allowH2: false,
      pipelining: 1,
      // Routes have their own timeouts.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: this.#idleMs,
      keepAliveTimeoutThreshold: HINT_MARGIN_MS,
      keepAliveMaxTimeout: this.#longestIdleMs,
      connect: (_options, callback) => {
        const ended = given || socket.destroyed;
        given = true;
        // Undici does not resume a request whose connector answers before it returns.
        queueMicrotask(() => {
          if (ended || socket.destroyed) callback(new Error('the connection has ended'), null);
          else callback(null, socket);
        });
      },
    });
    return client;
  }

  #closed(events: ConnectionEvents<To>): void {
    if (this.#done) return;
    this.#done = true;
    this.ending = true;
    // Nothing runs on it any more; what it reports was reported by the request's own handler.
    this.#client?.destroy().catch(() => {});
    events.onClosed(this);
  }

  send(request: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.used += 1;
    if (request.method === 'HEAD') this.ending = true;
    this.#client?.dispatch(request, handler);
  }

  /** What the answer's head says about reuse. */
  heard(connection: string | readonly string[] | undefined, keepAlive: string | readonly string[] | undefined): void {
    if (connection !== undefined && /\bclose\b/i.test(String(connection))) this.ending = true;
    const hint = keepAlive === undefined ? null : /timeout=(\d+)/i.exec(String(keepAlive));
    const idleMs = hint === null ? IDLE_MS : Number(hint[1]) * 1000 - HINT_MARGIN_MS;
    if (idleMs <= 0) this.ending = true;
    this.#idleMs = Math.min(idleMs, this.#longestIdleMs);
  }

  idle(now: number): void {
    this.idleUntil = now + this.#idleMs;
  }

  isFresh(now: number): boolean {
    return this.open && !this.ending && !this.#socket.destroyed && now < this.idleUntil;
  }

  destroy(): void {
    this.ending = true;
    this.#socket.destroy();
  }
}
