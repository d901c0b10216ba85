// Labels and selectors: which pods a selector picks, and how both are written for people.
// Never looks objects up. Called by the checks.
import type { LabelSelector } from '../api/kubernetes.ts';

export type Labels = Readonly<Record<string, string>>;

/** Every wanted label is there; an empty selector picks everything. */
export const selects = (wanted: Labels, labels: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

/** Kubernetes' label selector, meta/v1. */
export function picks(selector: LabelSelector, labels: Labels): boolean {
  const expressions = (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    const isIn = value !== undefined && values.includes(value);
    return operator === 'In' ? isIn : !isIn;
  });
  return expressions && selects(selector.matchLabels ?? {}, labels);
}

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
