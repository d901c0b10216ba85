// States with fewer digits: what goes into a release's status is short.
// Never changes what a number says in a message. Called by the gates of this room whose states would be long.
import type { Mixture } from '../../stats/mixture.ts';

const DECIMALS = 1e6;

/** Of a logarithm of evidence: cut downwards, which is always allowed (see stats/logs.ts), here to a millionth. */
export const shortLog = (log: number): number => Math.floor(log * DECIMALS) / DECIMALS;

/** The same for all of a mixture; going on from it is going on. */
export const brief = <State extends Mixture>(state: State): State => ({
  ...state,
  logs: state.logs.map(shortLog),
  best: shortLog(state.best),
});

/** Of a size that is shown to people, or is known no better. */
export const sixDigits = (value: number): number => Number(value.toPrecision(6));

/** Of sums of counts, however many are added. */
export const thousandths = (count: number): number => Math.round(count * 1000) / 1000;
