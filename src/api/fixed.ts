// What may no longer change: of a release once it is accepted everything but to pause, approve, abort, promote; of an approval all.
// Never decides when a release is accepted (the controller writes that into status). Called by kinds.ts on a change.
import { isMap, valueAt } from './path.ts';
import type { FieldProblem } from './problems.ts';

/** What a person may still write while a release runs. */
export const CHANGEABLE: readonly string[] = ['paused', 'approved', 'aborted', 'promoted'];

/** Problems of replacing `before` by `after`; none while the release is not accepted. */
export function fixedProblems(before: unknown, after: unknown): readonly FieldProblem[] {
  if (valueAt(before, ['status', 'accepted']) === undefined) return [];
  const was = valueAt(before, ['spec']);
  const is = valueAt(after, ['spec']);
  if (!isMap(was) || !isMap(is)) return [];
  const fields = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((field) => !CHANGEABLE.includes(field));
  return fields
    .filter((field) => !sameJson(was[field], is[field]))
    .map((field) => ({
      code: 'SRN1004',
      path: ['spec', field],
      message: `\`${field}\` cannot change once the release is accepted`,
      found: 'another value',
      accepted: `a change of ${CHANGEABLE.join(', ')}, or a new release`,
    }));
}

/** An approval is given or not: another one is another object. */
export function givenProblems(before: unknown, after: unknown): readonly FieldProblem[] {
  if (sameJson(valueAt(before, ['spec']), valueAt(after, ['spec']))) return [];
  const accepted = 'a new Approval';
  return [{ code: 'SRN1004', path: ['spec'], message: 'an approval never changes', found: 'another value', accepted }];
}

/** Equal as JSON, whatever the order of keys. */
function sameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => sameJson(item, b[index]));
  if (!isMap(a) || !isMap(b)) return a === b;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => sameJson(a[key], b[key]));
}
