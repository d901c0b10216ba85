// The caller's half of one request: its route, its copies, its answer, and the one line about how it ended.
// Never holds a connection or a counter of its own. Called by listener.ts; Envoy's router filter is the model.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Random } from '../../lib/random.ts';
import { drawStream, pickByStream, sampled } from '../../routing/picker.ts';
import type { CallerConfig, ServiceConfig } from '../config.ts';
import { answerHeaders } from './answer.ts';
import type { AnswerHeaders, UpstreamRequest } from './attempt.ts';
import { RequestBody } from './body.ts';
import type { Cluster } from './cluster.ts';
import { Copy } from './copy.ts';
import { Facts, type FlatHeaders, forwardedHeaders, type RequestHead } from './head.ts';
import { location, mutated } from './mutate.ts';
import * as outcome from './outcome.ts';
import type { Destination, Forward, Route, Routes } from './routes.ts';
import type { Telemetry } from './telemetry.ts';
import { Tries, type TriesEvents } from './tries.ts';

/** What every exchange shares. */
export interface Runtime {
  /** One draw per request decides destination and mirrors, so that a seed decides them too. */
  readonly streams: Random;
  /** For what need not be reproduced. */
  readonly random: Random;
  requestId(): string;
  readonly telemetry: Telemetry;
}

/** The address a request came in at. */
export interface Arrival {
  readonly caller: CallerConfig;
  readonly service: ServiceConfig;
  readonly routes: Routes;
}

export class Exchange implements TriesEvents {
  readonly #runtime: Runtime;
  readonly #arrival: Arrival;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #head: RequestHead;
  readonly #requestId: string;
  readonly #begunAt = performance.now();
  readonly #flags = new Set<outcome.Flag>();
  #route: Route | undefined;
  #destination: Destination | undefined;
  #target: string;
  #authority: string;
  #headers: FlatHeaders = [];
  #body: Buffer | RequestBody | null = null;
  #tries: Tries | undefined;
  #copies: Copy[] | undefined;
  #timer: NodeJS.Timeout | undefined;
  #bytesOut = 0;
  #ended = false;
  /** Tries that found no endpoint: Envoy counts them too. */
  #fruitless = 0;

  constructor(
    runtime: Runtime,
    arrival: Arrival,
    request: IncomingMessage,
    response: ServerResponse,
    head: RequestHead,
  ) {
    this.#runtime = runtime;
    this.#arrival = arrival;
    this.#request = request;
    this.#response = response;
    this.#head = head;
    this.#requestId = head.requestId ?? runtime.requestId();
    this.#target = head.target;
    this.#authority = head.authority;
  }

  /** `expectsContinue`: the caller waits for 100 before it sends its body. */
  begin(expectsContinue: boolean): void {
    this.#response.once('close', () => this.#callerGone());
    const { upgrade } = this.#head;
    if (upgrade !== undefined && !/^h2c$/i.test(upgrade)) {
      this.answer(outcome.upgradeRefused);
      return;
    }
    const route = this.#arrival.routes(new Facts(this.#head, this.#arrival.service.port, this.#arrival.caller));
    if (route === undefined) {
      this.answer(outcome.noRoute);
      return;
    }
    this.#route = route;
    const { action } = route;
    if (action.kind === 'forward') {
      this.#forward(action, expectsContinue);
      return;
    }
    const steps = route.headers?.response ?? [];
    if (action.kind === 'direct') {
      const body = action.body === undefined ? '' : Buffer.from(action.body, 'base64');
      this.#write(action.code, mutated([], steps), body);
      return;
    }
    this.#write(action.code, mutated(['location', location(action, this.#target, this.#authority)], steps), '');
  }

