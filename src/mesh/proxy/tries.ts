// The upstream half of a user's request: one try after another until one is answered for good or none may follow.
// Never speaks to the caller: it reports. Called by exchange.ts. Source: envoy router.cc (doRetry), retry_state_impl.cc.
import type { Dispatcher } from 'undici';
import type { Random } from '../../lib/random.ts';
import type { CallerConfig, RetryConfig } from '../config.ts';
import { type AnswerHeaders, Attempt, type AttemptEvents, type Failure, type UpstreamRequest } from './attempt.ts';
import type { Cluster } from './cluster.ts';
import type { Endpoint } from './endpoint.ts';
import { failures, type LocalAnswer, noHost, timedOut } from './outcome.ts';
import { backoffMs, retriesCode, retriesFailure } from './retry.ts';
import type { Telemetry } from './telemetry.ts';

export interface TriesEvents {
  onInformational(code: number, headers: AnswerHeaders): void;
  /** `serviceMs`: from sending to the answer's head. */
  onHead(code: number, headers: AnswerHeaders, control: Dispatcher.DispatchController, serviceMs: number): void;
  onData(chunk: Buffer, control: Dispatcher.DispatchController): void;
  onEnd(): void;
  /** After `onHead` as well, when the answer breaks off. */
  onFailed(why: LocalAnswer): void;
}

export interface TriesOptions {
  readonly cluster: Cluster;
  readonly caller: CallerConfig;
  readonly retry: RetryConfig | undefined;
  readonly timeoutMs: number;
  readonly random: Random;
  readonly telemetry: Telemetry;
  /** `number` counts from 1. */
  request(number: number): UpstreamRequest;
  /** Whether the request can be sent once more from its beginning. */
  replayable(): boolean;
}

export class Tries implements AttemptEvents {
  /** Begun so far. */
  count = 0;
  /** Another try was wanted but all were used up (Envoy's URX). */
  exhausted = false;
  /** Chosen last. */
  endpoint: Endpoint | undefined;
  readonly #options: TriesOptions;
  readonly #events: TriesEvents;
  readonly #perTryTimeoutMs: number;
  #attempt: Attempt | undefined;
  #tried: Set<Endpoint> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #backoff: NodeJS.Timeout | undefined;
  /** A retry is waiting or under way; it counts towards the cluster's `maxRetries`. */
  #retrying = false;
  #requestComplete = false;

  constructor(options: TriesOptions, events: TriesEvents) {
    this.#options = options;
    this.#events = events;
    const { retry, timeoutMs } = options;
    const perTryMs = retry?.perTryTimeoutMs ?? 0;
    // Envoy ignores a time for each try that is not shorter than the route's.
    this.#perTryTimeoutMs = timeoutMs > 0 && perTryMs >= timeoutMs ? 0 : perTryMs;
  }

  begin(endpoint: Endpoint): void {
    this.count += 1;
    this.endpoint = endpoint;
    this.#attempt = new Attempt(this.#options.cluster, endpoint, this.#options.request(this.count), this);
    if (this.#requestComplete) this.#startTimer();
    this.#attempt.start();
  }

  /** Nothing more comes from the caller: the time for each try begins. */
  requestComplete(): void {
    this.#requestComplete = true;
    if (this.#attempt !== undefined) this.#startTimer();
  }

  /** Ends whatever goes on, without a further event. */
  abandon(): void {
    clearTimeout(this.#backoff);
    const attempt = this.#attempt;
    if (attempt !== undefined) {
      attempt.abort();
      this.#over(attempt, attempt.code, 'DC');
    }
    this.#endRetry();
  }

  #startTimer(): void {
    if (this.#perTryTimeoutMs > 0) this.#timer = setTimeout(() => this.#timeOut(), this.#perTryTimeoutMs);
  }

  #timeOut(): void {
    const attempt = this.#attempt!;
    attempt.abort();
    this.#over(attempt, attempt.code, 'DC');
    this.#options.cluster.counts.timeouts += 1;
    this.#failed(attempt, 'perTryTimeout', timedOut);
  }

  /** `code` and `flag` as the pod's own proxy would tell of this try. */
  #over(attempt: Attempt, code: number, flag: string): void {
    clearTimeout(this.#timer);
    this.#attempt = undefined;
    this.endpoint = attempt.endpoint;
    this.#options.telemetry.tried(attempt, this.#options.cluster, this.#options.caller, code, flag);
    this.#endRetry();
  }

  #endRetry(): void {
    if (this.#retrying) this.#options.cluster.activeRetries -= 1;
    this.#retrying = false;
  }

  /** Asked when a further try is wanted; says no when there may be none. */
  #mayFollow(last: Attempt, retry: RetryConfig): boolean {
    const { cluster, replayable } = this.#options;
    if (last.accepted || !replayable()) return false;
    if (this.count > retry.attempts) {
      this.exhausted = true;
      return false;
    }
    const others = cluster.activeRetries - (this.#retrying ? 1 : 0);
    return others < (cluster.config.limits.maxRetries ?? Number.POSITIVE_INFINITY);
  }

  #follow(last: Attempt, retry: RetryConfig): void {
    const { cluster, random } = this.#options;
    cluster.activeRetries += 1;
    cluster.counts.retries += 1;
    this.#retrying = true;
    this.#tried ??= new Set();
    this.#tried.add(last.endpoint);
    this.#backoff = setTimeout(
      () => this.#tryAgain(retry.avoidPreviousHosts ? this.#tried : undefined),
      backoffMs(retry, this.count, random),
    );
  }

  #tryAgain(avoid: ReadonlySet<Endpoint> | undefined): void {
    const endpoint = this.#options.cluster.choose(avoid);
    if (endpoint !== undefined) {
      this.begin(endpoint);
      return;
    }
    this.#endRetry();
    this.#events.onFailed(noHost);
  }

  onInformational(code: number, headers: AnswerHeaders): void {
    this.#events.onInformational(code, headers);
  }

  onHead(code: number, headers: AnswerHeaders, control: Dispatcher.DispatchController): void {
    const attempt = this.#attempt!;
    const { retry } = this.#options;
    if (retry !== undefined && retriesCode(retry, code) && this.#mayFollow(attempt, retry)) {
      attempt.abort();
      this.#over(attempt, code, '-');
      this.#follow(attempt, retry);
      return;
    }
    attempt.accepted = true;
    clearTimeout(this.#timer);
    this.#events.onHead(code, headers, control, performance.now() - (attempt.sentAt ?? 0));
  }

  onData(chunk: Buffer, control: Dispatcher.DispatchController): void {
    this.#events.onData(chunk, control);
  }

  onEnd(): void {
    const attempt = this.#attempt!;
    this.#over(attempt, attempt.code, '-');
    this.#events.onEnd();
  }

  onFailure(failure: Failure): void {
    const attempt = this.#attempt!;
    const local = failures[failure];
    this.#over(attempt, attempt.code === 0 ? local.code : attempt.code, local.flag ?? '-');
    this.#failed(attempt, failure, local);
  }

  #failed(attempt: Attempt, failure: Failure | 'perTryTimeout', local: LocalAnswer): void {
    const { retry } = this.#options;
    const wanted = retry !== undefined && retriesFailure(retry, failure, attempt.sentAt !== undefined);
    if (wanted && this.#mayFollow(attempt, retry)) this.#follow(attempt, retry);
    else this.#events.onFailed(local);
  }
}
