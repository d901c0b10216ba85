// One gate's verdict from its queries' answers: article 0's meaning (an empty result passes, any series fails), with what
// makes it safe (design.md §5). Total: whatever the answers are, there is a verdict. Called by the controller's gather.
import { formatDuration } from '../lib/duration.ts';
import type { Sample } from '../promql/value.ts';
import { type Answer, type Answers, anyFound, failureOf, isUsable, samplesOf } from './answers.ts';
import { evidenceOf, type Window } from './evidence.ts';
import { comparedAs, oneNumber, shortNumber } from './message.ts';
import type { PlannedComparison, QueryPlan } from './plan.ts';
import type { PreparedGate } from './prepare.ts';
import { type GateContext, MIN_REQUESTS_TO_FAIL, type QueryReason, type QueryVerdict } from './verdict.ts';

export type { Answer, Answers };

interface Case {
  readonly plan: QueryPlan;
  readonly answers: Answers;
  readonly context: GateContext;
  readonly window: Window;
  /** Series that fail the gate. */
  readonly failing: readonly Sample[];
  /** The query itself returned them; otherwise they only show once absent series count as zero. */
  readonly plainly: boolean;
}

interface Finding {
  readonly verdict: QueryVerdict['verdict'];
  readonly reason: QueryReason;
  readonly message: string;
}

export function judge(gate: PreparedGate, plan: QueryPlan, answers: Answers, context: GateContext): QueryVerdict {
  const returned = samplesOf(answers, { key: plan.result }).filter(isUsable);
  const plainly = returned.length > 0;
  // An infinity here is a division by a counted zero, and proves nothing.
  const filled = samplesOf(answers, { key: plan.filled }).filter(({ value }) => Number.isFinite(value));
  const failing = plainly ? returned : filled;
  const window = windowOf(gate, context);
  const found = find({ plan, answers, context, window, failing, plainly });
  return {
    gate: gate.name,
    ...found,
    evidence: evidenceOf(plan, answers, failing, context, window),
    oneSided: plan.oneSided,
    ...stableOf(found, plan, answers),
  };
}

/** The first check that speaks decides. */
function find(one: Case): Finding {
  return (
    frozen(one) ??
    unanswered(one) ??
    stale(one) ??
    unknown(one) ??
    failure(one) ??
    unproven(one) ??
    noNumber(one) ??
    pass(one)
  );
}

const inconclusive = (reason: QueryReason, message: string): Finding => ({
  verdict: 'inconclusive',
  reason,
  message,
});

function frozen({ plan, context }: Case): Finding | undefined {
  if (context.frozen === undefined || plan.oneSided) return undefined;
  return inconclusive('Frozen', `it compares with stable, and stands still: ${context.frozen}`);
}

function unanswered({ plan, answers }: Case): Finding | undefined {
  const failure = failureOf(plan, answers);
  return failure === undefined
    ? undefined
    : inconclusive('QueryFailed', `the query could not be evaluated: ${failure}`);
}

function stale({ plan, context }: Case): Finding | undefined {
  if (context.fresh) return undefined;
  return inconclusive(
    'Stale',
    plan.oneSided ? 'the canary has no fresh samples' : 'not both versions have fresh samples',
  );
}

/** Nothing was found, and nothing shows that there is such a metric: a typo, a lost exporter, or no request yet. */
function unknown({ plan, answers, context }: Case): Finding | undefined {
  const selector = plan.selectors.find(
    ({ found, known }) => !anyFound(answers, found) && (known === undefined || !anyFound(answers, known)),
  );
  if (selector === undefined) return undefined;
  const { canary } = context.requests;
  // Request metrics appear with the first request, so that before it their absence says only that.
  if (selector.ofCanary && canary < Math.min(MIN_REQUESTS_TO_FAIL, context.minRequests))
    return inconclusive(
      'LowTraffic',
      `the canary has had ${shortNumber(canary)} requests, and ${selector.text} is not there yet`,
    );
  return inconclusive(
    'UnknownSeries',
    `${selector.text} matches no series, and its metric has no fresh samples for that version`,
  );
}

