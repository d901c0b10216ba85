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

/** The samples of `from` ≤ t ≤ `to`; the chunks are in time order. */
export function decodeRange(chunks: readonly Chunk[], from: Millis, to: Millis): Samples {
  const wanted = chunks.filter((chunk) => chunk.count > 0 && chunk.lastTime >= from && chunk.firstTime <= to);
  const room = wanted.reduce((sum, chunk) => sum + chunk.count, 0);
  const times = new Float64Array(room);
  const values = new Float64Array(room);
  const words = new Uint32Array(values.buffer);
  let count = 0;
  for (const chunk of wanted) count = decodeChunk(chunk, from, to, times, words, count);
  if (count === room) return { times, values };
  // Copies bytes, not numbers: a staleness marker's bits survive.
  return { times: times.slice(0, count), values: values.slice(0, count) };
}

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
