// One try of one request at one endpoint: waits for a connection, sends, passes the answer on, says how it failed.
// Never retries, never knows the caller. Called by exchange.ts (the user's request) and copy.ts (a mirrored one).
import type { Readable } from 'node:stream';
import { type Dispatcher, errors } from 'undici';
import type { Cluster } from './cluster.ts';
import type { Connection } from './connection.ts';
import type { Endpoint, Refusal, Waiter } from './endpoint.ts';
import type { FlatHeaders } from './head.ts';

export type Failure =
  | Refusal
  /** The connection ended before the answer did. */
  | 'terminated'
  /** The answer was no HTTP. */
  | 'protocol'
  /** The request cannot be written as HTTP/1.1. */
  | 'unsendable';

export interface UpstreamRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: FlatHeaders;
  readonly body: Buffer | (() => Readable) | null;
}

export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface AttemptEvents {
  onInformational(code: number, headers: AnswerHeaders): void;
  onHead(code: number, headers: AnswerHeaders, control: Dispatcher.DispatchController): void;
  onData(chunk: Buffer, control: Dispatcher.DispatchController): void;
  onEnd(): void;
  onFailure(failure: Failure): void;
}

export class Attempt implements Waiter, Dispatcher.DispatchHandler {
  endpoint: Endpoint;
  /** By `performance.now()`; the request went onto the wire. */
  sentAt: number | undefined;
  /** 0 until the answer begins. */
  code = 0;
  /** Its answer goes to the caller: no other may follow. */
  accepted = false;
  readonly #cluster: Cluster;
  readonly #request: UpstreamRequest;
  readonly #events: AttemptEvents;
  #connection: Connection<Endpoint> | undefined;
  #control: Dispatcher.DispatchController | undefined;
  #over = false;
  #counted: Endpoint | undefined;

  constructor(cluster: Cluster, endpoint: Endpoint, request: UpstreamRequest, events: AttemptEvents) {
    this.#cluster = cluster;
    this.endpoint = endpoint;
    this.#request = request;
    this.#events = events;
  }

  start(): void {
    this.#count(this.endpoint);
    this.#cluster.request(this);
  }

  /** Ends it without a further event. A request on the wire takes its connection with it. */
  abort(): void {
    if (this.#over) return;
    this.#finish();
    if (this.#connection === undefined) this.#cluster.cancel(this);
    else {
      this.#cluster.abandon();
      if (this.#control === undefined) this.#connection.destroy();
      else this.#control.abort(new Error('aborted'));
    }
  }

  onConnection(connection: Connection<Endpoint>): void {
    this.#count(this.endpoint);
    this.#connection = connection;
    const { method, target, headers, body } = this.#request;
    connection.send(
      {
        method: method as Dispatcher.HttpMethod,
        path: target,
        headers,
        body: typeof body === 'function' ? body() : body,
      },
      this,
    );
  }

  onRefused(reason: Refusal): void {
    if (this.#over) return;
    this.#finish();
    this.#events.onFailure(reason);
  }

  onRequestStart(control: Dispatcher.DispatchController): void {
    this.#control = control;
    this.sentAt = performance.now();
  }

  onResponseStart(control: Dispatcher.DispatchController, code: number, headers: AnswerHeaders): void {
    if (this.#over) return;
    if (code < 200) {
      this.#events.onInformational(code, headers);
      return;
    }
    this.code = code;
    this.#connection?.heard(headers['connection'], headers['keep-alive']);
    this.#events.onHead(code, headers, control);
  }

  onResponseData(control: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#over) this.#events.onData(chunk, control);
  }

  onResponseEnd(): void {
    if (this.#over) return;
    this.#finish();
    if (this.#connection !== undefined) this.#cluster.release(this.#connection);
    this.#events.onEnd();
  }

  onResponseError(_control: Dispatcher.DispatchController | null, error: Error & { code?: string }): void {
    if (this.#over) return;
    this.#cluster.abandon();
    const unsendable = error.code === 'UND_ERR_INVALID_ARG' || error.code === 'UND_ERR_NOT_SUPPORTED';
    const connection = this.#connection;
    connection?.destroy();
    // An idle connection that closed before anything was written: the request has not been tried yet, so it waits anew.
    if (this.sentAt === undefined && !unsendable && connection !== undefined && connection.used > 1) {
      this.#connection = undefined;
      this.#cluster.request(this);
      return;
    }
    this.#finish();
    this.#events.onFailure(unsendable ? 'unsendable' : this.#failureOf(error));
  }

  /** An answer that was begun and is ended in good order too early is wrong HTTP for Envoy, not a connection that broke. */
  #failureOf(error: Error & { code?: string }): Failure {
    const endedEarly = this.code !== 0 && error.code === 'UND_ERR_SOCKET';
    return endedEarly || isProtocolError(error) ? 'protocol' : 'terminated';
  }

  #count(endpoint: Endpoint): void {
    if (this.#counted === endpoint) return;
    if (this.#counted !== undefined) this.#counted.active -= 1;
    endpoint.active += 1;
    this.#counted = endpoint;
  }

  #finish(): void {
    this.#over = true;
    if (this.#counted !== undefined) this.#counted.active -= 1;
    this.#counted = undefined;
  }
}

const isProtocolError = (error: Error): boolean =>
  error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError;
