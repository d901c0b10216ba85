// The gates `cpuPerRequest` and `memory`: does the canary use more for a request, or in a pod, than is tolerated beside stable, or than `max`?
// Never exact, unlike errors: see gaugeGate. Called by comparisons.ts.

import { type GaugeState, gauge } from '../../stats/gauge.ts';
import type { GaugeCounts } from '../blocks/blocks.ts';
import { shortLog, sixDigits } from './brief.ts';
import { areBesideEachOther, type Compared, type ExposureSpan, isComparable, provingOf } from './exposure.ts';
import type { GateProcess } from './gate-process.ts';
import { answerGauge, type GaugeGateState, type GaugeProof, type Unlike } from './gauge-answer.ts';
import { added, isLongEnough, type Joined, joinedWith, meanUse } from './joined.ts';
import type { CpuPerRequestGate, MemoryGate } from './kinds.ts';

type AnyGauge = CpuPerRequestGate | MemoryGate;
type TProcess = ReturnType<typeof gauge>;

/** Differences below 0.01 % are not resolved: values that never differ are as good as known, and no better. */
const RESOLUTION = 1e-4;

/** Of CPU for a request: with fewer requests a pod, what it uses without any weighs more. */
const LEAST_LOAD = 0.5;

/**
 * The t process of stats/gauge.ts on ln(canary/stable) of joined blocks: those of the grid, one after the other in one
 * span, until they are `blockMs` long (3 autocorrelation times of stable's own history: blockLength) and have requests
 * enough. A joined block's value is the ratio of the sums: within a span the canary has one share of the traffic, so
 * that both are weighed alike over its time, and the logarithm of few requests is not biased.
 *
 * Approximate: it takes joined blocks for independent and normal. Evidence to roll back is over the whole attempt, that
 * to promote for each exposure. CPU is not known by method, and idle pods use some: where only some methods are copied,
 * or a pod of the canary's gets less than half of what one of stable's does, CPU for a request is not compared. Memory is
 * a pod's, whatever it gets; a canary with little traffic, or young, may use less for that reason alone.
 * `max`: above it in three joined blocks running; no statistics, and stable is asked the same.
 */
export function gaugeGate(gate: AnyGauge, blockMs: number): GateProcess<Compared<GaugeCounts>, GaugeGateState> {
  const { factor } = gate.worseBy;
  const worse = gauge({ factor, evidenceThat: 'worse' });
  const noWorse = gauge({ factor, evidenceThat: 'noWorse' });

  const prove = (before: GaugeProof | undefined, span: ExposureSpan, joined: Joined, log: number): GaugeProof => {
    const exposure = provingOf(span);
    const known = before?.exposure === exposure ? before : undefined;
    return {
      exposure,
      noWorse: stepped(noWorse, known?.noWorse ?? noWorse.start, log),
      canary: added(known?.canary, joined.canary),
      stable: added(known?.stable, joined.stable),
    };
  };

  const compare = (state: GaugeGateState, span: ExposureSpan, joined: Joined): GaugeGateState => {
    const log = isCompared(gate, span) ? logRatioOf(joined) : undefined;
    const { unlike: _, ...rest } = state;
    if (log === undefined) return rest;
    const unlike = unlikeOf(gate, span, joined);
    if (unlike !== undefined) return { ...rest, unlike };
    return { ...rest, worse: stepped(worse, state.worse, log), proof: prove(state.proof, span, joined, log) };
  };

  return {
    start: { worse: worse.start, above: { canary: 0, stable: 0 }, missing: 0 },
    after(state, compared) {
      const { pending, ...rest } = state;
      const joined = joinedWith(gate.kind, pending, compared);
      if (joined === undefined) return { ...state, missing: state.missing + 1 };
      const { span, block } = compared;
      const isLong = isLongEnough(gate.kind, joined, block.to, { blockMs, isCompared: isCompared(gate, span) });
      if (!isLong) return { ...rest, missing: 0, pending: joined };
      return compare({ ...rest, missing: 0, above: aboveMax(gate, state.above, joined) }, span, joined);
    },
    against: ({ worse: state }) => worse.logEvidence(state),
    answer: (state, asked) => answerGauge(gate, blockMs, state, worse.logEvidence(state.worse), asked),
  };
}

/** One more joined block; its numbers are cut so that the state is short. */
function stepped(test: TProcess, before: GaugeState, logRatio: number): GaugeState {
  const { blocks, mean, squares } = test.after(before, { logRatio });
  const least = RESOLUTION * RESOLUTION * (blocks - 1);
  const after = { blocks, mean: sixDigits(mean), squares: sixDigits(Math.max(squares, least)), best: 0 };
  return { ...after, best: Math.max(before.best, shortLog(test.logEvidence(after))) };
}

function logRatioOf({ canary, stable }: Joined): number | undefined {
  const [of, beside] = [meanUse(canary), meanUse(stable)];
  return of === undefined || beside === undefined ? undefined : Math.log(of / beside);
}

const isCompared = ({ kind }: AnyGauge, span: ExposureSpan): boolean =>
  kind === 'memory' ? areBesideEachOther(span) : isComparable(span);

/** By rules that do not look at what was used. */
function unlikeOf(
  { kind }: AnyGauge,
  { methods }: ExposureSpan,
  { canary: [, requests], even }: Joined,
): Unlike | undefined {
  if (kind === 'memory') return undefined;
  if (methods !== undefined) return 'methods';
  return requests < LEAST_LOAD * even ? 'load' : undefined;
}

function aboveMax({ max }: AnyGauge, before: GaugeGateState['above'], { canary, stable }: Joined) {
  const isAbove = (value = 0) => max !== undefined && value > max;
  const latest = meanUse(canary);
  return {
    canary: isAbove(latest) ? before.canary + 1 : 0,
    stable: isAbove(meanUse(stable)) ? before.stable + 1 : 0,
    ...(latest !== undefined && { latest: sixDigits(latest) }),
  };
}
