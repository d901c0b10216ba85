// Vector matching: which series of two vectors belong together, one to one or many to one, and what the pair is called.
// Never knows operators (binary.ts hands in what to do with a pair). Called by binary.ts.
import { labelValue, NAME } from '../series/labels.ts';
import type { Labels } from '../series/series.ts';
import type { Matching } from './ast.ts';
import {
  distinct,
  formatLabels,
  identity,
  keepOnly,
  keyOn,
  keyWithout,
  withLabel,
  without,
  withoutName,
} from './labels.ts';
import { PromqlEvaluationError, type Sample } from './value.ts';

export interface PairOperation {
  readonly matching: Matching;
  /** Whether the result is still the same metric (a filter). */
  readonly keepsName: boolean;
  /** Undefined: the pair is filtered out. */
  readonly apply: (left: number, right: number) => number | undefined;
}

/** The key by which samples match. `ignoring` ignores the metric's name as well. */
export function matchKey({ mode, labels }: Matching): (labels: Labels) => string {
  if (mode === 'on') return (of) => keyOn(of, labels);
  const ignored = new Set([...labels, NAME]);
  return (of) => keyWithout(of, ignored);
}

export function matchVectors(
  operation: PairOperation,
  left: readonly Sample[],
  right: readonly Sample[],
): readonly Sample[] {
  if (left.length === 0 || right.length === 0) return [];
  const { matching, apply } = operation;
  const swapped = matching.group?.side === 'right';
  const many = swapped ? right : left;
  const key = matchKey(matching);
  const ones = uniqueByKey(swapped ? left : right, key, matching, swapped ? 'left' : 'right');
  const name = resultLabels(operation);
  const taken = new Map<string, Set<string>>();
  const result: Sample[] = [];
  for (const sample of many) {
    const matchedKey = key(sample.labels);
    const one = ones.get(matchedKey);
    if (one === undefined) continue;
    const labels = name(sample.labels, one.labels);
    take(taken, matchedKey, matching.group === undefined ? undefined : labels);
    const value = swapped ? apply(one.value, sample.value) : apply(sample.value, one.value);
    if (value !== undefined) result.push({ labels, value });
  }
  return distinct(result);
}

function uniqueByKey(
  samples: readonly Sample[],
  key: (labels: Labels) => string,
  { mode, labels }: Matching,
  side: 'left' | 'right',
): ReadonlyMap<string, Sample> {
  const byKey = new Map<string, Sample>();
  for (const sample of samples) {
    const ownKey = key(sample.labels);
    const other = byKey.get(ownKey);
    if (other === undefined) {
      byKey.set(ownKey, sample);
      continue;
    }
    const group = mode === 'on' ? keepOnly(sample.labels, labels) : without(sample.labels, new Set([...labels, NAME]));
    const [first, second] = [sample, other].map((duplicate) => formatLabels(duplicate.labels)).sort();
    throw new PromqlEvaluationError(
      `found duplicate series for the match group ${formatLabels(group)} on the ${side} hand-side of the operation: ` +
        `[${first}, ${second}];many-to-many matching not allowed: matching labels must be unique on one side`,
    );
  }
  return byKey;
}

/** Each match group may give one result, with group_left or group_right one per result's labels. */
function take(taken: Map<string, Set<string>>, key: string, labels: Labels | undefined): void {
  const group = taken.get(key) ?? new Set();
  const entry = labels === undefined ? '' : identity(labels);
  if (group.has(entry))
    throw new PromqlEvaluationError(
      labels === undefined
        ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
        : 'multiple matches for labels: grouping labels must ensure unique matches',
    );
  taken.set(key, group.add(entry));
}

/** One to one: the labels matched by; many to one: the many side's, with the included labels of the one. */
function resultLabels({ matching, keepsName }: PairOperation): (many: Labels, one: Labels) => Labels {
  const { mode, labels, group } = matching;
  const base = (of: Labels): Labels => (keepsName ? of : withoutName(of));
  if (group !== undefined)
    return (many, one) =>
      group.include.reduce((result, label) => withLabel(result, label, labelValue(one, label)), base(many));
  if (mode === 'on') return (many) => keepOnly(base(many), labels);
  const ignored = new Set(labels);
  return (many) => without(base(many), ignored);
}
