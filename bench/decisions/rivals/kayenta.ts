// Kayenta's judge for one metric: values by the minute, Mann–Whitney at 98 %, tolerance 25 % of the estimate, on a growing window.
// Re-implements spinnaker/kayenta a69573be: NetflixACAJudge.scala:70-173, classifiers/metric/MannWhitneyClassifier.scala:72-175,
// kayenta-mannwhitney/…/MannWhitney.scala (exact Hodges–Lehmann for its Brent root); no weights of groups. Called by the list of rules.
import type { Rule } from '../rule.ts';
import { hodgesLehmann, insert, mannWhitneyZ, type Sorted } from './mann-whitney.ts';
import { readingOf, type Signal } from './values.ts';

/** One-sided, of a confidence level of 0.98. */
const Z = 2.326;
const TOLERANCE = 0.25;
const LEAST_POINTS = 3;

export interface KayentaOptions {
  readonly name: string;
  readonly signal: Signal;
  /** `analysisIntervalMins`, or only `once`, when the deadline has come. */
  readonly judged: number | 'once';
}

interface State {
  /** Sorted: their order in time means nothing to the test. */
  readonly canary: number[];
  readonly stable: number[];
  minutes: number;
}

export function kayentaRule({ name, signal, judged }: KayentaOptions): Rule<State> {
  return {
    name,
    everySeconds: 60,
    start: () => ({ canary: [], stable: [], minutes: 0 }),
    fold(state, block, setting) {
      // nanStrategy `remove`, which makes the two arrays unpaired; they are compared unpaired anyway.
      const [c, s] = [readingOf(signal, 'canary', block, setting), readingOf(signal, 'stable', block, setting)];
      if (!Number.isNaN(c)) insert(state.canary, c);
      if (!Number.isNaN(s)) insert(state.stable, s);
      state.minutes += 1;
      if (judged === 'once' || state.minutes % judged !== 0) return undefined;
      return isHigh(state) ? 'rollBack' : undefined;
    },
    atDeadline: (state) => (judged === 'once' && isHigh(state) ? 'rollBack' : 'promote'),
  };
}

function isHigh({ canary, stable }: State): boolean {
  if (Math.min(canary.length, stable.length) < LEAST_POINTS) return false;
  return classify(canary, stable) === 'High';
}

/** A single critical metric: High makes the score zero. Low, an improvement, is told apart but does not fail here. */
export function classify(canary: Sorted, stable: Sorted): 'High' | 'Pass' {
  if (canary.length === stable.length && canary.every((value, index) => value === stable[index])) return 'Pass';
  if (canary[0] === stable[0] && canary[0] === canary.at(-1) && stable[0] === stable.at(-1)) return 'Pass';
  // Not above zero is not above a quarter of the estimate either, which costs far more to compute.
  if (!(mannWhitneyZ(canary, stable) > Z)) return 'Pass';
  const tolerated = TOLERANCE * Math.abs(hodgesLehmann(canary, stable));
  if (!(mannWhitneyZ(canary, stable, tolerated) > Z)) return 'Pass';
  const ratio = mean(canary) / mean(stable);
  // With a mean of zero the effect size is NaN, and its check is left out.
  return mean(canary) === 0 || mean(stable) === 0 || ratio >= 1 ? 'High' : 'Pass';
}

const mean = (values: Sorted): number => values.reduce((sum, value) => sum + value, 0) / values.length;
