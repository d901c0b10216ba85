// Field paths: as keys for code, as text for people.
// Never resolves a path in a schema or a file (schema-walk.ts and places.ts do). Called by everything here that names a field.

export type Path = readonly (string | number)[];

const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** `['spec', 'plan', 2, 'mirror']` → `spec.plan[2].mirror`; keys with other characters stand in brackets and quotes. */
export const formatPath = (path: Path): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!PLAIN.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');

const KEY = /\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[\]]+)/g;

/** The keys that `formatPath` has written. */
export const parsePath = (text: string): Path =>
  [...text.matchAll(KEY)].map(([, index, quoted, plain]) =>
    index !== undefined ? Number(index) : quoted !== undefined ? (JSON.parse(quoted) as string) : (plain ?? ''),
  );

/** What stands at a path, or undefined. */
export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, key) => (isMap(inner) || Array.isArray(inner) ? own(inner, key) : undefined), value);

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Own keys only: a field called `constructor` is no field unless somebody wrote it. */
const own = (value: object, key: string | number): unknown => Object.getOwnPropertyDescriptor(value, key)?.value;
