// The report of one release as JSON: what `serin rehearse -o json` prints and what tools may rely on.
// Never filled here (build.ts) and never formatted here (markdown.ts, terminal.ts). The schema is the contract; the type follows.
import * as z from 'zod';

/** RFC 3339 in UTC, with milliseconds. */
const time = z.iso.datetime({ precision: 3 });
const count = z.int().min(0);
const number = z.union([z.number(), z.enum(['NaN', '+Inf', '-Inf'])]);

export const OUTCOMES = ['promoted', 'rolledBack', 'inconclusive', 'aborted', 'rejected'] as const;

const value = z.strictObject({ labels: z.record(z.string(), z.string()), value: number });

/** ln of an e-value, and how much of it the gate needs by itself. Seen as seldom by chance as one in e^logEvidence. */
const weighed = z.strictObject({ logEvidence: z.number(), asked: z.number() });

/** Of a comparative gate: the canary beside stable in one exposure. All numbers are in `unit`. */
const comparison = {
  /** The traffic that the canary got when this was asked. */
  exposure: z.enum(['none', 'preview', 'mirrored', 'live']).optional(),
  /** Shares of the requests or of a limit (0 to 1), durations, sizes, or events an hour and pod. */
  unit: z.enum(['share', 'milliseconds', 'seconds', 'bytes', 'perHour']).optional(),
  /** What each version showed in this exposure; absent where nothing was seen. */
  canary: z.number().optional(),
  stable: z.number().optional(),
  /** What the canary may show beside stable as it is (`worseBy`), and what it may show at most (`max`). */
  tolerated: z.number().optional(),
  max: z.number().optional(),
  /** 95 %, of canary − stable, however often it is looked at. */
  interval: z.strictObject({ low: z.number(), high: z.number() }).optional(),
  /** To roll back, over the whole attempt. */
  against: weighed.optional(),
  /** To promote, in this exposure. */
  inFavour: weighed.optional(),
  /** Requests of the canary's that are still needed to promote, if all goes on as it has. */
  needed: z.number().optional(),
  /** Of a gate that failed: what any test would have needed on average (Wald's bound), in requests of the canary's. */
  bound: z
    .strictObject({
      /** Shares of each version's requests: that failed, or that took longer than `slowerThanMs`. */
      canary: z.number(),
      stable: z.number(),
      slowerThanMs: z.number().optional(),
      canaryRequests: count,
      /** To find more than is tolerated. */
      withTolerance: count.optional(),
    })
    .optional(),
};

/** What a verdict rests on; a kind of gate may add more. */
const evidence = z.looseObject({
  /** Of a gate with a query, or of a comparative one; absent where a status could not keep what it rests on. */
  kind: z.enum(['query', 'comparison']).optional(),
  /** A CamelCase code. */
  reason: z.string(),
  /** One sentence with its numbers. */
  message: z.string(),
  /** The query as it was asked, and when. */
  query: z.string().optional(),
  at: time.optional(),
  /** The widest window that it reads, `10s`. */
  window: z.string().optional(),
  /** What the query returned; nothing when it passed. */
  values: z.array(value).optional(),
  /** Both sides of the query's comparison, also when it passed. */
  left: z.array(value).optional(),
  right: z.array(value).optional(),
  /** Series left out above. */
  omitted: count.optional(),
  /** Requests counted for this exposure; of a comparison, those that were compared: 0 where it is not requests that are compared. */
  requests: z.strictObject({ stable: z.number(), canary: z.number() }).optional(),
  canaryRequestsInWindow: z.number().optional(),
  ...comparison,
});

const gate = z.strictObject({
  name: z.string(),
  verdict: z.enum(['pass', 'fail', 'inconclusive']),
  /** Inconclusive, and it did not stand in the way of a promotion. */
  mayStayOpen: z.literal(true).optional(),
  evidence,
});

const step = z.strictObject({
  kind: z.enum(['baseline', 'preview', 'mirror', 'shift', 'bake']),
  /** The share as the plan has it; empty where the kind of step has none. */
  traffic: z.string(),
  attempt: count,
  startedAt: time,
  /** When the traffic was seen to follow; the step's time counts from here. */
  confirmedAt: time.optional(),
  endedAt: time.optional(),
  gates: z.array(gate),
});

const decision = z.strictObject({
  at: time,
  policy: z.string(),
  kind: z.string(),
  reason: z.string(),
  message: z.string(),
  numbers: z.record(z.string(), z.union([z.number(), z.string()])),
});

const users = z.strictObject({
  requests: count,
  failed: count,
  failedByStable: count,
  failedByCanary: count,
  failedByRouting: count,
});

/** What Flagger's rule would have made of the same canary: see flagger.ts. */
const flaggersRule = z.strictObject({
  everyMs: count,
  /** A check fails above this share of errors. */
  mostErrors: z.number(),
  /** So many failed checks roll back. */
  threshold: count,
  /** From the canary's first exposure until it was rolled back. */
  seenMs: count,
  canaryRequests: count,
  checks: count,
  failedChecks: count,
  /** Exactly one of the two: when it rolls back on these samples, or the earliest at which it could have, had they gone on. */
  rolledBackAfterMs: count.optional(),
  earliestMs: count.optional(),
});

const problem = z.strictObject({
  code: z.string(),
  place: z.strictObject({
    file: z.string().optional(),
    line: count.optional(),
    column: count.optional(),
    object: z.string().optional(),
    path: z.string().optional(),
  }),
  message: z.string(),
  found: z.string().optional(),
  accepted: z.string().optional(),
});

export const releaseReportSchema = z.strictObject({
  outcome: z.enum(OUTCOMES),
  /** One sentence. */
  reason: z.string(),
  /** Absent when the input was refused before a release could be read from it. */
  release: z
    .strictObject({
      name: z.string(),
      namespace: z.string(),
      service: z.string(),
      /** The two Deployments; stable is empty as long as it has not been found. */
      stable: z.string(),
      canary: z.string(),
      attempt: count,
    })
    .optional(),
  startedAt: time,
  endedAt: time,
  steps: z.array(step),
  decisions: z.array(decision),
  /** Absent where nobody counted them: on a cluster Serin is not the users' generator. */
  users: users.optional(),
  /** Of a rehearsal whose canary a comparative gate has rolled back. */
  flaggersRule: flaggersRule.optional(),
  /** Why it was rejected, or what broke so that it could not go on. */
  problems: z.array(problem).optional(),
});

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

export type ReleaseReport = Frozen<z.infer<typeof releaseReportSchema>>;
export type Outcome = ReleaseReport['outcome'];
export type StepReport = ReleaseReport['steps'][number];
export type GateReport = StepReport['gates'][number];
export type Evidence = GateReport['evidence'];
export type EvidenceValue = NonNullable<Evidence['values']>[number];
export type DecisionReport = ReleaseReport['decisions'][number];
export type UsersReport = NonNullable<ReleaseReport['users']>;
export type FlaggersRule = NonNullable<ReleaseReport['flaggersRule']>;
