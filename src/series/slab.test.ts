import { describe, expect, it } from 'vitest';
import { Blocks } from './blocks.ts';
import { CHUNK_WORDS, Encoder } from './chunk.ts';
import { type ChunkId, Slab } from './slab.ts';

function keep(slab: Slab, time: number): ChunkId {
  const chunk = new Encoder(new Blocks());
  for (let index = 0; index < 100; index += 1) chunk.append(time + index * 1000, index * 0x9e3779b9, index);
  const words = new Uint32Array(CHUNK_WORDS);
  return slab.keep(chunk, words.subarray(0, chunk.copyTo(words)));
}

describe('the memory of finished chunks', () => {
  it.each([0, -1, -5_000_000_000, 1_767_225_600_123, Number.MIN_SAFE_INTEGER])('keeps times such as %d', (time) => {
    const slab = new Slab();
    const id = keep(slab, time);
    expect(slab.firstTime(id)).toBe(time);
    expect(slab.lastTime(id)).toBe(time + 99_000);
    expect(slab.at(id)).toMatchObject({ count: 100, firstTime: time, lastTime: time + 99_000 });
  });

  it('takes no more for chunks that come and go than for those there are at once', () => {
    const slab = new Slab();
    const kept: ChunkId[] = [];
    for (let index = 0; index < 500; index += 1) kept.push(keep(slab, index * 1e6));
    const { bytes } = slab;
    for (let index = 500; index < 20_000; index += 1) {
      slab.drop(kept.shift() ?? Number.NaN);
      kept.push(keep(slab, index * 1e6));
    }
    expect(slab.bytes).toBeLessThanOrEqual(bytes + 2 * 65_536);
    expect(kept.map((id) => slab.firstTime(id))).toEqual(kept.map((_, index) => (19_500 + index) * 1e6));
    for (const id of kept) slab.drop(id);
    expect(slab.bytes).toBeLessThanOrEqual(65_536);
  });
});
