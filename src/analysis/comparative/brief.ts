// States with fewer digits: what goes into a release's status is short.
// Never changes what a number says in a message. Called by the gates of this room whose states would be long.
import { cutTo } from '../../stats/logs.ts';

export { thousandths } from '../../stats/mixture.ts';

/**
 * Of a logarithm of evidence: cut downwards, which is always allowed (see stats/logs.ts), to five digits and four decimals at most.
 * Where evidence decides, below 10, a thousand blocks lose 0.05 of it. What is beyond is more than enough, or nearly all was lost: then
 * the portions that begin to bet later are more than what is left.
 */
export function shortLog(log: number): number {
  const size = Math.abs(log);
  return cutTo(size < 10 ? 1e4 : size < 100 ? 1e3 : size < 1000 ? 100 : size < 10_000 ? 10 : 1, log);
}

/** The same for the evidence of all processes in a gate's state; going on from it is going on. */
export function brief<State>(state: State): State {
  if (Array.isArray(state)) return state.some(isObject) ? (state.map(brief) as State) : state;
  if (!isObject(state)) return state;
  return Object.fromEntries(Object.entries(state).map(([name, part]) => [name, briefPart(name, part)])) as State;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** As mixtures and all e-processes name them (stats/mixture.ts, stats/e-process.ts). */
function briefPart(name: string, part: unknown): unknown {
  if (name === 'best' && typeof part === 'number') return shortLog(part);
  if (name === 'logs' && Array.isArray(part)) return part.map((log) => shortLog(log));
  // Nothing is won by more of what is taken off at each block anew.
  if (name === 'unsure' && Array.isArray(part)) return part.map((log) => cutTo(100, shortLog(log)));
  return brief(part);
}

/** Of a size that is shown to people, or is known no better. */
export const sixDigits = (value: number): number => Number(value.toPrecision(6));
