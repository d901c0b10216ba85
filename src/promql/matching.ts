// Vector matching: which series of two vectors belong together, one to one or many to one, and what the pair is called.
// Never knows operators (binary.ts hands in what to do with a pair). Called by binary.ts.
import { labelValue, NAME } from '../series/labels.ts';
import type { Labels } from '../series/series.ts';
import type { Matching } from './ast.ts';
import type { Evaluation } from './functions/function.ts';
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
  /** The part of the tree it is. */
  readonly owner: object;
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
  evaluation: Evaluation,
): readonly Sample[] {
  if (left.length === 0 || right.length === 0) return [];
  const { matching, apply } = operation;
  const swapped = matching.group?.side === 'right';
  const many = swapped ? right : left;
  const { key, name } = evaluation.kept(operation.owner, () => ({
    key: evaluation.perSeries(matchKey(matching)),
    name: resultLabels(operation, evaluation),
  }));
  const ones = uniqueByKey(swapped ? left : right, key, matching, swapped ? 'left' : 'right');
  const taken = new Set<string>();
  const result: Sample[] = [];
  for (const sample of many) {
    const matchedKey = key(sample.labels);
    const one = ones.get(matchedKey);
    if (one === undefined) continue;
    const labels = name(sample.labels, one.labels);
    take(taken, matching, matchedKey, () => evaluation.perSeries(identity)(labels));
    const value = swapped ? apply(one.value, sample.value) : apply(sample.value, one.value);
    if (value !== undefined) result.push({ labels, value });
  }
  // One to one, the results' labels hold what told the pairs apart.
  return matching.group === undefined ? result : distinct(result, evaluation);
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
function take(taken: Set<string>, { group }: Matching, key: string, labels: () => string): void {
  const entry = group === undefined ? key : `${key.length}:${key}${labels()}`;
  if (taken.has(entry))
    throw new PromqlEvaluationError(
      group === undefined
        ? 'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)'
        : 'multiple matches for labels: grouping labels must ensure unique matches',
    );
  taken.add(entry);
}

/** One to one: the labels matched by; many to one: the many side's, with the included labels of the one. */
function resultLabels(
  { matching, keepsName }: PairOperation,
  evaluation: Evaluation,
): (many: Labels, one: Labels) => Labels {
  const { mode, labels, group } = matching;
  const base = (of: Labels): Labels => (keepsName ? of : withoutName(of));
  if (group !== undefined) {
    const joined = (many: Labels, one: Labels): Labels =>
      group.include.reduce((result, label) => withLabel(result, label, labelValue(one, label)), base(many));
    const withOnes = evaluation.perSeries((many) => evaluation.perSeries((one) => joined(many, one)));
    return (many, one) => withOnes(many)(one);
  }
  const ignored = new Set(labels);
  const own = (many: Labels): Labels => (mode === 'on' ? keepOnly(base(many), labels) : without(base(many), ignored));
  return evaluation.perSeries(own);
}
