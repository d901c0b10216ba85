// The front door: from raw samples of cumulative counters to closed blocks of both versions' counts, on which comparisons stand.
// Never asks for samples, keeps nothing but a cursor, and knows no time but the samples'. Called by whoever reads for the gates.

// A look is given, for both versions, all samples from `readFrom(cursor, timing)` up to one time `to` that is not later than the
// first of its reads: raw series (never a rate), `up` of the targets that carry them, and what is known of the pods by then.
// Blocks are a function of samples, pods and grid: neither how often somebody looks nor a restart changes any digit.
// The cursor is stored together with what was concluded from the blocks before it, or they would count twice.
export type { Allowances } from './allowance.ts';
export { type Block, type Look, type VersionCounts, withoutPod } from './block.ts';
export type { Reading } from './closing.ts';
export { type Copies, copiesOf, type Mirrored } from './copies.ts';
export type { Waiting } from './cuts.ts';
export type { Counted, ErrorEnds } from './error-ends.ts';
export {
  ERRORS,
  type ErrorCounts,
  type ErrorCursor,
  type ErrorReading,
  type ErrorSamples,
  errorBlocks,
} from './errors.ts';
export { GAUGES, type GaugeCounts, type GaugeSamples, gaugeBlocks, type PerUnit, perUnit } from './gauges.ts';
export {
  errorHistory,
  type GaugeHistory,
  gaugeHistory,
  type History,
  type HistoryRange,
  historyLengthOf,
  type LatencyHistory,
  latencyHistory,
  type Pair,
} from './history.ts';
export {
  commonEdges,
  type LatencyCounts,
  type LatencyReading,
  type LatencySamples,
  latency,
  latencyBlocks,
} from './latency.ts';
export type { DataQuality, QualityReason } from './quality.ts';
export { type OfVersions, type PodFacts, type ProbeLoad, VERSIONS, type Version } from './samples.ts';
export { type BlockSort, blockLengthOf, type Cursor, onGrid, readFrom, type Timing, timingOf } from './timing.ts';
