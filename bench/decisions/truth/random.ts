// Chance of the simulation: a generator for each (stream, run), so that any run can be drawn again alone.
// Never used outside benches: `seededRandom` has 32 bits of state, and ten thousand long runs would overlap. Called by the streams.
import type { Random } from '../../../src/lib/random.ts';

/** sfc32 (Chris Doty-Humphrey, public domain): 128 bits of state, with a counter that keeps every period above 2³². */
export function randomOf(name: string, run: number): Random {
  const [seedA, seedB, seedC, seedD] = hash128(`${name}#${run}`);
  let [a, b, c, count] = [seedA, seedB, seedC, seedD];
  const next = (): number => {
    const sum = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let round = 0; round < 15; round += 1) next();
  return next;
}

const LANES = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f] as const;

/** Four lanes of multiply and rotate, each ended by murmur3's finaliser. */
function hash128(text: string): readonly [number, number, number, number] {
  const lane = (factor: number, index: number): number => {
    let h = factor ^ index;
    for (let at = 0; at < text.length; at += 1) {
      h = Math.imul(h ^ text.charCodeAt(at), factor);
      h = (h << 13) | (h >>> 19);
    }
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return h ^ (h >>> 16);
  };
  return [lane(LANES[0], 1), lane(LANES[1], 2), lane(LANES[2], 3), lane(LANES[3], 4)];
}
