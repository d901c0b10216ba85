// The gate `latency`: are the canary's successful answers slower than is tolerated beside stable's, or than `max`?
// Never compares quantiles, which histograms do not hold: all buckets for a roll back, shares above edges for a promotion. Called by comparisons.ts.
import type { Millis } from '../../lib/clock.ts';
import { type BucketsAround, type LatencyBlock, slowerThan, total } from '../../stats/buckets.ts';
import { slower } from '../../stats/latency.ts';
import type { RateBlock } from '../../stats/rate.ts';
import { resolution } from '../../stats/resolution.ts';
import { bucketsAround, type SlowEdges, slowEdges } from '../../stats/slow-edges.ts';
import type { LatencyCounts } from '../blocks/blocks.ts';
import { thousandths } from './brief.ts';
import { type Compared, isApart, isComparable, provingOf } from './exposure.ts';
import type { GateProcess } from './gate-process.ts';
import type { LatencyGate } from './kinds.ts';
import { answerLatency } from './latency-answer.ts';
import { type ComparedLatency, ENOUGH, type LatencyFindings, type LatencyProof } from './latency-proof.ts';
import { byToleranceAlone, createMax, type MaxState } from './max.ts';
import { type LatencySetting, onsetOf, type Setting } from './setting.ts';

export interface LatencyState {
  /** Stable's, until there are enough to choose by; absent from then on. */
  readonly gathered?: readonly number[];
  readonly compared?: ComparedLatency;
  /** The end of the latest block that was compared. */
  readonly upTo?: Millis;
  readonly max?: MaxState;
}

/** The slowest 0.1 % may be slower at any time: chance, and connections that are made anew. */
const SLACK = 0.001;
/** Of the share of requests above an edge around the quantile, for a promotion. */
const SLOW_TOLERANCE = { factor: 1.25, points: 0.005 } as const;

