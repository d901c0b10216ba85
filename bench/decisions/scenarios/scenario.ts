// What a scenario is: cases of one kind, the rules that are shown them, and what is asked of the figures.
// Never plays a run. Called by the lists of scenarios, the runner, the tables and the plots.
import type { Truth } from '../truth/truth.ts';
import type { Wanted } from '../wald.ts';

export interface Scenario {
  /** As in the protocol: `N1`. */
  readonly id: string;
  readonly title: string;
  /** A sentence or two: what is simulated, what to look at. */
  readonly says: string;
  /** `equal`: any roll back is false. `worse`: what a roll back takes. `equalToPromote`: what a promotion takes. `tooBad`: any promotion is false. */
  readonly kind: 'equal' | 'worse' | 'equalToPromote' | 'tooBad';
  /** Names of rules.ts. */
  readonly rules: readonly string[];
  readonly runs: number;
  /** In the fast subset; left out there where undefined. */
  readonly fastRuns?: number;
  readonly cases: readonly Case[];
  /** What is asked of our own rule; a figure that misses it fails the benchmark. */
  readonly asked?: Asked;
}

export interface Case {
  /** Within the scenario; both name the streams. */
  readonly name: string;
  readonly truth: Truth;
  readonly bound?: Bound;
  /** Asked of our own rule: the median price by the bound. */
  readonly medianAtMost?: number;
  /** Left out of the fast subset. */
  readonly isLong?: boolean;
}

/** Against what a price is held. */
export type Bound =
  | { readonly kind: 'rates'; readonly wanted: Wanted }
  | { readonly kind: 'margin'; readonly delta: number; readonly wanted: Wanted }
  | { readonly kind: 'promote'; readonly delta: number; readonly wanted: Wanted }
  | { readonly kind: 'buckets'; readonly wanted: Wanted };

export interface Asked {
  readonly rule: string;
  /** False roll backs, or false promotions: upper limit of the interval, with all runs; the lower limit with fewer. */
  readonly falseAtMost?: number;
}

export const percent = (p: number): string => `${Number((100 * p).toPrecision(4))} %`;
