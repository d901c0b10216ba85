// What the room answers: a verdict with its evidence, and what a judge must know beside the query's answers.
// Plain JSON throughout: verdicts go into a release's status and into reports. Imported through gate.ts.
import type { Millis } from '../lib/clock.ts';
import type { Time } from '../lib/time.ts';
import type { Labels } from '../series/series.ts';

export type VerdictReason = QueryReason | ComparisonReason;

/** Of a PromQL gate. */
export type QueryReason =
  | 'Passed'
  /** The query returned a series. */
  | 'ThresholdExceeded'
  /** A selector matched nothing, and nothing shows that its metric is there at all. */
  | 'UnknownSeries'
  /** Too few requests, for this exposure or in the window. */
  | 'LowTraffic'
  /** A side of the comparison is empty, or the sides have no series in common. */
  | 'NoData'
  /** NaN or an infinity from an empty denominator. */
  | 'NotANumber'
  /** The window begins before the exposure was confirmed, or before the canary's first traffic. */
  | 'WindowTooEarly'
  | 'Stale'
  | 'QueryFailed'
  /** It compares with stable, which has no traffic any more. Does not block. */
  | 'Frozen';

/** Of a comparative gate. */
export type ComparisonReason =
  | Extract<QueryReason, 'Passed' | 'LowTraffic' | 'NoData' | 'Stale' | 'Frozen'>
  /** Worse than stable by more than is tolerated. */
  | 'Worse'
  /** Above `max`, whatever stable does. */
  | 'AboveMax'
  /** Only one pod of the canary's is worse. */
  | 'PodLocalised'
  /** It goes on as expected, and needs more requests. */
  | 'MoreEvidence'
  /** The difference is near what is tolerated: no number of requests would tell. */
  | 'NearTolerance'
  /** The histogram's buckets cannot tell a tolerated slowdown from a worse one. */
  | 'Resolution'
  /** What the two versions got cannot be compared. */
  | 'Confounded'
  /** Copies are missing, and it is not known whether they were ever to be made. */
  | 'Uncovered'
  /** The gate has nothing to say in this exposure. Does not block. */
  | 'NotCompared'
  /** Its metrics are not there. Does not block where stable has none either, and the gate is one that nobody has written. */
  | 'NotMeasured'
  /** The canary is above `max`, and so is stable: something else is wrong. */
  | 'Incident'
  /** The gate's own code has failed; it says nothing more in this attempt. */
  | 'InternalError';

/** JSON has no NaN and no infinities. */
export type JsonNumber = number | 'NaN' | '+Inf' | '-Inf';

export interface EvidenceValue {
  readonly labels: Labels;
  readonly value: JsonNumber;
}

export interface VersionCounts {
  readonly canary: number;
  readonly stable: number;
}

export type Evidence = QueryEvidence | ComparisonEvidence;

/** Of a PromQL gate. */
export interface QueryEvidence {
  readonly kind: 'query';
  /** The query as it was asked: with the labels of this release in place of `$canary` and `$stable`. */
  readonly query: string;
  readonly window: string;
  readonly at: Time;
  /** What the query returned: nothing when it passes. At most MAX_VALUES, as are the sides. */
  readonly values: readonly EvidenceValue[];
  /** Both sides of a comparison, also when it passes. */
  readonly left?: readonly EvidenceValue[];
  readonly right?: readonly EvidenceValue[];
  /** Series left out of `values`, `left` and `right` together. */
  readonly omitted?: number;
  /** Selectors without a series whose metric is known to be there. */
  readonly countedAsZero?: readonly string[];
  /** Requests counted for this exposure. */
  readonly requests: VersionCounts;
  readonly canaryRequestsInWindow: number;
}

/** What a comparative gate's numbers are: shares of the requests or of a limit, durations, sizes, restarts an hour and pod. */
export type ComparisonUnit = 'share' | 'milliseconds' | 'seconds' | 'bytes' | 'perHour';

/** ln of an e-value, and how much is asked for. */
export interface Weighed {
  readonly logEvidence: number;
  readonly asked: number;
}

/** Of a comparative gate, for the exposure that it was made in. */
export interface ComparisonEvidence extends ComparisonNumbers {
  readonly kind: 'comparison';
  readonly at: Time;
  readonly exposure: 'none' | 'preview' | 'mirrored' | 'live';
}

export interface ComparisonNumbers {
  readonly unit: ComparisonUnit;
  /** What each version showed in this exposure; absent where nothing was. */
  readonly canary?: number;
  readonly stable?: number;
  /** What the canary may show beside stable as it is. */
  readonly tolerated?: number;
  readonly max?: number;
  /** 95 %, of canary − stable, at all times. */
  readonly interval?: { readonly low: number; readonly high: number };
  /** That were compared. */
  readonly requests: VersionCounts;
  /** To roll back, over the whole attempt. */
  readonly against?: Weighed;
  /** To promote, in this exposure. */
  readonly inFavour?: Weighed;
  /** Requests of the canary's that are still needed to promote, if all goes on as it has. */
  readonly needed?: number;
  /** Of a gate that has failed. */
  readonly bound?: WaldsBound;
}

/**
 * Requests of the canary's that any test needs on average for what was found, when it rolls back 1 % of the canaries
 * that are not worse and finds 95 % of those that are (stats/wald.ts).
 */
export interface WaldsBound {
  /** What was found: so many of each version's requests fail, or take longer than `slowerThanMs`. */
  readonly canary: number;
  readonly stable: number;
  readonly slowerThanMs?: number;
  /** To find any difference. */
  readonly canaryRequests: number;
  /** To find more than is tolerated. */
  readonly withTolerance?: number;
}

export type GateVerdict = QueryVerdict | ComparisonVerdict;

export interface QueryVerdict extends VerdictBase {
  readonly reason: QueryReason;
  readonly evidence: QueryEvidence;
}

export interface ComparisonVerdict extends VerdictBase {
  readonly reason: ComparisonReason;
  readonly evidence: ComparisonEvidence;
}

interface VerdictBase {
  readonly gate: string;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** One sentence with its numbers. */
  readonly message: string;
  /** It does not read stable: it stays armed at 100 %, and stable may be asked the same. */
  readonly oneSided: boolean;
  /** Of a failed one-sided gate: whether stable fails it as well. Absent where that cannot be asked. */
  readonly stableFailsToo?: boolean;
  /** Inconclusive, and not in the way of a promotion. */
  readonly mayStayOpen?: boolean;
}

export interface GateContext {
  /** The instant at which everything was evaluated. */
  readonly at: Millis;
  readonly scrapeIntervalMs: number;
  readonly exposure: 'none' | 'preview' | 'mirrored' | 'live';
  /** When the present exposure was seen in the traffic; a window for a pass begins no earlier. */
  readonly exposureConfirmedAt?: Millis;
  /** The scrape that first showed traffic of this attempt; a window for a fail begins no earlier than the one before it. */
  readonly canaryFirstTrafficAt?: Millis;
  readonly minRequests: number;
  /** Raw counts for this exposure, those of probes taken off. */
  readonly requests: VersionCounts;
  /** Raw count in the gate's own window, ending at `at`. */
  readonly canaryRequestsInWindow: number;
  /** Why stable has no traffic any more (100 % is written), as text; gates that select stable then stand still. */
  readonly frozen?: string;
  /** Whether the versions that the gate reads have fresh samples: both, or the canary alone when `plan.oneSided`. */
  readonly fresh: boolean;
}

/** One bad answer among five proves nothing (design.md §5). */
export const MIN_REQUESTS_TO_FAIL = 30;

/** Status is bounded. */
export const MAX_VALUES = 10;
