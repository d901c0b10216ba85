// The gates `errors` and `clientErrors`: does the canary fail more of its requests than is tolerated beside stable, or than `max`?
// Never says which requests failed (outcomes.ts does) and never rolls anything back. Called by comparisons.ts.
import type { Millis } from '../../lib/clock.ts';
import type { Outcomes, RateBlock } from '../../stats/rate.ts';
import { ERROR_ALTERNATIVES, type WorseState, worseRate } from '../../stats/rate-worse.ts';
import { ERRORS, type ErrorCounts, withoutPod } from '../blocks/blocks.ts';
import { thousandths } from './brief.ts';
import { type Compared, isApart, isComparable } from './exposure.ts';
import type { GateProcess } from './gate-process.ts';
import type { RateGate } from './kinds.ts';
import { byToleranceAlone, createMax, type MaxState } from './max.ts';
import { rateBlock } from './outcomes.ts';
import { added, createProofs, type RateProof, rateOf } from './proof.ts';
import { answerRate, type RateFindings } from './rate-answer.ts';
import { onsetOf, type Setting } from './setting.ts';

export interface RateState {
  readonly worse: WorseState;
  readonly max?: MaxState;
  /** Of the latest exposure. */
  readonly proof?: RateProof;
  /** The end of the latest block that was compared. */
  readonly upTo?: Millis;
  /** Counted where stable is only known at worst. */
  readonly atWorst?: RateBlock;
  /** By pod of the canary's; absent once there were too many. */
  readonly without?: Readonly<Record<string, Without>>;
}

/** `worse` as if the pod had not been there. */
interface Without extends WorseState {
  /** What the pod itself had. */
  readonly own?: Outcomes;
}

/** A status is bounded; with more pods than these one bad pod is a small part of the requests. */
const MOST_PODS = 6;
const NOTHING: Outcomes = { requests: 0, errors: 0 };

export function rateGate(gate: RateGate, setting: Setting): GateProcess<Compared<ErrorCounts>, RateState> {
  const { dispersion, lengths } = setting;
  const onset = onsetOf(setting, lengths.errors);
  const worse = worseRate({ tolerance: gate.worseBy, dispersion, onset, alternatives: ERROR_ALTERNATIVES });
  const max = gate.max === undefined ? undefined : createMax({ limit: gate.max, dispersion, onset });
  const proofs = createProofs(gate.worseBy, setting);

  /** A pod that is seen for the first time was in none of the blocks before. */
  const withoutEach = (
    state: RateState,
    compared: Compared<ErrorCounts>,
    { canary: whole }: RateBlock,
  ): RateState['without'] => {
    const { without, worse: all } = state;
    const pods = without && new Set([...Object.keys(without), ...Object.keys(compared.block.canary.pods)]);
    if (without === undefined || pods === undefined || pods.size > MOST_PODS) return undefined;
    return Object.fromEntries(
      [...pods].map((pod): [string, Without] => {
        const block = withoutPod(compared.block, 'canary', pod, ERRORS.sum);
        // It only says where the fault is: what is unsure at ends of blocks is not kept for each pod, so that a status stays short.
        const { canary, stable } = rateBlock(gate, { ...compared, block }, false);
        const { unsure: _, ...known } = without[pod] ?? all;
        return [pod, { ...worse.after(known, { canary, stable }), own: withMore(without[pod]?.own, whole, canary) }];
      }),
    );
  };

  const accuse = (state: RateState, compared: Compared<ErrorCounts>, block: RateBlock): RateState => {
    const without = withoutEach(state, compared, block);
    const { without: _, ...rest } = state;
    const upTo = compared.block.to;
    return { ...rest, worse: worse.after(state.worse, block), upTo, ...(without && { without }) };
  };

  const compare = (state: RateState, compared: Compared<ErrorCounts>, block: RateBlock): RateState => ({
    ...accuse(state, compared, block),
    proof: proofs.after(state.proof, compared, block),
  });

  const find = (state: RateState): RateFindings => {
    const byTolerance = worse.logEvidence(state.worse);
    const onlyPod = onlyOne(state, worse.logEvidence);
    const against = max && state.max ? max.together(state.max, byTolerance) : byToleranceAlone(byTolerance);
    return {
      ...against,
      ...(onlyPod === undefined ? {} : { onlyPod }),
      ...(state.atWorst === undefined ? {} : { atWorst: state.atWorst }),
    };
  };

  return {
    start: { worse: worse.start, ...(max && { max: max.start }), without: {} },
    after(state, compared) {
      const block = rateBlock(gate, compared, isApart(state.upTo, compared));
      // `max` holds in a preview and at 100 % as well.
      const limited = max && state.max ? { ...state, max: max.after(state.max, block, compared.block) } : state;
      if (isComparable(compared.span)) return compare(limited, compared, block);
      // What is only known at worst shows that a canary is bad, and never that it is good.
      if (compared.span.confounded === undefined) return limited;
      return { ...accuse(limited, compared, block), atWorst: addedTo(limited.atWorst, block) };
    },
    against: (state) => find(state).all,
    answer: (state, asked) => answerRate(gate, state.proof, find(state), proofs, asked),
  };
}

/** Where so many failures are to be expected, there are none once in twenty times: e⁻³. */
const EXPECTED_FAILURES = 3;

/**
 * Of several pods the one that alone is worse: without it the evidence is not even for it. The others must have had requests that
 * speak for them: so many that failures were to be expected, had they been as bad.
 */
function onlyOne({ without = {} }: RateState, evidenceOf: (state: WorseState) => number): string | undefined {
  const pods = Object.entries(without);
  const requests = pods.reduce((sum, [, { own }]) => sum + (own?.requests ?? 0), 0);
  const spared = pods.filter(([, state]) => {
    const { own = NOTHING } = state;
    return evidenceOf(state) < 0 && rateOf(own) * (requests - own.requests) >= EXPECTED_FAILURES;
  });
  return spared.length === 1 ? spared[0]?.[0] : undefined;
}

/** What the whole canary had in a block, less what others had; a state is short. */
const withMore = (own: Outcomes = NOTHING, whole: Outcomes, others: Outcomes): Outcomes => ({
  requests: thousandths(own.requests + whole.requests - others.requests),
  errors: thousandths(own.errors + whole.errors - others.errors),
});

const addedTo = (known: RateBlock | undefined, block: RateBlock): RateBlock =>
  known === undefined
    ? block
    : { canary: added(known.canary, block.canary), stable: added(known.stable, block.stable) };
