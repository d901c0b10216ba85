// The growing end of one series: samples compressed as they come, and what is needed to go on (Encoder).
// Never interprets a value: values are two 32-bit words, so every NaN keeps its bits. Called by store.ts.
// Source: Pelkonen et al., Gorilla (VLDB 2015), §4.1, with the time ranges widened for milliseconds. decode.ts reads it.
import type { Millis } from '../lib/clock.ts';
import { BitWriter } from './bits.ts';
import type { Blocks } from './blocks.ts';

/** Longer chunks need less memory around them, shorter ones are read and dropped in smaller pieces. */
export const CHUNK_SAMPLES = 120;
const MAX_GAP = 0xffff_ffff;
/** Of the longest: the first sample, then for each at most 36 bits of time and 77 of value. */
export const CHUNK_WORDS = 2 + Math.ceil(((CHUNK_SAMPLES - 1) * (36 + 77)) / 32);

/** How many samples there are, and of what time; both times are 0 while there are none. */
export interface Extent {
  readonly count: number;
  readonly firstTime: Millis;
  readonly lastTime: Millis;
}

/** A run of samples: `count` of them in `words` from `firstWord` on. */
export interface Chunk extends Extent {
  readonly words: Uint32Array;
  readonly firstWord: number;
}

export class Encoder implements Extent {
  firstTime: Millis = 0;
  lastTime: Millis = 0;
  count = 0;
  readonly #bits: BitWriter;
  #delta = 0;
  // Signed: numbers of 31 bits and a sign need no memory of their own.
  #high = 0;
  #low = 0;
  #leading = -1;
  #trailing = 0;

  constructor(blocks: Blocks) {
    this.#bits = new BitWriter(blocks);
  }

  /** The samples so far, their words copied into `room`, which has CHUNK_WORDS. */
  chunk(room: Uint32Array): Chunk {
    this.#bits.copyTo(room);
    return { words: room, firstWord: 0, count: this.count, firstTime: this.firstTime, lastTime: this.lastTime };
  }

  copyTo(words: Uint32Array): number {
    return this.#bits.copyTo(words);
  }

  /** False when the sample belongs into a new chunk. `time` is a whole number above `lastTime`. */
  append(time: Millis, high: number, low: number): boolean {
    if (this.count === 0) {
      this.#begin(time, high, low);
      return true;
    }
    const delta = time - this.lastTime;
    if (this.count >= CHUNK_SAMPLES || delta > MAX_GAP) return false;
    this.#appendDelta(delta);
    this.#appendValue(high | 0, low | 0);
    this.lastTime = time;
    this.count++;
    return true;
  }

  clear(): void {
    this.#bits.clear();
    this.count = 0;
  }

  #begin(time: Millis, high: number, low: number): void {
    this.firstTime = time;
    this.lastTime = time;
    this.count = 1;
    this.#delta = 0;
    this.#high = high | 0;
    this.#low = low | 0;
    this.#leading = -1;
    this.#trailing = 0;
    this.#bits.write(high, 32);
    this.#bits.write(low, 32);
  }

  #appendDelta(delta: number): void {
    const change = delta - this.#delta;
    const bits = this.#bits;
    this.#delta = delta;
    if (change === 0) bits.write(0b0, 1);
    else if (change >= -64 && change < 64) bits.write((0b10 << 7) | (change + 64), 9);
    else if (change >= -8192 && change < 8192) bits.write((0b110 << 14) | (change + 8192), 17);
    else if (change >= -524_288 && change < 524_288) bits.write((0b1110 << 20) | (change + 524_288), 24);
    else {
      bits.write(0b1111, 4);
      bits.write(delta, 32);
    }
  }

  #appendValue(high: number, low: number): void {
    const xorHigh = (high ^ this.#high) >>> 0;
    const xorLow = (low ^ this.#low) >>> 0;
    const bits = this.#bits;
    this.#high = high;
    this.#low = low;
    if (xorHigh === 0 && xorLow === 0) {
      bits.write(0, 1);
      return;
    }
    const leading = Math.min(31, leadingZeros(xorHigh, xorLow));
    const trailing = trailingZeros(xorHigh, xorLow);
    if (this.#leading >= 0 && leading >= this.#leading && trailing >= this.#trailing) {
      bits.write(0b10, 2);
    } else {
      this.#leading = leading;
      this.#trailing = trailing;
      bits.write((0b11 << 11) | (leading << 6) | (64 - leading - trailing - 1), 13);
    }
    this.#appendWindow(xorHigh, xorLow);
  }

  #appendWindow(high: number, low: number): void {
    const trailing = this.#trailing;
    const length = 64 - this.#leading - trailing;
    if (trailing >= 32) {
      this.#bits.write(high >>> (trailing - 32), length);
      return;
    }
    // A shift by 32 is a shift by 0 in JavaScript, hence the case of no trailing zeros.
    const shifted = trailing === 0 ? low : (low >>> trailing) | (high << (32 - trailing));
    if (length > 32) this.#bits.write(high >>> trailing, length - 32);
    this.#bits.write(shifted, Math.min(32, length));
  }
}

const leadingZeros = (high: number, low: number): number => (high === 0 ? 32 + Math.clz32(low) : Math.clz32(high));

/** `word & -word` keeps only the lowest set bit. */
const trailing32 = (word: number): number => 31 - Math.clz32(word & -word);
const trailingZeros = (high: number, low: number): number => (low === 0 ? 32 + trailing32(high) : trailing32(low));
