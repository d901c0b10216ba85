// A growing string of bits, and a cursor over one; in 32-bit words, most significant bit first.
// Never knows what the bits mean (chunk.ts and decode.ts do). Called by those two.

export class BitWriter {
  words: Uint32Array;
  length = 0;

  constructor(initialWords: number) {
    this.words = new Uint32Array(initialWords);
  }

  /** Appends the lowest `count` bits of `value`, 1 ≤ count ≤ 32. */
  write(value: number, count: number): void {
    const index = this.length >>> 5;
    const free = 32 - (this.length & 31);
    // One word ahead, since the value may straddle two.
    if (index + 1 >= this.words.length) this.#grow();
    const bits = count === 32 ? value >>> 0 : (value & ((1 << count) - 1)) >>> 0;
    const words = this.words;
    if (count <= free) {
      words[index] = (words[index] as number) | (bits << (free - count));
    } else {
      words[index] = (words[index] as number) | (bits >>> (count - free));
      words[index + 1] = bits << (32 - (count - free));
    }
    this.length += count;
  }

  /** The words written so far, a view that the next write may change. */
  written(): Uint32Array {
    return this.words.subarray(0, (this.length + 31) >>> 5);
  }

  /** Empty again, the memory kept: the next run of the same series needs about as much. */
  clear(): void {
    this.words.fill(0);
    this.length = 0;
  }

  #grow(): void {
    const larger = new Uint32Array(Math.ceil(this.words.length * 1.5) + 2);
    larger.set(this.words);
    this.words = larger;
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
