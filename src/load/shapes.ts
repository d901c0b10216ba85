// What requests look like: a weighted list of shapes and the seeded pick among them.
// Never sends. Called by sender.ts; the type by everyone who starts a load.
import type { Random } from '../lib/random.ts';

export interface RequestShape {
  /** Relative to the other shapes' weights; default 1. */
  readonly weight?: number;
  /** Default GET. */
  readonly method?: string;
  /** With the query string; default `/`. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Sent here instead of the load's own addresses: callers of another identity have an address of their own. */
  readonly url?: string;
}

export function shapePicker(shapes: readonly RequestShape[], random: Random): () => RequestShape {
  const weights = shapes.map((shape) => shape.weight ?? 1);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (weights.some((weight) => !Number.isFinite(weight) || weight < 0) || total <= 0)
    throw new RangeError('the weights of request shapes must be 0 or more, and not all 0');
  return () => {
    let draw = random() * total;
    for (const [index, shape] of shapes.entries()) {
      draw -= weights[index] ?? 0;
      if (draw < 0) return shape;
    }
    return lastWeighted(shapes);
  };
}

// Reached only when rounding leaves `draw` at exactly 0 after the last subtraction.
const lastWeighted = (shapes: readonly RequestShape[]): RequestShape =>
  shapes.findLast((shape) => (shape.weight ?? 1) > 0) ?? {};
