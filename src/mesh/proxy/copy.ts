// The copy of a request that a mirror asks for: sent once, never repeated, its answer thrown away.
// What does not fit into the cluster's pool is dropped and counted. Callers feel a copy only if it does not read a large body.
// Called by exchange.ts. Source: envoy router.cc (doShadow), async_client_impl.cc.
import type { Readable } from 'node:stream';
import type { CallerConfig } from '../config.ts';
import { Attempt, type AttemptEvents, type Failure } from './attempt.ts';
import type { RequestBody } from './body.ts';
import type { Cluster } from './cluster.ts';
import type { FlatHeaders, RequestHead } from './head.ts';
import { type Flag, failures, formatFlags, noHost, timedOut } from './outcome.ts';
import type { Telemetry } from './telemetry.ts';

export interface CopyOrder {
  readonly cluster: Cluster;
  readonly caller: CallerConfig;
  readonly head: RequestHead;
  readonly requestId: string;
  readonly route: string;
  readonly target: string;
  readonly headers: FlatHeaders;
  readonly body: Buffer | RequestBody | null;
  /** 0: none. Counts from when the caller's request is complete. */
  readonly timeoutMs: number;
}

export class Copy implements AttemptEvents {
  readonly #order: CopyOrder;
  readonly #telemetry: Telemetry;
  readonly #begunAt = performance.now();
  #attempt: Attempt | undefined;
  #timer: NodeJS.Timeout | undefined;
  #code = 0;
  #bytesOut = 0;
  #ended = false;

  constructor(order: CopyOrder, telemetry: Telemetry) {
    this.#order = order;
    this.#telemetry = telemetry;
  }

  start(): void {
    const { cluster, head, target, headers, body } = this.#order;
    const { copies } = cluster;
    copies.total += 1;
    copies.open += 1;
    const endpoint = cluster.choose();
    if (endpoint === undefined) {
      this.#drop(noHost.code, noHost.flag);
      return;
    }
    const source = body === null || Buffer.isBuffer(body) ? body : this.#reader(body);
    this.#attempt = new Attempt(cluster, endpoint, { method: head.method, target, headers, body: source }, this);
    if (body === null || Buffer.isBuffer(body)) this.requestComplete();
    this.#attempt.start();
    if (!this.#ended) copies.openMax = Math.max(copies.openMax, copies.open);
  }

  #reader(body: RequestBody): () => Readable {
    const tap = body.copy({ onCut: () => this.#cut() });
    return () => tap;
  }

  /** The caller has sent everything: the route's timeout begins. */
  requestComplete(): void {
    const { timeoutMs } = this.#order;
    if (timeoutMs > 0 && !this.#ended) this.#timer = setTimeout(() => this.#timeOut(), timeoutMs);
  }

  #timeOut(): void {
    this.#order.cluster.counts.timeouts += 1;
    this.#attempt?.abort();
    this.#end(this.#code === 0 ? timedOut.code : this.#code, 'UT', 'DC');
  }

  #cut(): void {
    if (this.#ended) return;
    this.#attempt?.abort();
    this.#order.cluster.copies.dropped += 1;
    this.#end(0, 'DC', 'DC');
  }

  onInformational(): void {}

  onHead(code: number): void {
    this.#code = code;
  }

  onData(chunk: Buffer): void {
    this.#bytesOut += chunk.length;
  }

  onEnd(): void {
    this.#end(this.#code);
  }

  onFailure(failure: Failure): void {
    const { code, flag } = failures[failure];
    if (failure === 'overflow' || failure === 'connectFailure' || failure === 'connectTimeout') this.#drop(code, flag);
    else this.#end(this.#code === 0 ? code : this.#code, flag, flag);
  }

  /** It never reached a pod. */
  #drop(code: number, flag: Flag | undefined): void {
    this.#order.cluster.copies.dropped += 1;
    this.#end(code, flag);
  }

  /** `podFlag`: how the pod's own proxy would flag it; DC means that we went away before the answer. */
  #end(code: number, flag?: Flag, podFlag?: Flag): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    const { cluster, caller, head, requestId, route, target, body } = this.#order;
    cluster.copies.open -= 1;
    const attempt = this.#attempt;
    if (attempt !== undefined) {
      const podCode = podFlag === 'DC' ? this.#code : code;
      this.#telemetry.tried(attempt, cluster, caller, podCode, podFlag ?? '-');
    }
    this.#telemetry.ended(
      {
        requestId,
        method: head.method,
        path: target,
        authority: head.authority,
        route,
        service: cluster.config,
        cluster,
        clusterName: cluster.name,
        endpoint: attempt?.endpoint,
        code,
        flags: formatFlags(new Set(flag === undefined ? [] : [flag])),
        durationMs: performance.now() - this.#begunAt,
        bytesIn: body === null ? 0 : Buffer.isBuffer(body) ? body.length : body.bytes,
        bytesOut: this.#bytesOut,
        attempts: attempt === undefined ? 0 : 1,
        mirror: true,
      },
      caller,
    );
  }
}
