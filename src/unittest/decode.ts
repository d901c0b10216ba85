// From a tree to typed values, field by field: an unknown field, a wrong value or a missing one is a problem with its place.
// Never stops at the first. Called by format.ts and rules/file.ts.
import { formatPath, type Path } from '../api/path.ts';
import { closest } from '../api/suggest.ts';
import type { Problem } from '../lib/problem.ts';
import { parsePrometheusDuration } from './duration.ts';
import type { Tree, TreeFile } from './tree.ts';

export interface Decoding {
  readonly file: TreeFile;
  readonly problems: Problem[];
}

/** Undefined where nothing stands, or where a problem was reported instead. */
export type Decode<T> = (tree: Tree, decoding: Decoding) => T | undefined;

export interface Wrong {
  readonly code?: Problem['code'];
  readonly message: string;
  readonly found?: string;
  readonly accepted?: string;
}

export function report({ file, problems }: Decoding, path: Path, wrong: Wrong, what?: 'key'): undefined {
  const place = { ...file.place(path, what), ...(path.length === 0 ? {} : { path: formatPath(path) }) };
  problems.push({ code: 'SRN1004', place, ...wrong });
  return undefined;
}

export function describe(tree: Tree): string {
  if (tree.kind === 'nothing') return 'nothing';
  if (tree.kind !== 'scalar') return `a ${tree.kind}`;
  const shown = tree.text.length > 80 ? `${tree.text.slice(0, 79)}…` : tree.text;
  return tree.plain ? shown : JSON.stringify(shown);
}

const mismatch = (tree: Tree, decoding: Decoding, accepted: string, message = 'wrong type of value'): undefined =>
  report(decoding, tree.path, { message, found: describe(tree), accepted });

/** Any scalar, as it is written. */
export const text: Decode<string> = (tree, decoding) => {
  if (tree.kind === 'nothing') return undefined;
  return tree.kind === 'scalar' ? tree.text : mismatch(tree, decoding, 'a text');
};

const parsed =
  <T>(accepted: string, message: string, parse: (text: string, plain: boolean) => T | undefined): Decode<T> =>
  (tree, decoding) => {
    if (tree.kind === 'nothing') return undefined;
    const value = tree.kind === 'scalar' ? parse(tree.text, tree.plain) : undefined;
    return value ?? mismatch(tree, decoding, accepted, tree.kind === 'scalar' ? message : undefined);
  };

/** Milliseconds. */
export const duration: Decode<number> = parsed(
  'a number with a unit (y, w, d, h, m, s, ms), for example 1m30s',
  'not a duration',
  (it) => parsePrometheusDuration(it),
);

const TRUE = /^(?:y|yes|true|on)$/i;
const FALSE = /^(?:n|no|false|off)$/i;
export const flag: Decode<boolean> = parsed('true, false', 'neither true nor false', (it, plain) =>
  plain && TRUE.test(it) ? true : plain && FALSE.test(it) ? false : undefined,
);

const INFINITE = /^[-+]?\.(?:inf|Inf|INF)$/;
const DECIMAL = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const WHOLE = /^([-+]?)(0x[\da-f]+|0b[01]+|0o?[0-7]+)$/i;

/** A number as Go's YAML reads it: `.nan`, `-.inf`, `0x1f`, `010` and `1_000` too; never one in quotes. */
export const number: Decode<number> = parsed('a number; .nan and .inf for those', 'not a number', (it, plain) => {
  if (!plain) return undefined;
  if (/^\.(?:nan|NaN|NAN)$/.test(it)) return Number.NaN;
  if (INFINITE.test(it)) return it.startsWith('-') ? -Infinity : Infinity;
  const digits = it.replaceAll('_', '');
  const [, sign, whole] = WHOLE.exec(digits) ?? [];
  if (whole !== undefined) return Number(whole.replace(/^0(?=[0-7])/, '0o')) * (sign === '-' ? -1 : 1);
  const value = DECIMAL.test(digits) ? Number(digits) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
});

