// Many gates, one decision: roll back on their weighted evidence. To promote each has its own, and nothing is combined.
// Never multiplies gates, which depend on each other. Called by analysis with each gate's evidence now.
import { threshold } from './e-process.ts';
import { sumOfLogs } from './logs.ts';

/** A gate's evidence to roll back, now: not its best so far, of which no mean is an e-process. */
export interface Part {
  readonly gate: string;
  /** Above 0, fixed before the first block; all of them together at most 1. */
  readonly weight: number;
  readonly logEvidence: number;
}

export interface Combined {
  /** ln Σ weight·E: an e-process again, to be latched by who keeps it. */
  readonly logEvidence: number;
  readonly reached: boolean;
  /** Gates that reach 1/alpha with their weight alone, strongest first; none when only all together do. */
  readonly gates: readonly string[];
}

/**
 * The weighted mean of e-processes is one, however they depend on each other; and it is at least what splitting alpha
 * by the weights would give, since a sum is more than its largest part (Vovk and Wang 2021). Naming a gate by its part
 * alone errs, for any gate, with probability alpha at most: the test of that gate at alpha × weight.
 */
export function combine(parts: readonly Part[], alpha: number): Combined {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  if (!parts.every(({ weight }) => weight > 0) || total > 1 + 1e-9)
    throw new RangeError(`weights of gates are above 0 and together at most 1, not ${total}`);
  const asked = threshold(alpha);
  const weighted = parts.map(({ gate, weight, logEvidence }) => ({ gate, log: Math.log(weight) + logEvidence }));
  // Weight that no gate has bets nothing.
  const rest = 1 - total > 1e-12 ? [Math.log(1 - total)] : [];
  const logEvidence = parts.length === 0 ? 0 : sumOfLogs([...weighted.map(({ log }) => log), ...rest]);
  const gates = weighted.filter(({ log }) => log >= asked).toSorted((a, b) => b.log - a.log);
  return { logEvidence, reached: logEvidence >= asked, gates: gates.map(({ gate }) => gate) };
}

/** Of the gates that are there: scaled so that they add up to 1. */
export function weightsOf<Gate extends string>(gates: Readonly<Record<Gate, number>>): Readonly<Record<Gate, number>> {
  const total = Object.values<number>(gates).reduce((sum, weight) => sum + weight, 0);
  return Object.fromEntries(Object.entries<number>(gates).map(([gate, weight]) => [gate, weight / total])) as Record<
    Gate,
    number
  >;
}
