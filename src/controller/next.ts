// When a release wants its next turn.
// Never a time: the loop knows its tick. Answered by turn.ts and acceptance-turn.ts, read by controller.ts.

/**
 * `again`: something was written, look at once; `later`: after a tick; `onChange`: when something that it looked at has changed,
 * or after a long time; `never`: the release has ended or is gone.
 */
export type Next = 'again' | 'later' | 'onChange' | 'never';
