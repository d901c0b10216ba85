// A growing string of bits, and a cursor over one; in 32-bit words, most significant bit first.
// Never knows what the bits mean (chunk.ts and decode.ts do). Called by those two.
import type { Blocks } from './blocks.ts';
import { BLOCK_WORDS } from './blocks.ts';

const BLOCK_BITS = BLOCK_WORDS * 32;

export class BitWriter {
  /** In bits. */
  length = 0;
  readonly #blocks: Blocks;
  /** The last one of the chain; meaningless while there are no bits. */
  #block = 0;

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  /** Appends the lowest `count` bits of `value`, 1 ≤ count ≤ 32. */
  write(value: number, count: number): void {
    const free = 32 - (this.length & 31);
    const bits = count === 32 ? value >>> 0 : (value & ((1 << count) - 1)) >>> 0;
    if (this.length % BLOCK_BITS === 0) this.#block = this.#blocks.take(this.#block);
    if (count <= free) this.#blocks.or(this.#block, this.length >>> 5, bits << (free - count));
    else {
      const next = (this.length >>> 5) + 1;
      this.#blocks.or(this.#block, next - 1, bits >>> (count - free));
      if (next % BLOCK_WORDS === 0) this.#block = this.#blocks.take(this.#block);
      this.#blocks.or(this.#block, next, bits << (32 - (count - free)));
    }
    this.length += count;
  }

  /** Copies the words written so far and says how many. */
  copyTo(words: Uint32Array): number {
    const count = (this.length + 31) >>> 5;
    this.#blocks.copy(this.#block, count, words);
    return count;
  }

  /** Empty again; the memory is for whoever needs it next. */
  clear(): void {
    this.#blocks.release(this.#block, Math.ceil(this.length / BLOCK_BITS));
    this.length = 0;
  }
}

export class BitReader {
  readonly words: Uint32Array;
  /** In bits. */
  position: number;

  constructor(words: Uint32Array, firstWord: number) {
    this.words = words;
    this.position = firstWord * 32;
  }

  /** The next `count` bits as an unsigned number, 1 ≤ count ≤ 32. */
  read(count: number): number {
    const index = this.position >>> 5;
    const available = 32 - (this.position & 31);
    this.position += count;
    const first = this.words[index] as number;
    if (count <= available) return (first << (32 - available)) >>> (32 - count);
    const missing = count - available;
    const second = this.words[index + 1] as number;
    // available < 32 here, so the mask is never of 32 bits.
    return (((first & ((1 << available) - 1)) << missing) | (second >>> (32 - missing))) >>> 0;
  }
}