export const whole: Decode<number> = parsed('a whole number from 0', 'not a whole number', (it, plain) =>
  plain && /^\d{1,9}$/.test(it) ? Number(it) : undefined,
);

export const oneOf = <T extends string>(names: readonly T[]): Decode<T> =>
  parsed(names.join(', '), 'not one of the accepted values', (it) => names.find((name) => name === it));

export const list =
  <T>(item: Decode<T>): Decode<readonly T[]> =>
  (tree, decoding) => {
    if (tree.kind === 'nothing') return undefined;
    if (tree.kind !== 'list') return mismatch(tree, decoding, 'a list');
    return tree.items.flatMap((one) => {
      const value = item(one, decoding);
      return value === undefined ? [] : [value];
    });
  };

/** At least one item: a list that is empty would say nothing. */
export const filled =
  <T>(items: Decode<readonly T[]>, wrong: Wrong): Decode<readonly T[]> =>
  (tree, decoding) => {
    if (tree.kind !== 'list' || tree.items.length > 0) return items(tree, decoding);
    return report(decoding, tree.path, { found: 'an empty list', ...wrong });
  };

/** Names of one's own to texts, such as labels. */
export const texts: Decode<Readonly<Record<string, string>>> = (tree, decoding) => {
  if (tree.kind === 'nothing') return undefined;
  if (tree.kind !== 'map') return mismatch(tree, decoding, 'a map');
  return Object.fromEntries([...tree.entries].map(([name, value]) => [name, text(value, decoding) ?? '']));
};

/** A field that others know and Serin does not: told by name. */
export const refused =
  (message: string, accepted: string): Decode<never> =>
  (tree, decoding) => {
    if (tree.kind === 'nothing') return undefined;
    return report(decoding, tree.path, { code: 'SRN1007', message, found: `\`${tree.path.at(-1)}\``, accepted }, 'key');
  };

/** Where a decoded map stands, beside its fields. */
export interface Placed {
  readonly path: Path;
}

type Spec = Readonly<Record<string, Decode<unknown>>>;
type Fields<S extends Spec> = { readonly [Name in keyof S]?: S[Name] extends Decode<infer T> ? T : never };
type Needed<S extends Spec, Name extends keyof S> = {
  readonly [Key in Name]: S[Key] extends Decode<infer T> ? T : never;
};

/** Undefined only where no map stands or a needed field is missing. */
export const map =
  <S extends Spec, const Name extends keyof S & string = never>(
    spec: S,
    needed: readonly Name[] = [],
  ): Decode<Fields<S> & Needed<S, Name> & Placed> =>
  (tree, decoding) => {
    if (tree.kind === 'nothing') return undefined;
    if (tree.kind !== 'map') return mismatch(tree, decoding, `a map with ${Object.keys(spec).join(', ')}`);
    const fields: Record<string, unknown> = {};
    for (const [name, value] of tree.entries) {
      const decode = Object.hasOwn(spec, name) ? spec[name] : undefined;
      if (decode === undefined) unknown(name, [...tree.path, name], Object.keys(spec), decoding);
      else fields[name] = decode(value, decoding);
    }
    const missing = needed.filter((name) => fields[name] === undefined);
    for (const name of missing) if (isAbsent(tree.entries.get(name))) absent(name, tree.path, decoding);
    if (missing.length > 0) return undefined;
    return { ...fields, path: tree.path } as Fields<S> & Needed<S, Name> & Placed;
  };

const isAbsent = (tree: Tree | undefined): boolean => tree === undefined || tree.kind === 'nothing';

const absent = (name: string, path: Path, decoding: Decoding): undefined =>
  report(decoding, [...path, name], {
    code: 'SRN1005',
    message: `\`${name}\` is missing`,
    found: 'nothing',
    accepted: `a value for \`${name}\``,
  });

function unknown(name: string, path: Path, known: readonly string[], decoding: Decoding): void {
  const near = closest(name, known);
  const message = near === undefined ? 'unknown field' : `unknown field; did you mean \`${near}\`?`;
  report(decoding, path, { code: 'SRN1003', message, found: `\`${name}\``, accepted: known.join(', ') }, 'key');
}
