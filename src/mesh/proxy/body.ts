// A request's body on its way to several readers: the chosen endpoint, a later try of it, and copies.
// Never lets a copy slow the caller down: a copy that falls behind is cut off. Called by exchange.ts.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Envoy keeps at most one buffer limit of a body for retries (per_connection_buffer_limit_bytes, 1 MiB by default). */
const REPLAY_BYTES = 1_048_576;
/** What a copy's reader may lag behind; Envoy would pause the caller at the same size. */
const COPY_BYTES = 1_048_576;

export interface CopyReader {
  /** The copy lags too far behind, or the caller has gone: it cannot be completed. */
  onCut(): void;
}

/** Reads the message once, at the pace of the endpoint that answers the caller. */
export class RequestBody {
  bytes = 0;
  complete = false;
  /** Every chunk so far, while a further try may need them; undefined when that was given up. */
  #kept: Buffer[] | undefined = [];
  #primary: Tap | undefined;
  readonly #copies = new Map<Tap, CopyReader>();
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage, replayable: boolean, onComplete: () => void) {
    this.#message = message;
    if (!replayable) this.#kept = undefined;
    message.on('data', (chunk: Buffer) => this.#take(chunk));
    message.once('end', () => {
      this.complete = true;
      this.#primary?.push(null);
      for (const tap of this.#copies.keys()) tap.push(null);
      onComplete();
    });
    // Somebody has to want it first.
    message.pause();
  }

  /** Whether everything that was read can be sent again. */
  get replayable(): boolean {
    return this.#kept !== undefined || this.bytes === 0;
  }

  /** For one try at the endpoint that answers the caller; the try before, if any, gets no more. */
  primary(): Readable {
    const before = this.#primary;
    this.#primary = this.#tap(() => this.#message.resume());
    before?.destroy();
    return this.#primary;
  }

  copy(reader: CopyReader): Readable {
    const tap = this.#tap(() => {});
    this.#copies.set(tap, reader);
    tap.once('close', () => this.#copies.delete(tap));
    return tap;
  }

  /** No further try will come; what was kept for one can go. */
  forgetReplay(): void {
    if (this.bytes > 0) this.#kept = undefined;
  }

  /**
   * The caller has gone, or the answer is over: what copies did not get, they will not get. The rest is read all the same,
   * for the next request on the caller's connection stands behind it.
   */
  cut(): void {
    if (this.complete) return;
    for (const [tap, reader] of [...this.#copies]) {
      tap.destroy();
      reader.onCut();
    }
    this.#copies.clear();
    this.#kept = undefined;
    this.#primary?.destroy();
    this.#primary = undefined;
    this.#message.resume();
  }

  #tap(onWanted: () => void): Tap {
    const tap = new Tap(onWanted);
    for (const chunk of this.#kept ?? []) tap.push(chunk);
    if (this.complete) tap.push(null);
    return tap;
  }

  #take(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.#kept !== undefined) {
      if (this.bytes > REPLAY_BYTES) this.#kept = undefined;
      else this.#kept.push(chunk);
    }
    if (this.#primary?.push(chunk) === false) this.#message.pause();
    for (const [tap, reader] of this.#copies) {
      if (tap.readableLength + chunk.length <= COPY_BYTES) tap.push(chunk);
      else {
        tap.destroy();
        reader.onCut();
      }
    }
  }
}

class Tap extends Readable {
  readonly #onWanted: () => void;

  constructor(onWanted: () => void) {
    super();
    this.#onWanted = onWanted;
  }

  override _read(): void {
    this.#onWanted();
  }
}
