// What Flagger's rule would have made of the same canary: each minute a check of its errors, and a roll back with the fifth that fails.
// Never a verdict of Serin's, and kinder than the product, which rolls back a minute later still. Called by rehearsal, of a release
// that a gate has rolled back. Source: fluxcd/flagger 1.44, scheduler.go, with the limit and the threshold of its tutorials.
import { roughly } from '../lib/amounts.ts';
import type { Millis } from '../lib/clock.ts';
import { formatSpan } from './format.ts';
import type { FlaggersRule } from './release-report.ts';

/** What the canary counted between two times. */
export interface Counted {
  readonly from: Millis;
  readonly to: Millis;
  readonly requests: number;
  readonly errors: number;
}

const EVERY_MS = 60_000;
const MOST_ERRORS = 0.01;
const THRESHOLD = 5;

/** `began`: when the canary was first exposed; `until`: where its samples end, since it was rolled back. */
export function flaggersRule(counted: readonly Counted[], began: Millis, until: Millis): FlaggersRule {
  const seenMs = Math.max(0, until - began);
  const checks = Array.from({ length: Math.floor(seenMs / EVERY_MS) }, (_, index) => {
    const [from, to] = [began + index * EVERY_MS, began + (index + 1) * EVERY_MS];
    return counted.filter((one) => one.to > from && one.to <= to);
  });
  const failed = checks.map(fails);
  const last = failed.findIndex((_, index) => failedIn(failed.slice(0, index + 1)) === THRESHOLD);
  const requests = Math.round(counted.reduce((sum, one) => sum + one.requests, 0));
  const facts = { everyMs: EVERY_MS, mostErrors: MOST_ERRORS, threshold: THRESHOLD, seenMs, canaryRequests: requests };
  if (last >= 0)
    return { ...facts, checks: last + 1, failedChecks: THRESHOLD, rolledBackAfterMs: (last + 1) * EVERY_MS };
  const failedChecks = failedIn(failed);
  const earliestMs = (checks.length + THRESHOLD - failedChecks) * EVERY_MS;
  return { ...facts, checks: checks.length, failedChecks, earliestMs };
}

/** Without requests there is no share of errors, and that is a failed check. */
function fails(counted: readonly Counted[]): boolean {
  const requests = counted.reduce((sum, one) => sum + one.requests, 0);
  const errors = counted.reduce((sum, one) => sum + one.errors, 0);
  return requests === 0 || errors / requests > MOST_ERRORS;
}

const failedIn = (failed: readonly boolean[]): number => failed.filter((one) => one).length;

/** One sentence: what it would have needed, or that these samples end before it decides. */
export function flaggerText(rule: FlaggersRule): string {
  const { seenMs, everyMs, threshold, checks, failedChecks, canaryRequests } = rule;
  if (rule.rolledBackAfterMs !== undefined)
    return `rolls back after ${span(rule.rolledBackAfterMs)}, with ${failedChecks} of ${checks} checks failed`;
  const earliest = rule.earliestMs ?? threshold * everyMs;
  const byThen = seenMs > 0 ? (canaryRequests * earliest) / seenMs : 0;
  const requests = byThen > 0 ? `, some ${roughly(byThen)} canary requests at this rate` : '';
  const sofar = checks === 0 ? '' : ` (${failedChecks} of ${checks} checks failed)`;
  return `not within ${formatSpan(seenMs)}${sofar}: one check a minute, and the fifth that fails rolls back: ${span(earliest)} at the earliest${requests}`;
}

const span = (ms: number): string => `${ms / 60_000} min`;
