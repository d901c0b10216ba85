// What a verdict rests on, as bounded plain JSON, in one order whatever order the series came in.
// Never judges. Called by judge.ts.
import { formatDuration } from '../lib/duration.ts';
import { toTime } from '../lib/time.ts';
import type { Sample } from '../promql/value.ts';
import { seriesKey } from '../series/labels.ts';
import { type Answers, anyFound, noneFound, samplesOf } from './answers.ts';
import type { QueryPlan } from './plan.ts';
import { type EvidenceValue, type GateContext, type JsonNumber, MAX_VALUES, type QueryEvidence } from './verdict.ts';

/** A label's value of this many characters says enough. */
const LONGEST_VALUE = 200;

export interface Window {
  readonly ms: number;
  readonly canaryRequests: number;
}

export function evidenceOf(
  plan: QueryPlan,
  answers: Answers,
  returned: readonly Sample[],
  context: GateContext,
  window: Window,
): QueryEvidence {
  const [only, ...others] = plan.comparisons;
  const left = only && others.length === 0 ? samplesOf(answers, only.left) : undefined;
  const right = only && others.length === 0 ? samplesOf(answers, only.right) : undefined;
  const omitted = [returned, left ?? [], right ?? []].reduce((sum, { length }) => sum + excess(length), 0);
  const zeros = plan.selectors
    .filter(({ found, known }) => known !== undefined && anyFound(answers, known) && noneFound(answers, found))
    .map(({ text }) => text);
  return {
    kind: 'query',
    query: plan.query,
    window: formatDuration(window.ms),
    at: toTime(context.at),
    values: bounded(returned),
    ...(left && { left: bounded(left) }),
    ...(right && { right: bounded(right) }),
    ...(omitted > 0 && { omitted }),
    ...(zeros.length > 0 && { countedAsZero: zeros }),
    requests: { canary: context.requests.canary, stable: context.requests.stable },
    canaryRequestsInWindow: window.canaryRequests,
  };
}

const excess = (length: number): number => Math.max(0, length - MAX_VALUES);

/** The first by labels, so that a verdict does not change with the order of an answer. */
const bounded = (samples: readonly Sample[]): readonly EvidenceValue[] =>
  samples
    .map((sample) => ({ key: seriesKey(sample.labels), sample }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .slice(0, MAX_VALUES)
    .map(({ sample }) => ({ labels: shortened(sample.labels), value: jsonNumber(sample.value) }));

const shortened = (labels: Sample['labels']): Sample['labels'] =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, value.slice(0, LONGEST_VALUE)]));

function jsonNumber(value: number): JsonNumber {
  if (Number.isNaN(value)) return 'NaN';
  // Minus zero does not survive JSON either.
  if (Number.isFinite(value)) return value + 0;
  return value > 0 ? '+Inf' : '-Inf';
}
