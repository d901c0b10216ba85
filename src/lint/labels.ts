// Labels and selectors as they are written for people; which labels a selector picks is api/selector.ts'.
// Never looks objects up. Called by the checks.
import type { LabelSelector } from '../api/kubernetes.ts';
import type { Labels } from '../api/selector.ts';

export { type Labels, picks, selects } from '../api/selector.ts';

export function describeLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? 'no labels' : pairs.join(', ');
}

export function describeSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  const expressions = matchExpressions.map(({ key, operator, values = [] }) =>
    values.length === 0 ? `${key} ${operator}` : `${key} ${operator} (${values.join(', ')})`,
  );
  const pairs = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  return [...pairs, ...expressions].join(', ') || 'an empty selector';
}

/** The labels that both have with the same value: what a selector of both could ask for. */
export const common = (a: Labels, b: Labels): Labels =>
  Object.fromEntries(Object.entries(a).filter(([key, value]) => b[key] === value));
