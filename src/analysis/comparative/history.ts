// What an attempt takes from stable's own past, before the canary: how much its errors scatter, its rates, its latency, its noise.
// Never looks at the canary and reads nothing (controller/compared does). Called once for an attempt; see facts on A3 and A5 in docs.
import { blockLength, dispersionOf, latencyDispersionOf } from '../../stats/noise.ts';
import type { Outcomes } from '../../stats/rate.ts';
import {
  type ErrorCounts,
  type ErrorSamples,
  errorHistory,
  type GaugeSamples,
  gaugeHistory,
  type HistoryRange,
  historyLengthOf,
  type LatencyHistory,
  type LatencySamples,
  latencyHistory,
} from '../blocks/blocks.ts';
import { thousandths } from './brief.ts';

export interface StableHistory {
  /** How much more its errors scatter than chance; 1 or more. */
  readonly dispersion: number;
  /** Requests that were answered, and errors among them, all together. */
  readonly outcomes: Outcomes;
  /** Of the successful answers; left out where there was no histogram. */
  readonly latency?: {
    /** Finite, milliseconds, ascending. */
    readonly edges: readonly number[];
    /** One for each edge, and last those above all edges. */
    readonly counts: readonly number[];
    /** How much more its slow answers scatter than chance; 1 or more. */
    readonly dispersion: number;
  };
  /** How long a block must be for its gauge to be nearly independent of the next. */
  readonly cpuBlockMs: number;
  readonly memoryBlockMs: number;
}

export interface StableSamples {
  /** Requests without an answer left out: there a caller gave up. */
  readonly errors: ErrorSamples;
  readonly latency: LatencySamples;
  readonly gauges: GaugeSamples;
}

/** Of a service that is new nothing is known: dispersion 1, nothing counted, and blocks as short as they may be for pure chance. */
export function stableHistory({ errors, latency, gauges }: StableSamples, range: HistoryRange): StableHistory {
  const { pairs, total } = errorHistory(errors, range);
  const { cpuPerRequest, memory } = gaugeHistory(gauges, range);
  const durations = latencyHistory(latency, range);
  const spacing = historyLengthOf(range.timing);
  const lengthFor = (ratios: readonly (number | null)[]) => blockLength(longestRun(ratios), spacing, spacing);
  return {
    dispersion: upToThousandth(
      dispersionOf(pairs.map((pair) => ({ one: outcomesOf(pair.first), other: outcomesOf(pair.second) }))),
    ),
    outcomes: outcomesOf(total),
    ...(durations && { latency: latencyOf(durations) }),
    cpuBlockMs: lengthFor(cpuPerRequest),
    memoryBlockMs: lengthFor(memory),
  };
}

/** It is kept with the evidence, which it makes smaller. */
const upToThousandth = (dispersion: number): number => Math.ceil(dispersion * 1000) / 1000;

const latencyOf = ({ edges, total, pairs }: LatencyHistory) => ({
  edges,
  counts: total.buckets.map(Math.round),
  dispersion: upToThousandth(
    latencyDispersionOf(pairs.map(({ first, second }) => ({ one: first.buckets, other: second.buckets }))),
  ),
});

const outcomesOf = ({ requests, errors }: ErrorCounts): Outcomes => ({
  requests: thousandths(requests),
  errors: thousandths(errors),
});

/** Without a gap, so that whatever is next to each other was so in time. */
function longestRun(ratios: readonly (number | null)[]): readonly number[] {
  let [longest, run]: [number[], number[]] = [[], []];
  for (const ratio of ratios) {
    run = ratio === null ? [] : [...run, ratio];
    if (run.length > longest.length) longest = run;
  }
  return longest;
}
