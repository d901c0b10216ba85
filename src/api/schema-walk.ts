// Moves through a schema as a field path moves through a value: the schema at a path, the keys that are known there, its limits.
// Never validates. Called by problems.ts, limits.ts, crd.ts and reference.ts, so that all four read the same schema.
import * as z from 'zod';
import { isMap, type Path } from './path.ts';
import { notesOf } from './shape.ts';

/** The schema without "may be left out" around it. */
export const unwrap = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodExactOptional || schema instanceof z.ZodOptional
    ? unwrap(schema.def.innerType as z.ZodType)
    : schema;

/** Of a union, the member that the value at hand was meant for; scalars and lists are told apart by their JSON type. */
const member = (schema: z.ZodType, key: string | number): z.ZodType => {
  if (!(schema instanceof z.ZodUnion)) return schema;
  const options = schema.def.options as readonly z.ZodType[];
  return options.find((option) => typeof key === 'number' && option instanceof z.ZodArray) ?? schema;
};

const child = (outer: z.ZodType, key: string | number): z.ZodType | undefined => {
  const schema = member(unwrap(outer), key);
  // A user's key may be called as something that every object has: constructor, toString.
  if (schema instanceof z.ZodObject) return Object.hasOwn(shapeOf(schema), key) ? shapeOf(schema)[key] : undefined;
  if (schema instanceof z.ZodArray) return schema.def.element as z.ZodType;
  if (schema instanceof z.ZodRecord) return schema.def.valueType as z.ZodType;
  return undefined;
};

export const shapeOf = (schema: z.ZodObject): Readonly<Record<string, z.ZodType>> =>
  schema.def.shape as Readonly<Record<string, z.ZodType>>;

/** Whether further fields are kept as they are (`looseObject`). */
export const isLoose = (schema: z.ZodObject): boolean => schema.def.catchall?._zod.def.type === 'unknown';

/** The schema at a path, without its "may be left out"; undefined where the path leaves what is known. */
export function schemaAt(root: z.ZodType, path: Path): z.ZodType | undefined {
  const found = path.reduce<z.ZodType | undefined>(
    (schema, key) => (schema === undefined ? undefined : child(schema, key)),
    root,
  );
  return found === undefined ? undefined : unwrap(found);
}

/** The fields that may stand at a path; empty where any may. */
export function keysAt(root: z.ZodType, path: Path): readonly string[] {
  const schema = schemaAt(root, path);
  return schema instanceof z.ZodObject ? Object.keys(shapeOf(schema)) : [];
}

/** How long a text, list or map may be. */
export interface Limits {
  readonly maxLength: number;
  readonly maxItems: number;
  readonly maxProperties: number;
}

/** What the schema notes, else bounds that nobody meets by writing, so that every CRD node is bounded. */
export function limitsOf(schema: z.ZodType): Limits {
  const { maxLength = 1024, maxItems = 64, maxProperties = 64 } = notesOf(schema);
  return { maxLength, maxItems, maxProperties };
}

/** Every value below with its schema, outermost first; stops where the schema is loose or knows nothing. */
export function* walk(
  root: z.ZodType,
  value: unknown,
  path: Path = [],
): Generator<{ readonly schema: z.ZodType; readonly value: unknown; readonly path: Path }> {
  const schema = unwrap(root);
  yield { schema, value, path };
  const entries = Array.isArray(value)
    ? [...value.entries()]
    : isMap(value)
      ? (Object.entries(value) as [string, unknown][])
      : [];
  for (const [key, inner] of entries) {
    const below = child(schema, key);
    if (below !== undefined) yield* walk(below, inner, [...path, key]);
  }
}
