// A gate whose own code throws becomes an open verdict that says so, until the attempt ends: other gates and all protections go on.
// Never hides a fault, and never guesses what the gate would have said. Called by prepared.ts for every gate.
import { type Answer, type Asked, open } from './answer.ts';
import { brief } from './brief.ts';
import type { GateProcess } from './gate-process.ts';

/** In place of a gate's state: it has missed blocks, so that nothing it says could be relied on any more. */
export interface Fault {
  readonly fault: string;
}

export const isFault = (state: unknown): state is Fault =>
  typeof state === 'object' && state !== null && 'fault' in state && typeof state.fault === 'string';

/** A status is bounded. */
const LONGEST = 300;

const faultOf = (error: unknown): Fault => ({
  fault: (error instanceof Error ? error.message : String(error)).slice(0, LONGEST),
});

/**
 * A state comes back as JSON from a release's status, where it was put under its gate's name: its kind is known by that
 * alone. It is made brief at each block, so that what is stored is what is gone on from. Whatever is thrown here is a bug of Serin's: gates do nothing but arithmetic.
 */
export function guarded<Seen, State>(make: () => GateProcess<Seen, State>): GateProcess<Seen, unknown> {
  const test = attempt(make);
  if (isFault(test)) return stopped(test);
  return {
    get start() {
      return attempt(() => test.start);
    },
    after: (state, seen) => (isFault(state) ? state : attempt(() => brief(test.after(state as State, seen)))),
    against(state) {
      if (isFault(state)) return undefined;
      const evidence = attempt(() => test.against(state as State));
      // `answer` says so.
      return isFault(evidence) ? undefined : evidence;
    },
    answer(state, asked) {
      if (isFault(state)) return faultAnswer(state, asked);
      const answer = attempt(() => {
        test.against(state as State);
        return test.answer(state as State, asked);
      });
      return isFault(answer) ? faultAnswer(answer, asked) : answer;
    },
  };
}

const stopped = <Seen>(fault: Fault): GateProcess<Seen, unknown> => ({
  start: fault,
  after: () => fault,
  against: () => undefined,
  answer: (_, asked) => faultAnswer(fault, asked),
});

function attempt<Result>(act: () => Result): Result | Fault {
  try {
    return act();
  } catch (error) {
    return faultOf(error);
  }
}

function faultAnswer({ fault }: Fault, { reached }: Asked): Answer {
  const told = `the gate has stopped by an internal error of Serin's, and says nothing more in this attempt: ${fault}`;
  const finding = reached
    ? { verdict: 'fail' as const, reason: 'Worse' as const, message: `it had the evidence to roll back; then ${told}` }
    : open('InternalError', told);
  return { oneSided: false, ...finding, numbers: { unit: 'share', requests: { canary: 0, stable: 0 } } };
}
