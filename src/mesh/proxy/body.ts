// A request's body on its way to several readers: the chosen endpoint, a later try of it, and copies.
// Holds the caller up when the endpoint or a copy's reader falls behind, as Envoy does. Called by exchange.ts.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

/** Envoy keeps at most one buffer limit of a body for retries (per_connection_buffer_limit_bytes, 1 MiB by default). */
const REPLAY_BYTES = 1_048_576;
/** What a copy's reader may lag behind before the caller is held up (Envoy's watermarks on the shadow stream, its PR #24365). */
const COPY_BYTES = 1_048_576;

export interface CopyReader {
  /** The caller has gone, or has its answer: the copy cannot be completed. */
  onCut(): void;
}

/** Reads the message once, at the pace of the slowest reader. */
export class RequestBody {
  bytes = 0;
  complete = false;
  /** Every chunk so far, while a further try may need them; undefined when that was given up. */
  #kept: Buffer[] | undefined = [];
  #primary: Tap | undefined;
  #primaryWants = false;
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
    this.#primary = this.#tap(() => {
      this.#primaryWants = true;
      this.#flow();
    });
    before?.destroy();
    return this.#primary;
  }

  copy(reader: CopyReader): Readable {
    const tap = this.#tap(() => this.#flow());
    this.#copies.set(tap, reader);
    tap.once('close', () => {
      this.#copies.delete(tap);
      this.#flow();
    });
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
    if (this.#primary?.push(chunk) === false) this.#primaryWants = false;
    for (const tap of this.#copies.keys()) tap.push(chunk);
    this.#flow();
  }

  #flow(): void {
    // After `cut` nobody reads; the rest is taken all the same.
    if (this.complete || this.#primary === undefined) return;
    const isHeldUp = [...this.#copies.keys()].some((tap) => tap.readableLength > COPY_BYTES);
    if (this.#primaryWants && !isHeldUp) this.#message.resume();
    else this.#message.pause();
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
