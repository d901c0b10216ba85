// The value of factors that move with time.
// Never random. Called by the streams.
import type { Swing } from './truth.ts';

/** The product of all at `at` seconds of a run of `seconds`. */
export function levelOf(swings: readonly Swing[] | undefined, at: number, seconds: number): number {
  let level = 1;
  if (swings !== undefined) for (const swing of swings) level *= factorOf(swing, at, seconds);
  return level;
}

function factorOf(swing: Swing, at: number, seconds: number): number {
  switch (swing.kind) {
    case 'drift':
      return swing.factor ** (at / seconds);
    case 'wave':
      return swing.factor ** ((1 - Math.cos((2 * Math.PI * at) / swing.periodSeconds)) / 2);
    case 'incidents':
      // The first one begins half an interval in, so that a run does not begin with it.
      return (at + swing.everySeconds / 2) % swing.everySeconds < swing.lastSeconds ? swing.factor : 1;
  }
}
