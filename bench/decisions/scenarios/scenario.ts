// What a scenario is: cases of one kind, the rules that are shown them, and what is asked of the figures.
// Never plays a run. Called by the lists of scenarios, the runner, the tables and the plots.
import type { Bound } from '../bound.ts';
import type { Truth } from '../truth/truth.ts';

export interface Scenario {
  /** As in the protocol: `N1`. */
  readonly id: string;
  readonly title: string;
  /** A sentence or two: what is simulated, what to look at. */
  readonly says: string;
  /**
   * `equal`: any roll back is false. `worse`: what a roll back takes. `equalToPromote`: what a promotion takes. `tooBad`: any
   * promotion is false. `odd`: what is said where samples are odd.
   */
  readonly kind: 'equal' | 'worse' | 'equalToPromote' | 'tooBad' | 'odd';
  /** Names of rules.ts. */
  readonly rules: readonly string[];
  /** Of each case, for our own rules. */
  readonly runs: number;
  /** For all other rules; as many where left out. */
  readonly rivalRuns?: number;
  /** In the fast subset; left out there where undefined. */
  readonly fastRuns?: number;
  readonly cases: readonly Case[];
  /** Of each case. */
  readonly asks?: readonly Ask[];
  /** A curve of roll backs by minute is drawn. */
  readonly hasCurve?: boolean;
}

export interface Case {
  /** Within the scenario; both name the streams. */
  readonly name: string;
  readonly truth: Truth;
  readonly bound?: Bound;
  readonly asks?: readonly Ask[];
  /** The same requests as those of another case of this scenario, by its name: their verdicts are compared, run by run. */
  readonly likeCase?: string;
  /** Left out of the fast subset. */
  readonly isLong?: boolean;
  /** Another number of runs than of the other cases: fewer where these are long, more where a median lies on a coarse grid. */
  readonly runs?: number;
}

/** A figure of a rule that must not be higher; one that misses it fails the benchmark. */
export interface Ask {
  readonly rule: string;
  /**
   * `rolledBack`, `promoted`: the share of all runs. `differs`: the share that ended otherwise than in `likeCase`. `median`: in pairs or requests; the
   * others by the bound.
   */
  readonly figure: 'rolledBack' | 'promoted' | 'differs' | 'median' | 'medianByBound' | 'p95ByBound' | 'meanByBound';
  readonly atMost: number;
  /** The upper limit of a share's interval, not the lower: it is shown, not only not refuted. */
  readonly isShown?: boolean;
  /** The median is held against that of this case of the same scenario. */
  readonly besideCase?: string;
}

export const isOwn = (rule: string): boolean => rule.startsWith('serin');

export const runsOf = ({ runs, rivalRuns = runs }: Scenario, of: Case, rule: string): number =>
  isOwn(rule) ? (of.runs ?? runs) : Math.min(of.runs ?? runs, rivalRuns);

export const percent = (p: number): string => `${Number((100 * p).toPrecision(4))} %`;
