// The shape that every comparative gate has: a start, a step for each closed block, evidence to roll back, an answer.
// Never anything of one kind. Implemented by the gates of this room, called by comparisons.ts.
import type { Answer, Asked } from './answer.ts';

/** `Seen`: what it is told of a block. `State`: plain JSON, never changed in place; it goes into the release's status. */
export interface GateProcess<Seen, State> {
  readonly start: State;
  after(state: State, seen: Seen): State;
  /** ln of the evidence to roll back now; undefined of a kind that gathers none that could be combined. */
  against(state: State): number | undefined;
  answer(state: State, asked: Asked): Answer;
}
