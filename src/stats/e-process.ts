// What all processes of this room have in common: a start, a step for each block, the evidence so far.
// Never looks at a clock: blocks come in their order, from whoever closes them. Implemented by the room, called by analysis.

/**
 * An e-process: evidence E against a null hypothesis whose mean is at most 1 under that hypothesis (it begins at 1 or
 * less), at whatever moment one stops to look. So E reaches 1/alpha, ever, with probability alpha at most (Ville
 * 1939): looking is free, and what was reached stays reached. States are plain JSON, small, and never changed in
 * place.
 */
export interface EProcess<Block, State extends Latched> {
  readonly start: State;
  /** The state after one more closed block. */
  after(state: State, block: Block): State;
  /** ln E now; finite always. */
  logEvidence(state: State): number;
}

export interface Latched {
  /** The highest ln E so far, at least 0; a number of a state, so that a promotion may rest on it (latch). */
  readonly best: number;
}

/** The evidence that a probability asks for: ln(1/alpha). */
export function threshold(alpha: number): number {
  if (!(alpha > 0 && alpha < 1)) throw new RangeError(`alpha is between 0 and 1, not ${alpha}`);
  return -Math.log(alpha);
}
