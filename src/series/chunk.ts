// A run of one series' samples, compressed: delta-of-delta timestamps and XOR-ed values.
// Never interprets a value: values are two 32-bit words, so every NaN keeps its bits. Called by store.ts.
// Source: Pelkonen et al., Gorilla (VLDB 2015), §4.1; time ranges widened for milliseconds.
import type { Millis } from '../lib/clock.ts';
import { BitReader, BitWriter } from './bits.ts';

/** Longer chunks need less memory around them, shorter ones are read and dropped in smaller pieces. */
export const CHUNK_SAMPLES = 240;
const MAX_GAP = 0xffff_ffff;

/** Where decoded samples go: `words` is the values' memory, two words a value, in the machine's order. */
export interface SampleSink {
  readonly times: Float64Array;
  readonly words: Uint32Array;
  readonly highWord: 0 | 1;
  count: number;
}

export class Chunk {
  readonly firstTime: Millis;
  lastTime: Millis;
  count = 1;
  readonly #bits = new BitWriter();
  // Encoder state, also what the next sample is compared with.
  #delta = 0;
  #high: number;
  #low: number;
  #leading = -1;
  #trailing = 0;

  constructor(time: Millis, high: number, low: number) {
    this.firstTime = time;
    this.lastTime = time;
    this.#high = high >>> 0;
    this.#low = low >>> 0;
    this.#bits.write(high, 32);
    this.#bits.write(low, 32);
  }

  /** Bytes of compressed samples, allocated ones included. */
  get bytes(): number {
    return this.#bits.words.byteLength;
  }

  /** False when the sample belongs into a new chunk. `time` is a whole number above `lastTime`. */
  append(time: Millis, high: number, low: number): boolean {
    const delta = time - this.lastTime;
    if (this.count >= CHUNK_SAMPLES || delta > MAX_GAP) return false;
    this.#appendDelta(delta);
    this.#appendValue(high >>> 0, low >>> 0);
    this.lastTime = time;
    this.count++;
    return true;
  }

  /** No more samples will come: gives back spare memory. */
  seal(): void {
    this.#bits.trim();
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
    // Unsigned shifts by 32 are shifts by 0 in JavaScript, hence the case of no trailing zeros.
    const shifted = trailing === 0 ? low : (low >>> trailing) | (high << (32 - trailing));
    if (length > 32) this.#bits.write(high >>> trailing, length - 32);
    this.#bits.write(shifted, Math.min(32, length));
  }

  /** Adds the samples of `from` ≤ t ≤ `to`; the sink has room for `count` more. */
  decode(from: Millis, to: Millis, sink: SampleSink): void {
    const reader = new BitReader(this.#bits.words);
    let time = this.firstTime;
    let delta = 0;
    let high = reader.read(32);
    let low = reader.read(32);
    let trailing = 0;
    let length = 0;
    for (let index = 0; ; ) {
      if (time > to) return;
      if (time >= from) put(sink, time, high, low);
      if (++index >= this.count) return;
      delta = readDelta(reader, delta);
      time += delta;
      if (reader.read(1) === 0) continue;
      if (reader.read(1) === 1) {
        const leading = reader.read(5);
        length = reader.read(6) + 1;
        trailing = 64 - leading - length;
      }
      const upper = length > 32 ? reader.read(length - 32) : 0;
      const lower = reader.read(Math.min(32, length));
      if (trailing >= 32) high ^= lower << (trailing - 32);
      else if (trailing === 0) {
        high ^= upper;
        low ^= lower;
      } else {
        high ^= (upper << trailing) | (lower >>> (32 - trailing));
        low ^= lower << trailing;
      }
    }
  }
}

function put(sink: SampleSink, time: Millis, high: number, low: number): void {
  const index = sink.count++;
  sink.times[index] = time;
  sink.words[index * 2 + sink.highWord] = high;
  sink.words[index * 2 + (1 - sink.highWord)] = low;
}

function readDelta(reader: BitReader, previous: number): number {
  if (reader.read(1) === 0) return previous;
  if (reader.read(1) === 0) return previous + reader.read(7) - 64;
  if (reader.read(1) === 0) return previous + reader.read(14) - 8192;
  if (reader.read(1) === 0) return previous + reader.read(20) - 524_288;
  return reader.read(32);
}

const leadingZeros = (high: number, low: number): number => (high === 0 ? 32 + Math.clz32(low) : Math.clz32(high));

/** `word & -word` keeps only the lowest set bit. */
const trailing32 = (word: number): number => 31 - Math.clz32(word & -word);
const trailingZeros = (high: number, low: number): number => (low === 0 ? 32 + trailing32(high) : trailing32(low));