  #forward(forward: Forward, expectsContinue: boolean): void {
    const stream = drawStream(this.#runtime.streams);
    const destination = forward.destinations[pickByStream(forward.weights, stream)]!;
    this.#destination = destination;
    const { cluster } = destination;
    if (cluster === undefined) {
      this.answer(outcome.noCluster);
      return;
    }
    if (!this.#head.chunked && !this.#head.contentLength) {
      this.#send(forward, cluster, stream, null);
      return;
    }
    // What came of the body together with the head has been parsed by the next tick: a small body needs no stream.
    process.nextTick(() => {
      if (this.#ended) return;
      if (this.#request.complete) {
        return this.#send(forward, cluster, stream, (this.#request.read() as Buffer | null) ?? null);
      }
      if (expectsContinue) this.#response.writeContinue();
      const replayable = (forward.retry?.attempts ?? 0) > 0;
      const body = new RequestBody(this.#request, replayable, () => this.#requestComplete(forward));
      this.#send(forward, cluster, stream, body);
    });
  }

  #send(forward: Forward, cluster: Cluster, stream: number, body: Buffer | RequestBody | null): void {
    this.#body = body;
    const endpoint = cluster.choose();
    if (endpoint === undefined) {
      this.#fruitless = 1;
      this.answer(outcome.noHost);
      return;
    }
    const headers = forwardedHeaders(this.#head, this.#requestId);
    this.#headers = mutated(headers, this.#destination?.headers.request ?? []);
    if (forward.rewrite !== undefined) {
      const rewritten = forward.rewrite(this.#target, this.#authority);
      this.#target = rewritten.target;
      this.#authority = rewritten.authority;
    }
    for (const mirror of forward.mirrors) if (sampled(mirror.ppm, stream)) this.#mirror(mirror.cluster, forward);
    const { telemetry, random } = this.#runtime;
    this.#tries = new Tries(
      {
        cluster,
        caller: this.#arrival.caller,
        retry: forward.retry,
        timeoutMs: forward.timeoutMs,
        random,
        telemetry,
        request: (number) => this.#upstream(number),
        replayable: () => !(this.#body instanceof RequestBody) || this.#body.replayable,
      },
      this,
    );
    if (!(body instanceof RequestBody)) this.#requestComplete(forward);
    this.#tries.begin(endpoint);
  }

  #upstream(number: number): UpstreamRequest {
    const body = this.#body;
    return {
      method: this.#head.method,
      target: this.#target,
      headers: ['host', this.#authority, ...this.#headers, 'x-envoy-attempt-count', String(number)],
      body: body instanceof RequestBody ? () => body.primary() : body,
    };
  }

  #mirror(cluster: Cluster, { timeoutMs }: Forward): void {
    const { target, headers } = this.#upstream(1);
    const order = {
      cluster,
      caller: this.#arrival.caller,
      head: this.#head,
      requestId: this.#requestId,
      route: this.#route?.name ?? '',
      target,
      headers,
      body: this.#body,
      timeoutMs,
    };
    const copy = new Copy(order, this.#runtime.telemetry);
    if (this.#body instanceof RequestBody) {
      this.#copies ??= [];
      this.#copies.push(copy);
    }
    copy.start();
  }

  /** Nothing more comes from the caller: the route's timeouts begin. */
  #requestComplete({ timeoutMs }: Forward): void {
    for (const copy of this.#copies ?? []) copy.requestComplete();
    if (this.#ended) return;
    if (timeoutMs > 0) this.#timer = setTimeout(() => this.#timeOut(), timeoutMs);
    this.#tries?.requestComplete();
  }

  #timeOut(): void {
    this.#destination!.cluster!.counts.timeouts += 1;
    this.#tries?.abandon();
    this.onFailed(outcome.timedOut);
  }

  onInformational(code: number, headers: AnswerHeaders): void {
    if (code === 102) this.#response.writeProcessing();
    else if (code === 103 && headers['link'] !== undefined) {
      try {
        this.#response.writeEarlyHints(headers as Record<string, string | string[]>);
      } catch {
        // Node writes only links of its own narrow grammar. A hint may be left out; the answer behind it may not be lost.
      }
    }
  }

  onHead(code: number, headers: AnswerHeaders, control: Dispatcher.DispatchController, serviceMs: number): void {
    if (this.#body instanceof RequestBody) this.#body.forgetReplay();
    const steps = this.#destination?.headers.response ?? [];
    this.#response.writeHead(code, answerHeaders(code, headers, steps, serviceMs));
    this.#response.on('drain', () => control.resume());
  }

  onData(chunk: Buffer, control: Dispatcher.DispatchController): void {
    this.#bytesOut += chunk.length;
    if (!this.#response.write(chunk)) control.pause();
  }

  onEnd(): void {
    this.#response.end();
    this.#end(this.#response.statusCode);
  }

  /** An answer of our own or, when one has begun already, an end that the caller cannot mistake for a whole answer. */
  onFailed(why: outcome.LocalAnswer): void {
    if (!this.#response.headersSent) {
      this.answer(why);
      return;
    }
    if (why.flag !== undefined) this.#flags.add(why.flag);
    this.#end(this.#response.statusCode);
    this.#response.destroy();
  }

  answer({ code, flag, body, headers = [] }: outcome.LocalAnswer): void {
    if (flag !== undefined) this.#flags.add(flag);
    this.#write(code, [...headers], body);
  }

  #write(code: number, headers: FlatHeaders, body: string | Buffer): void {
    const length = Buffer.byteLength(body);
    if (length > 0) headers.push('content-type', 'text/plain');
    headers.push('content-length', String(length));
    this.#bytesOut = length;
    this.#response.writeHead(code, headers);
    this.#response.end(body);
    this.#end(code);
  }

  #callerGone(): void {
    if (this.#ended) return;
    this.#flags.add('DC');
    this.#tries?.abandon();
    this.#end(this.#response.headersSent ? this.#response.statusCode : 0);
  }

  #end(code: number): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    if (this.#body instanceof RequestBody) this.#body.cut();
    if (this.#tries?.exhausted === true) this.#flags.add('URX');
    const { method, target, authority } = this.#head;
    const body = this.#body;
    this.#runtime.telemetry.ended(
      {
        requestId: this.#requestId,
        method,
        path: target,
        authority,
        route: this.#route?.name ?? '',
        service: this.#arrival.service,
        cluster: this.#destination?.cluster,
        clusterName: this.#destination?.name,
        endpoint: this.#tries?.endpoint,
        code,
        flags: outcome.formatFlags(this.#flags),
        durationMs: performance.now() - this.#begunAt,
        bytesIn: body === null ? 0 : Buffer.isBuffer(body) ? body.length : body.bytes,
        bytesOut: this.#bytesOut,
        attempts: this.#tries?.count ?? this.#fruitless,
        mirror: false,
      },
      this.#arrival.caller,
    );
  }
}
