// Memory for finished chunks: one after another in large arrays, each with its times before it, and named by a number.
// An object and an array of its own would cost a chunk as much as its content. An array is let go with its last chunk:
// chunks finished together expire together. Called by store.ts.
import type { Millis } from '../lib/clock.ts';
import type { Chunk, Extent } from './chunk.ts';

/** Which array, and where in it. */
export type ChunkId = number;

const ARRAY_WORDS = 16_384;
/** Count, first and last time; the times as two words each. */
const HEADER_WORDS = 5;
const WORD = 2 ** 32;

interface Part {
  words: Uint32Array;
  chunks: number;
}

const NOTHING = new Uint32Array(0);

export class Slab {
  readonly #parts: Part[] = [];
  /** Places in `#parts` to use again. */
  readonly #free: number[] = [];
  #current = -1;
  #used = ARRAY_WORDS;

  /** Copies the chunk's words. */
  keep({ count, firstTime, lastTime }: Extent, written: Uint32Array): ChunkId {
    const size = HEADER_WORDS + written.length;
    if (this.#used + size > ARRAY_WORDS) this.#begin();
    const part = this.#parts[this.#current] as Part;
    const at = this.#used;
    part.words[at] = count;
    setTime(part.words, at + 1, firstTime);
    setTime(part.words, at + 3, lastTime);
    part.words.set(written, at + HEADER_WORDS);
    part.chunks += 1;
    this.#used += size;
    return this.#current * ARRAY_WORDS + at;
  }

  firstTime(id: ChunkId): Millis {
    return timeAt(this.#part(id).words, (id % ARRAY_WORDS) + 1);
  }

  lastTime(id: ChunkId): Millis {
    return timeAt(this.#part(id).words, (id % ARRAY_WORDS) + 3);
  }

  /** To be read at once: after `drop` its words are another's. */
  at(id: ChunkId): Chunk {
    const { words } = this.#part(id);
    const at = id % ARRAY_WORDS;
    const [firstTime, lastTime] = [timeAt(words, at + 1), timeAt(words, at + 3)];
    return { words, firstWord: at + HEADER_WORDS, count: words[at] as number, firstTime, lastTime };
  }

  drop(id: ChunkId): void {
    const part = this.#part(id);
    part.chunks -= 1;
    const index = Math.floor(id / ARRAY_WORDS);
    if (index !== this.#current) this.#release(index, part);
  }

  /** Of all arrays, with what is still free in the last. */
  get bytes(): number {
    return this.#parts.reduce((sum, { words }) => sum + words.byteLength, 0);
  }

  #part(id: ChunkId): Part {
    return this.#parts[Math.floor(id / ARRAY_WORDS)] as Part;
  }

  #begin(): void {
    const full = this.#parts[this.#current];
    if (full !== undefined) this.#release(this.#current, full);
    this.#current = this.#free.pop() ?? this.#parts.length;
    this.#parts[this.#current] = { words: new Uint32Array(ARRAY_WORDS), chunks: 0 };
    this.#used = 0;
  }

  #release(index: number, part: Part): void {
    if (part.chunks > 0) return;
    part.words = NOTHING;
    this.#free.push(index);
  }
}

/** Whole milliseconds, negative ones too, in two words. */
function setTime(words: Uint32Array, at: number, time: Millis): void {
  words[at] = Math.floor(time / WORD);
  words[at + 1] = time;
}

const timeAt = (words: Uint32Array, at: number): Millis =>
  ((words[at] as number) | 0) * WORD + (words[at + 1] as number);