function failure({ plan, answers, context, window, failing, plainly }: Case): Finding | undefined {
  if (failing.length === 0) return undefined;
  const began = context.at - window.ms;
  const first = context.canaryFirstTrafficAt;
  const what = comparedAs(plan, answers, failing, plainly);
  if (window.canaryRequests < MIN_REQUESTS_TO_FAIL)
    return inconclusive(
      'LowTraffic',
      `${what}, but on ${requests(window)}, and it takes ${MIN_REQUESTS_TO_FAIL} to fail`,
    );
  if (first === undefined || began < first - betweenScrapes(context, window))
    return inconclusive('WindowTooEarly', `${what}, but in a window that begins before the canary's first traffic`);
  return { verdict: 'fail', reason: 'ThresholdExceeded', message: `${what}, on ${requests(window)}` };
}

/** Traffic that one scrape shows first has begun after the one before it: samples from there on are of this attempt alone. */
const betweenScrapes = ({ scrapeIntervalMs }: GateContext, window: Window): number =>
  Math.min(scrapeIntervalMs, window.ms - scrapeIntervalMs);

/** A pass needs requests enough, and a window of this exposure alone. */
function unproven({ plan, context, window }: Case): Finding | undefined {
  const { canary, stable } = context.requests;
  const confirmed = context.exposureConfirmedAt;
  const short = (version: string, count: number) =>
    inconclusive('LowTraffic', `${version} has had ${shortNumber(count)} of ${context.minRequests} requests`);
  if (canary < context.minRequests || context.exposure === 'none') return short('the canary', canary);
  if (!plan.oneSided && stable < context.minRequests) return short('stable', stable);
  if (confirmed !== undefined && context.at - window.ms >= confirmed) return undefined;
  const since = confirmed === undefined ? 'not confirmed yet' : `${formatDuration(context.at - confirmed)} old`;
  return inconclusive(
    'WindowTooEarly',
    `the exposure is ${since}, the window reaches ${formatDuration(window.ms)} back`,
  );
}

/** An empty result proves something only if the comparison took place, between numbers. */
function noNumber(one: Case): Finding | undefined {
  const raw = [one.plan.result, one.plan.filled].flatMap((key) => samplesOf(one.answers, { key }));
  if (raw.length > 0) return inconclusive('NotANumber', `the query returns ${String(raw[0]?.value)}`);
  for (const comparison of one.plan.comparisons) {
    const fault = faultOf(comparison, one.answers);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultOf({ op, left, right, met }: PlannedComparison, answers: Answers): Finding | undefined {
  for (const [name, operand] of Object.entries({ left, right })) {
    const samples = samplesOf(answers, operand);
    if (samples.length === 0) return inconclusive('NoData', `the ${name} side of ${op} has no value`);
    const wrong = samples.find(({ value }) => !Number.isFinite(value));
    if (wrong !== undefined && !('constant' in operand))
      return inconclusive('NotANumber', `the ${name} side of ${op} is ${wrong.value}, as after a division by zero`);
  }
  if (met === undefined || anyFound(answers, met)) return undefined;
  return inconclusive('NoData', `the two sides of ${op} have no series in common`);
}

function pass({ plan, answers, context }: Case): Finding {
  const holds = oneNumber(plan, answers);
  const what = holds === undefined ? 'no series is returned' : `${holds} does not hold`;
  return {
    verdict: 'pass',
    reason: 'Passed',
    message: `${what}, after ${shortNumber(context.requests.canary)} canary requests`,
  };
}

/** Present values reach back one scrape; their requests are those of the exposure, since they have no window of their own. */
function windowOf(gate: PreparedGate, context: GateContext): Window {
  const ms = Math.max(gate.windowMs, context.scrapeIntervalMs);
  const canaryRequests = gate.windowMs > 0 ? context.canaryRequestsInWindow : context.requests.canary;
  return { ms, canaryRequests };
}

const requests = ({ canaryRequests, ms }: Window): string =>
  `${shortNumber(canaryRequests)} canary requests in ${formatDuration(ms)}`;

function stableOf(found: Finding, plan: QueryPlan, answers: Answers): Pick<QueryVerdict, 'stableFailsToo'> {
  const answer = plan.stable === undefined ? undefined : answers.get(plan.stable);
  if (found.verdict !== 'fail' || plan.stable === undefined || answer === undefined || 'error' in answer) return {};
  return { stableFailsToo: samplesOf(answers, { key: plan.stable }).some(isUsable) };
}
