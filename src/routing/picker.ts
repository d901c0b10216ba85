// Random choices of a proxy, as Envoy makes them: one integer per request, taken modulo a total.
// Never holds a generator of its own. Called by the mesh for weighted destinations and for mirror sampling.
// Source: envoy weighted_cluster_specifier.cc (random % total weight), router.cc (stream id % denominator < numerator).
import type { Random } from '../lib/random.ts';

const TWO_32 = 4_294_967_296;
const TWO_21 = 2_097_152;
const PPM = 1_000_000;

/** The integer of one request, 0 … 2^53 − 1: wide enough that the modulo favours no weight measurably. */
export const drawStream = (random: Random): number =>
  Math.floor(random() * TWO_21) * TWO_32 + Math.floor(random() * TWO_32);

/** Index of the destination; a single one is taken whatever its weight, a zero weight among several never. */
export function pickByStream(weights: readonly number[], stream: number): number {
  if (weights.length === 1) return 0;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total <= 0) throw new RangeError('no destination has a weight');
  let left = stream % total;
  const picked = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return picked;
}

/** Whether a request is in a share of parts per million. Several mirrors of one request sample nested sets, as in Envoy. */
export const sampled = (partsPerMillion: number, stream: number): boolean => stream % PPM < partsPerMillion;
