// The small vocabulary in which the schemas are written: optional fields, maps, and scalars with a unit.
// Never knows a kind. Called by the schema files of this room; `accepted` reaches the user through problems.ts.
import * as z from 'zod';
import { parseDuration } from '../lib/duration.ts';
import { parseQuantity } from '../lib/quantity.ts';

/** Plain JSON as everyone may hold it: read-only all the way down, so that pure rooms can share it. */
export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** The JSON value a schema describes, without `undefined` in it. */
export type Shape<Schema extends z.ZodType> = DeepReadonly<z.infer<Schema>>;

/** A key that may be left out; written as JSON it is never `undefined`. */
export const optional = z.exactOptional;

export const text = () => z.string();
export const flag = () => z.boolean();
export const integer = () => z.int();
export const count = () => z.int().min(0);
export const port = () => z.int().min(1).max(65_535);
export const list = <Item extends z.ZodType>(item: Item) => z.array(item);
export const map = <Value extends z.ZodType>(value: Value) => z.record(z.string(), value);
export const strings = () => z.record(z.string(), z.string());
/** Fields that exist but are rarely used: kept as they are; whoever acts on the object refuses what it cannot do. */
export const anything = () => z.looseObject({});
/** Kubernetes' IntOrString. */
export const intOrString = () => z.union([z.int(), z.string()]);

/** What people and the CRD should know about a field beyond its type. */
export interface Notes {
  /** One sentence for the reference page and the CRD. */
  readonly description?: string;
  /** What a wrong value's message offers instead. */
  readonly accepted?: string;
  /** What holds when the field is left out. */
  readonly default?: string;
  /** An ECMA 262 pattern for the CRD, where the API server can check the rule as well. */
  readonly pattern?: string;
  /** How the field is called in the reference page, where its JSON type does not say enough. */
  readonly type?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
}

export const noted = <Schema extends z.ZodType>(schema: Schema, notes: Notes): Schema =>
  schema.meta({ ...schema.meta(), ...notes }) as Schema;

export const notesOf = (schema: z.ZodType): Notes => (schema.meta() ?? {}) as Notes;

/** What keeps a text from being accepted, in a few words; undefined when nothing does. */
export type Fault = (value: string) => string | undefined;

/** A text with a rule of its own; `accepted` says what would do. */
export const ruled = (fault: Fault, accepted: string) =>
  noted(
    z.string().refine((value) => fault(value) === undefined, {
      error: ({ input }) => fault(String(input)) ?? '',
    }),
    { accepted },
  );

/** Istio and Gateway API write durations as Go does. */
export const goDuration = () =>
  ruled(
    (value) => (parseDuration(value) === undefined ? 'not a duration' : undefined),
    'a number with a unit (ms, s, m, h), for example 1.5s',
  );

/** Where Istio's own schema asks for a millisecond at least: `0s` switches nothing off there, it is refused. */
export const positiveDuration = () =>
  ruled((value) => {
    const ms = parseDuration(value);
    if (ms === undefined) return 'not a duration';
    return ms < 1 ? 'less than a millisecond' : undefined;
  }, 'a number with a unit (ms, s, m, h), 1ms or more');

/** Kubernetes' name of a port (IANA_SVC_NAME, RFC 6335): a text of digits alone is none. */
const PORT_NAME = /^(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*$/;
const PORT_NAME_ACCEPTED = 'at most 15 lower-case letters, digits and `-`, with at least one letter';
const portNameFault: Fault = (value) => {
  if (PORT_NAME.test(value)) return undefined;
  return /^\d+$/.test(value) ? 'a number in quotes is no port name' : 'not a port name';
};

export const portName = () => ruled(portNameFault, PORT_NAME_ACCEPTED);

/** By number, or by the name that a container gives it. */
export const intOrPortName = () =>
  eitherRuled((value) => {
    if (typeof value === 'string') return portNameFault(value);
    return value >= 1 && value <= 65_535 ? undefined : 'not a port';
  }, `a number from 1 to 65535, or a port's name: ${PORT_NAME_ACCEPTED}`);

/** Cores, bytes or a count of something, with Kubernetes' suffixes. */
export const quantity = () =>
  noted(
    z
      .union([z.string(), z.number()])
      .refine((value) => parseQuantity(value) !== undefined, { error: 'not a quantity' }),
    { accepted: 'a number, also with a suffix: 500m, 2, 128Mi, 1Gi, …' },
  );

/** A number of pods, or a share of the replicas. */
export const podCount = () =>
  eitherRuled(
    (value) => ((typeof value === 'string' ? /^\d+%$/.test(value) : value >= 0) ? undefined : 'not a number of pods'),
    'a whole number of 0 or more, or a percentage, for example 25%',
  );

const eitherRuled = (fault: (value: number | string) => string | undefined, accepted: string) =>
  noted(
    intOrString().refine((value) => fault(value) === undefined, {
      error: ({ input }) => fault(input as number | string) ?? '',
    }),
    { accepted },
  );

/** At most one of the keys may stand (a protobuf oneof). */
export const atMostOne = <Value extends object>(...keys: readonly string[]) =>
  [
    (value: Value) => keys.filter((key) => key in value).length <= 1,
    { error: `only one of ${keys.join(', ')} may stand here`, params: { accepted: `one of ${keys.join(', ')}` } },
  ] as const;

/** Exactly one of the keys stands: which of them is what the object is about. */
export const exactlyOne = <Value extends object>(...keys: readonly string[]) =>
  [
    (value: Value) => keys.filter((key) => key in value).length === 1,
    { error: `exactly one of ${keys.join(', ')} must stand here`, params: { accepted: `one of ${keys.join(', ')}` } },
  ] as const;
