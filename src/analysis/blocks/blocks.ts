// The front door: from raw samples of cumulative counters to closed blocks of both versions' counts, on which comparisons stand.
// Never asks for samples, keeps nothing but a cursor, and knows no time but the samples'. Called by whoever reads for the gates.

// A look is given, for both versions, all samples from `readFrom(cursor, timing)` up to one time `to` that is not later than the
// first of its reads: raw series (never a rate), `up` of the targets that carry them, and what is known of the pods by then.
// Blocks are a function of samples, pods and grid: neither how often somebody looks nor a restart changes any digit.
// The cursor is stored together with what was concluded from the blocks before it, or they would count twice.
export { type Block, type Look, type VersionCounts, withoutPod } from './block.ts';
export type { Reading } from './closing.ts';
export { type Copies, copiesOf } from './copies.ts';
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
export { GAUGES, type GaugeCounts, type GaugeSamples, gaugeBlocks } from './gauges.ts';
export {
  errorHistory,
  gaugeHistory,
  type HistoryRange,
  historyLengthOf,
  type LatencyHistory,
  latencyHistory,
} from './history.ts';
export { commonEdges, type LatencyCounts, type LatencySamples, latencyBlocks } from './latency.ts';
export type { DataQuality } from './quality.ts';
export { type OfVersions, type PodFacts, type ProbeLoad, VERSIONS, type Version } from './samples.ts';
export { blockLengthOf, type Cursor, onGrid, readFrom, type Timing, timingOf } from './timing.ts';
