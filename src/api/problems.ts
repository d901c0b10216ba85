// From what the schema library finds to problems for people: the field's path, what was found, what is accepted.
// Never decides what is valid. Called by kinds.ts.
import * as z from 'zod';
import type { Code } from '../lib/catalogue.ts';
import type { Problem } from '../lib/problem.ts';
import { gateFieldsAt } from './gate-kinds.ts';
import { laterField } from './later.ts';
import { formatPath, type Path, valueAt } from './path.ts';
import { keysAt, schemaAt } from './schema-walk.ts';
import { notesOf } from './shape.ts';
import { closest } from './suggest.ts';

/** A problem that still knows its path as keys, so that a file's line can be found for it. */
export interface FieldProblem {
  readonly code: Code;
  readonly path: Path;
  readonly message: string;
  readonly found?: string;
  readonly accepted?: string;
  /** The name of the field is wrong, not its value. */
  readonly isKey?: boolean;
  /** The field that was meant, when the name is nearly that of another. */
  readonly meant?: Path;
}

/** `object` as messages name it, for example `Release/prod/checkout-v2`. */
export const toProblem = ({ path, isKey: _, meant: __, ...problem }: FieldProblem, object: string): Problem => ({
  ...problem,
  place: { object, path: formatPath(path) },
});

/** What stood there, in a few words. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 79)}…` : value);
  if (typeof value === 'number' || typeof value === 'bigint') return `the number ${value}`;
  if (typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'a list' : 'a map';
}

type Issue = z.core.$ZodIssue;

/** Every problem of a value that its schema has refused. */
export function schemaProblems(schema: z.ZodType, value: unknown): readonly FieldProblem[] {
  const parsed = schema.safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues.flatMap((issue) => fromIssue(schema, value, issue));
}

function fromIssue(schema: z.ZodType, root: unknown, issue: Issue): readonly FieldProblem[] {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  const value = valueAt(root, path);
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(schema, root, [...path, key]));
  if (value === undefined && issue.code !== 'custom') return [missing(schema, path)];
  return [wrong(schema, path, value, issue)];
}

function unknownField(schema: z.ZodType, root: unknown, path: Path): FieldProblem {
  const key = String(path.at(-1));
  const coming = laterField(path);
  if (coming !== undefined)
    return { code: 'SRN1007', path, ...coming, found: describe(valueAt(root, path)), isKey: true };
  const known = gateFieldsAt(path.slice(0, -1)) ?? keysAt(schema, path.slice(0, -1));
  const near = closest(key, known);
  const message = near === undefined ? 'unknown field' : `unknown field; did you mean \`${near}\`?`;
  const meant = near === undefined ? {} : { meant: [...path.slice(0, -1), near] };
  return { code: 'SRN1003', path, message, found: `\`${key}\``, accepted: oneOf(known), isKey: true, ...meant };
}

const MANY = 24;
const oneOf = (names: readonly string[]): string => {
  const shown = names.slice(0, MANY).join(', ');
  return names.length > MANY ? `${shown} and ${names.length - MANY} more` : shown;
};

const missing = (schema: z.ZodType, path: Path): FieldProblem => ({
  code: 'SRN1005',
  path,
  message: `\`${path.at(-1) ?? 'object'}\` is missing`,
  found: 'nothing',
  accepted: acceptedAt(schema, path),
});

function wrong(schema: z.ZodType, path: Path, value: unknown, issue: Issue): FieldProblem {
  const isKey = issue.code === 'invalid_key';
  const noted = isKey ? keyAccepted(schema, path) : fromParams(issue);
  return {
    code: 'SRN1004',
    path,
    message: messageOf(schema, path, value, issue),
    found: isKey ? `\`${path.at(-1)}\`` : describe(value),
    accepted: noted ?? acceptedAt(schema, path),
    ...(isKey ? { isKey } : {}),
  };
}

