// Which labels a selector picks: Kubernetes' own semantics, in the one place where everybody finds them.
// Never looks objects up. Called by the controller (a version's pods) and by lint.
import type { LabelSelector } from './kubernetes.ts';

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
