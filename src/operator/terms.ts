// Term after term of one replica: it waits until it leads, has the work done, gives the lease back, and waits anew.
// Never works itself. Called by operator.ts; what may be written follows from the term that lasts.
import type { Election, Term } from './lease.ts';

export interface Terms {
  /** Whether a term lasts; it may be past the time of its last write. */
  leads(): boolean;
  /** As in `Term`; never and none between terms. */
  mayWrite(): boolean;
  leftMs(): number;
  /** Until `stopping`. What `work` is given aborts when it is to end: asked to, or with the lease. */
  run(stopping: AbortSignal, work: (ending: AbortSignal) => Promise<void>): Promise<void>;
}

export function createTerms(election: Election): Terms {
  let term: Term | undefined;
  return {
    leads: () => term !== undefined,
    mayWrite: () => term?.mayWrite() ?? false,
    leftMs: () => term?.leftMs() ?? 0,
    async run(stopping, work) {
      while (!stopping.aborted) {
        const next = await election.lead(stopping);
        if (next === undefined) return;
        term = next;
        try {
          await work(AbortSignal.any([stopping, next.lost]));
        } finally {
          await next.end();
          term = undefined;
        }
      }
    },
  };
}

/** Without another replica there is nobody to agree with. */
export const alone: Election = {
  lead: async (signal) =>
    signal.aborted
      ? undefined
      : { lost: new AbortController().signal, mayWrite: () => true, leftMs: () => Infinity, end: async () => {} },
  holder: () => undefined,
};
