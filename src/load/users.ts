// The users' account: how many requests they made, how many failed, and through whose fault.
// Joins answers with the mesh's access log by request id, in whichever order the two arrive, on bounded memory.
// Never decides anything about a release. Called by rehearsal/.
import { type AccessEntry, hasFlag, PROXY_FLAGS } from './access.ts';
import { type Answer, type AnswerOutcome, isFailed } from './answer.ts';
import { attribute, type Blame, type PodCrash, type Version } from './attribution.ts';

export interface Users {
  readonly requests: number;
  /** 5xx, connection errors, timeouts, and whatever else the proxy answered itself; the sum of the next three. */
  readonly failed: number;
  readonly failedByStable: number;
  readonly failedByCanary: number;
  readonly failedByRouting: number;
}

/** One failed request, for whoever wants to know why. */
export interface FailedRequest {
  readonly answer: Answer;
  /** Absent when the mesh has not told of the request. */
  readonly entry?: AccessEntry;
  readonly by: Blame;
}

export interface UsersAccount {
  answers(answers: readonly Answer[]): void;
  access(entries: readonly AccessEntry[]): void;
  /** Told when a pod goes down, and again (same `from`) when that is over; may come after the failures it explains. */
  crash(crash: PodCrash): void;
  /** As things are known now; a failure that nothing explains yet counts as routing's. */
  users(): Users;
  /** The latest failures, at most `kept`. */
  failures(): readonly FailedRequest[];
}

export interface UsersOptions {
  readonly versionOf: (entry: AccessEntry) => Version | undefined;
  /** Entries without their answer, and answers in doubt; beyond it the oldest go. Default 20 000. */
  readonly kept?: number;
}

interface Doubt {
  readonly answer: Answer;
  entry?: AccessEntry;
}

/** Crashes of one release are few; a crash loop with back-off makes some dozens. */
const KEPT_CRASHES = 1000;

export function accountUsers({ versionOf, kept = 20_000 }: UsersOptions): UsersAccount {
  // Entries wait here for their answer, answers in doubt for their entry.
  const entries = new Map<string, AccessEntry>();
  const doubts = new Map<string, Doubt>();
  const crashes: PodCrash[] = [];
  const settled: Record<Blame, number> = { stable: 0, canary: 0, routing: 0 };
  let requests = 0;

  const failureOf = ({ answer, entry }: Doubt): FailedRequest | undefined => {
    if (!isFailed(answer.outcome) && !isProxys(entry)) return undefined;
    const by = attribute(answer, entry, { versionOf, crashes });
    return { answer, by, ...(entry === undefined ? {} : { entry }) };
  };

  const settle = (id: string, doubt: Doubt): void => {
    const failure = failureOf(doubt);
    if (failure !== undefined) settled[failure.by] += 1;
    doubts.delete(id);
  };

  const addAnswer = (answer: Answer): void => {
    requests += 1;
    const entry = entries.get(answer.id);
    entries.delete(answer.id);
    if (isGood(answer.outcome) || (entry !== undefined && !isFailed(answer.outcome) && !isProxys(entry))) return;
    doubts.set(answer.id, { answer, ...(entry === undefined ? {} : { entry }) });
    const [oldest] = doubts;
    if (doubts.size > kept && oldest !== undefined) settle(...oldest);
  };

  const addEntry = (entry: AccessEntry): void => {
    if (entry.mirror === true) return;
    const doubt = doubts.get(entry.requestId);
    if (doubt === undefined) entries.set(entry.requestId, entry);
    else if (isFailed(doubt.answer.outcome) || isProxys(entry)) doubt.entry = entry;
    else doubts.delete(entry.requestId);
    const [oldest] = entries.keys();
    if (entries.size > kept && oldest !== undefined) entries.delete(oldest);
  };

  const failures = (): FailedRequest[] =>
    [...doubts.values()].map(failureOf).filter((failure) => failure !== undefined);

  return {
    answers: (answers) => answers.forEach(addAnswer),
    access: (several) => several.forEach(addEntry),
    crash(crash) {
      const known = crashes.findIndex(({ pod, from }) => pod === crash.pod && from === crash.from);
      if (known >= 0) crashes[known] = crash;
      else crashes.push(crash);
      if (crashes.length > KEPT_CRASHES) crashes.shift();
    },
    users() {
      const by = { ...settled };
      for (const failure of failures()) by[failure.by] += 1;
      return {
        requests,
        failed: by.stable + by.canary + by.routing,
        failedByStable: by.stable,
        failedByCanary: by.canary,
        failedByRouting: by.routing,
      };
    },
    failures,
  };
}

const isProxys = (entry: AccessEntry | undefined): boolean => entry !== undefined && hasFlag(entry, PROXY_FLAGS);

// A 404 may be the service's word or the proxy's (NR): only the access log can tell.
const isGood = (outcome: AnswerOutcome): boolean => outcome.kind === 'code' && outcome.code < 400;
