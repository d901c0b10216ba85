// Reads the samples of a time range out of compressed chunks (chunk.ts says how they are written).
// Never changes a chunk, never looks at a value's meaning. Called by store.ts.
import type { Millis } from '../lib/clock.ts';
import { BitReader } from './bits.ts';
import type { Chunk } from './chunk.ts';

/** Which of a float's two words in memory holds its sign and exponent: that is the machine's byte order. */
export const HIGH_WORD: 0 | 1 = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

export interface Samples {
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Samples of one array; no query needs larger ones, and small queries take less. */
const LARGEST_BLOCK = 65_536;

/**
 * Reads one series after the other into common arrays and hands out their parts: two large arrays are made much sooner
 * than two small ones for each series.
 */
export class Decoder {
  private times = new Float64Array(0);
  private values = new Float64Array(0);
  private words = new Uint32Array(0);
  private next = 0;

  /** The samples of `from` ≤ t ≤ `to`; the chunks are in time order. */
  decode(chunks: readonly Chunk[], from: Millis, to: Millis): Samples {
    let room = 0;
    for (const chunk of chunks) if (isWanted(chunk, from, to)) room += chunk.count;
    if (this.next + room > this.times.length) this.grow(room);
    const first = this.next;
    for (const chunk of chunks)
      if (isWanted(chunk, from, to)) this.next = decodeChunk(chunk, from, to, this.times, this.words, this.next);
    return { times: this.times.subarray(first, this.next), values: this.values.subarray(first, this.next) };
  }

  private grow(room: number): void {
    const size = Math.max(room, Math.min(LARGEST_BLOCK, this.times.length * 4));
    this.times = new Float64Array(size);
    this.values = new Float64Array(size);
    this.words = new Uint32Array(this.values.buffer);
    this.next = 0;
  }
}

const isWanted = (chunk: Chunk, from: Millis, to: Millis): boolean =>
  chunk.count > 0 && chunk.lastTime >= from && chunk.firstTime <= to;

/** Writes from index `at` on and returns the index after the last sample. One loop without calls: this is the hot path. */
function decodeChunk(
  chunk: Chunk,
  from: Millis,
  to: Millis,
  times: Float64Array,
  words: Uint32Array,
  at: number,
): number {
  const reader = new BitReader(chunk.words, chunk.firstWord);
  let next = at;
  let time = chunk.firstTime;
  let delta = 0;
  let high = reader.read(32);
  let low = reader.read(32);
  let trailing = 0;
  let length = 0;
  for (let index = 1; time <= to; index++) {
    if (time >= from) {
      times[next] = time;
      words[next * 2 + HIGH_WORD] = high;
      words[next * 2 + (1 - HIGH_WORD)] = low;
      next++;
    }
    if (index >= chunk.count) break;
    if (reader.read(1) === 1) delta = readDelta(reader, delta);
    time += delta;
    if (reader.read(1) === 0) continue;
    if (reader.read(1) === 1) {
      const window = reader.read(11);
      length = (window & 63) + 1;
      trailing = 64 - (window >>> 6) - length;
    }
    const upper = length > 32 ? reader.read(length - 32) : 0;
    const lower = reader.read(Math.min(length, 32));
    if (trailing >= 32) high ^= lower << (trailing - 32);
    else if (trailing === 0) {
      high ^= upper;
      low ^= lower;
    } else {
      high ^= (upper << trailing) | (lower >>> (32 - trailing));
      low ^= lower << trailing;
    }
  }
  return next;
}

/** After the first bit, which said that the delta has changed. */
function readDelta(reader: BitReader, previous: number): number {
  if (reader.read(1) === 0) return previous + reader.read(7) - 64;
  if (reader.read(1) === 0) return previous + reader.read(14) - 8192;
  if (reader.read(1) === 0) return previous + reader.read(20) - 524_288;
  return reader.read(32);
}
