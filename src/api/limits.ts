// How long texts, lists and maps of the contract may be; the same bounds as in the CRD, so that files and clusters agree.
// Never checks another rule. Called by kinds.ts for Serin's own kinds.

import type * as z from 'zod';
import { isMap } from './path.ts';
import type { FieldProblem } from './problems.ts';
import { limitsOf, walk } from './schema-walk.ts';

export function limitProblems(schema: z.ZodType, spec: unknown): readonly FieldProblem[] {
  return [...walk(schema, spec)].flatMap(({ schema: here, value, path }): readonly FieldProblem[] => {
    const limits = limitsOf(here);
    if (typeof value === 'string') return tooMany(path, [...value].length, limits.maxLength, 'characters');
    if (Array.isArray(value)) return tooMany(path, value.length, limits.maxItems, 'entries');
    return isMap(value) ? tooMany(path, Object.keys(value).length, limits.maxProperties, 'entries') : [];
  });
}

const tooMany = (path: FieldProblem['path'], size: number, most: number, unit: string): readonly FieldProblem[] =>
  size <= most
    ? []
    : [{ code: 'SRN1004', path, message: 'too long', found: `${size} ${unit}`, accepted: `at most ${most} ${unit}` }];
