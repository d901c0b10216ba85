// One request and its answer over a keep-alive connection: sent once, never again, whatever happens to it.
// Never plans or counts. Called by sender.ts.
import { Agent, type Dispatcher } from 'undici';
import type { AnswerError, AnswerOutcome } from './answer.ts';

export interface PreparedRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: string;
  /** Names and values in turn, without x-request-id. */
  readonly headers: readonly string[];
  readonly body: string | null;
}

export interface Client {
  /** `done` is called exactly once, at the latest `timeoutMs` after this call. */
  exchange(request: PreparedRequest, id: string, done: (outcome: AnswerOutcome) => void): void;
  close(): Promise<void>;
}

// Node's HTTP servers drop a socket after 5 s of idleness, sometimes announced, sometimes not. Whoever sends first on a
// socket that the other side is just closing gets a reset which says nothing about the service; so let go long before.
const IDLE_MS = 2000;

export function createClient(timeoutMs: number): Client {
  const agent = new Agent({
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    // One timer for the whole exchange decides; undici's own, coarser ones stay out of it.
    connect: { timeout: timeoutMs * 2 },
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  return {
    exchange({ origin, path, method, headers, body }, id, done) {
      const handler = new ExchangeHandler(timeoutMs, done);
      try {
        agent.dispatch({ origin, path, method, headers: [...headers, 'x-request-id', id], body }, handler);
      } catch (error) {
        handler.onResponseError(undefined, error instanceof Error ? error : new Error(String(error)));
      }
    },
    close: () => agent.destroy(),
  };
}

class ExchangeHandler implements Dispatcher.DispatchHandler {
  readonly #done: (outcome: AnswerOutcome) => void;
  readonly #timer: NodeJS.Timeout;
  #controller: Dispatcher.DispatchController | undefined;
  #code = 0;
  #ended = false;

  constructor(timeoutMs: number, done: (outcome: AnswerOutcome) => void) {
    this.#done = done;
    this.#timer = setTimeout(() => {
      this.#finish({ kind: 'error', error: 'timeout', message: `no complete answer within ${timeoutMs} ms` });
      this.#controller?.abort(new Error('timeout'));
    }, timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ended) controller.abort(new Error('timeout'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, statusCode: number): void {
    this.#code = statusCode;
  }

  onResponseData(): void {}

  onResponseEnd(): void {
    this.#finish({ kind: 'code', code: this.#code });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#finish({ kind: 'error', error: kindOf(error, this.#controller !== undefined), message: error.message });
  }

  #finish(outcome: AnswerOutcome): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#done(outcome);
  }
}

function kindOf(error: Error, connected: boolean): AnswerError {
  if (error.name === 'HTTPParserError') return 'protocol';
  return connected ? 'closed' : 'connect';
}