export function latencyGate(
  gate: LatencyGate,
  setting: Setting,
  latency: LatencySetting,
): GateProcess<Compared<LatencyCounts>, LatencyState> {
  const { lengths } = setting;
  const { dispersion } = latency;
  const edges = [...latency.edges, Number.POSITIVE_INFINITY];
  const onset = onsetOf(setting, lengths.latency);
  const none = edges.map(() => 0);
  const tolerance = { factor: gate.worseBy.factor, extra: gate.worseBy.extraMs };
  const slowerBy = (buckets: ComparedLatency['buckets'], history: readonly number[]) =>
    slower({ edges, tolerance, slack: SLACK, buckets, dispersion, onset, history });
  // But for its start it is the same whatever the history; and making it costs as much as a block.
  const made: Partial<Record<ComparedLatency['buckets'], ReturnType<typeof slower>>> = {};
  const slowerOf = (buckets: ComparedLatency['buckets']) => {
    made[buckets] ??= slowerBy(buckets, none);
    return made[buckets];
  };
  const edgesOf = (asked: readonly number[], history: readonly number[]): SlowEdges =>
    slowEdges({ edges, asked, mayTake: tolerance, tolerance: SLOW_TOLERANCE, dispersion, history });
  const max = gate.max === undefined ? undefined : createMax({ limit: 1 - gate.quantile, dispersion, onset });

  const choose = (history: readonly number[]): ComparedLatency | undefined => {
    const asked = bucketsAround(history, [gate.quantile]);
    if (total(history) < ENOUGH || asked.length === 0) return undefined;
    const buckets = resolution(edges, history, tolerance).canTell ? 'interpolated' : 'exact';
    return { buckets, edges: asked, slower: slowerBy(buckets, history).start };
  };

  const start = (history: readonly number[]): Pick<LatencyState, 'gathered' | 'compared'> => {
    const compared = choose(history);
    return compared === undefined ? { gathered: history } : { compared };
  };

  const prove = (
    { proof, edges: asked, slower: { reference } }: ComparedLatency,
    { span, block: { from, to } }: Compared<LatencyCounts>,
    block: LatencyBlock,
  ): LatencyProof => {
    const exposure = provingOf(span);
    // Its bets may follow all that stable has shown before the exposure.
    const test = edgesOf(asked, reference);
    const known =
      proof?.exposure === exposure ? proof : { exposure, noSlower: test.start, canary: none, stable: none, seconds: 0 };
    return {
      exposure,
      noSlower: test.after(known.noSlower, block),
      canary: added(known.canary, block.canary),
      stable: added(known.stable, block.stable),
      seconds: known.seconds + (to - from) / 1000,
    };
  };

  const compare = (state: LatencyState, compared: Compared<LatencyCounts>, block: LatencyBlock): LatencyState => {
    const { gathered, compared: known, ...rest } = state;
    if (known === undefined) return { ...rest, ...start(added(gathered ?? none, block.stable)) };
    const told = { ...block, ...placing(state, compared) };
    const proof = prove(known, compared, told);
    const upTo = compared.block.to;
    return { ...rest, upTo, compared: { ...known, slower: slowerOf(known.buckets).after(known.slower, told), proof } };
  };

  const find = ({ compared, max: limits }: LatencyState): LatencyFindings => {
    const byTolerance = compared === undefined ? 0 : slowerOf(compared.buckets).logEvidence(compared.slower);
    const against = max && limits ? max.together(limits, byTolerance) : byToleranceAlone(byTolerance);
    return { ...against, ...(compared && { proofProcess: edgesOf(compared.edges, none) }) };
  };

  /** Surely slower: above the first edge that is no lower. */
  const surely = edges.findIndex((edge) => edge >= (gate.max ?? Infinity));
  const aboveMax = (counts: readonly number[]) => slowerThan(surely, counts);

  return {
    /** Only asked for before the first block. */
    get start() {
      return { ...start(latency.history), ...(max && { max: max.start }) };
    },
    after(state, compared) {
      const block = { canary: compared.block.canary.buckets, stable: compared.block.stable.buckets };
      // `max` holds in a preview and at 100 % as well.
      const above = () => ({
        canary: aboveMax(block.canary),
        stable: aboveMax(block.stable),
        ...slowAround(compared.block, (counts) => aboveMax(counts).errors),
      });
      const limited = max && state.max ? { ...state, max: max.after(state.max, above(), compared.block) } : state;
      return isComparable(compared.span) ? compare(limited, compared, block) : limited;
    },
    against: (state) => find(state).all,
    answer: (state, asked) => answerLatency(gate, edges, state.compared, find(state), asked),
  };
}

/** Where in time the block's requests are not sure to lie, and whether the one before it was compared. */
function placing({ upTo }: LatencyState, compared: Compared<LatencyCounts>): Pick<LatencyBlock, 'ends' | 'isApart'> {
  const { canary, stable } = compared.block;
  const apart = isApart(upTo, compared) ? { isApart: true as const } : {};
  if (canary.ends === undefined || stable.ends === undefined) return apart;
  const ends = {
    from: { canary: canary.ends.from, stable: stable.ends.from },
    to: { canary: canary.ends.to, stable: stable.ends.to },
  };
  return { ends, ...apart };
}

/** Slow answers between the scrapes around the block's ends. */
function slowAround(
  { canary, stable }: Compared<LatencyCounts>['block'],
  slowIn: (counts: readonly number[]) => number,
): Pick<RateBlock, 'ends'> {
  if (canary.ends === undefined || stable.ends === undefined) return {};
  const of = ({ before, after }: BucketsAround) => ({ before: slowIn(before), after: slowIn(after) });
  return {
    ends: {
      from: { canary: of(canary.ends.from), stable: of(stable.ends.from) },
      to: { canary: of(canary.ends.to), stable: of(stable.ends.to) },
    },
  };
}

const added = (one: readonly number[], other: readonly number[]): readonly number[] =>
  one.map((count, b) => thousandths(count + (other[b] as number)));