function messageOf(schema: z.ZodType, path: Path, value: unknown, issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
    case 'invalid_union':
      return wrongType(schema, path, value);
    case 'invalid_value':
      return 'not one of the accepted values';
    case 'too_small':
      if (issue.origin !== 'number' && issue.origin !== 'int') return 'must not be empty';
      return issue.inclusive === false ? `not above ${issue.minimum}` : `less than ${issue.minimum}`;
    case 'too_big':
      if (issue.origin !== 'number' && issue.origin !== 'int') return 'too long';
      return issue.inclusive === false ? `not below ${issue.maximum}` : `more than ${issue.maximum}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'not a valid name';
    default:
      return issue.message;
  }
}

/** As messages call a field whose number has a unit, by the type that its schema notes. */
const WITH_UNIT: Readonly<Record<string, string>> = {
  share: 'a share is a text with its unit',
  points: 'points are a text with their unit',
  duration: 'a duration is a text with its unit',
  span: 'a duration is a text with its unit',
};

function wrongType(schema: z.ZodType, path: Path, value: unknown): string {
  const target = schemaAt(schema, path);
  const type = target === undefined ? undefined : notesOf(target).type;
  const withUnit = typeof value === 'number' && type !== undefined ? WITH_UNIT[type] : undefined;
  if (withUnit !== undefined) return withUnit;
  if (value === null) return 'nothing stands here';
  return 'wrong type of value';
}

const fromParams = (issue: Issue): string | undefined =>
  issue.code === 'custom' && typeof issue.params?.['accepted'] === 'string' ? issue.params['accepted'] : undefined;

function keyAccepted(schema: z.ZodType, path: Path): string | undefined {
  const outer = schemaAt(schema, path.slice(0, -1));
  return outer instanceof z.ZodRecord ? notesOf(outer.def.keyType as z.ZodType).accepted : undefined;
}

function acceptedAt(schema: z.ZodType, path: Path): string {
  const target = schemaAt(schema, path);
  if (target === undefined) return 'nothing';
  const ofGate = notesOf(target).accepted === undefined ? gateFieldsAt(path) : undefined;
  return ofGate === undefined ? acceptedBy(target) : mapWith(ofGate);
}

/** What a schema accepts, in words. */
function acceptedBy(schema: z.ZodType): string {
  const { accepted } = notesOf(schema);
  if (accepted !== undefined) return accepted;
  if (schema instanceof z.ZodEnum) return schema.options.join(', ');
  if (schema instanceof z.ZodLiteral) return [...schema.values].join(', ');
  if (schema instanceof z.ZodNumber) return acceptedNumber(schema);
  if (schema instanceof z.ZodString) return 'a text; numbers and true or false stand in quotes';
  if (schema instanceof z.ZodBoolean) return 'true, false';
  if (schema instanceof z.ZodArray) return 'a list';
  if (schema instanceof z.ZodUnion) return 'a number, or a text';
  if (schema instanceof z.ZodObject) return acceptedMap(schema);
  return 'a map';
}

const acceptedMap = (schema: z.ZodObject): string => {
  const keys = Object.keys(schema.def.shape);
  return keys.length === 0 ? 'a map' : mapWith(keys);
};

const mapWith = (keys: readonly string[]): string =>
  keys.length === 0 ? 'nothing: leave the field out' : `a map with ${oneOf(keys)}`;

function acceptedNumber(schema: z.ZodNumber): string {
  const { minValue, maxValue } = schema;
  const what = schema.format === null ? 'a number' : 'a whole number';
  const least = minValue === null || minValue < -1e15 ? undefined : minValue;
  const most = maxValue === null || maxValue > 1e15 ? undefined : maxValue;
  if (least !== undefined && most !== undefined) return `${what} from ${least} to ${most}`;
  return least === undefined ? what : `${what} of ${least} or more`;
}

/**
 * One field is told about once: several issues of one union fall together, and a field that is missing only because its name
 * is misspelt is no further news.
 */
export function withoutEchoes(found: readonly FieldProblem[]): readonly FieldProblem[] {
  const told = new Set<string>();
  const explained = new Set(found.flatMap(({ meant }) => (meant === undefined ? [] : [JSON.stringify(meant)])));
  return found.filter((problem) => {
    const key = JSON.stringify([problem.code, problem.path]);
    const isEcho = told.has(key) || (problem.code === 'SRN1005' && explained.has(JSON.stringify(problem.path)));
    told.add(key);
    return !isEcho;
  });
}
