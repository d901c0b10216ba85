// The AND of two of Istio's match blocks as one block, and of a block with a list of methods.
// Never widens: what Istio cannot say is `inexpressible` with the field, what no request satisfies is `never`.
// Called by the preview and mirror renderers.
import type { HTTPMatchRequest, StringMatch } from '../api/istio.ts';
import { sameJson } from '../lib/fingerprint.ts';
import { type Intersection, intersect, kindOf, tester } from './string-match.ts';

export type And =
  | { readonly kind: 'match'; readonly match: HTTPMatchRequest }
  | { readonly kind: 'never' }
  | { readonly kind: 'inexpressible'; readonly field: string };

type Stop = Exclude<And, { kind: 'match' }>;
const NEVER: Stop = { kind: 'never' };
type Merged<T> = { readonly value: T } | Stop;
const stopped = <T>(merged: Merged<T>): merged is Stop => 'kind' in merged;

type Strings = Readonly<Record<string, StringMatch>>;

/** Names and stat prefix stay those of the user's own block. */
export function andMatches(own: HTTPMatchRequest, further: HTTPMatchRequest): And {
  const [a, b] = [withoutDeadSource(own), withoutDeadSource(further)];
  const ignoreCase = (a.uri === undefined ? b : a).ignoreUriCase ?? false;
  const both = settle([
    sameCase(a, b),
    keepsSource(a, b),
    one('uri', a.uri, b.uri, ignoreCase),
    one('scheme', a.scheme, b.scheme),
    one('method', a.method, b.method),
    one('authority', a.authority, b.authority),
    many('headers', a.headers, b.headers, lowerCase),
    many('queryParams', a.queryParams, b.queryParams, (name) => name),
    neither(a.withoutHeaders, b.withoutHeaders),
    equal('port', a.port, b.port),
    equal('sourceNamespace', a.sourceNamespace, b.sourceNamespace),
    labels(a.sourceLabels, b.sourceLabels),
    gateways(a.gateways, b.gateways),
  ]);
  if (stopped(both)) return both;
  const fold = a.uri === undefined && b.uri !== undefined ? { ignoreUriCase: ignoreCase } : {};
  const { ignoreUriCase, ...match }: HTTPMatchRequest = { ...a, ...fold, ...both.value };
  return { kind: 'match', match: ignoreUriCase === undefined ? match : { ...match, ignoreUriCase } };
}

/** One contradiction settles the whole: then it does not matter what else could not be said. */
function settle(parts: readonly Merged<Partial<HTTPMatchRequest>>[]): Merged<Partial<HTTPMatchRequest>> {
  const stops = parts.filter(stopped);
  const stop = stops.find((part) => part.kind === 'never') ?? stops[0];
  return stop ?? { value: Object.assign({}, ...parts.map((part) => (stopped(part) ? {} : part.value))) };
}

/** The block once per method that it lets through; Istio's `method` is a StringMatch, so each is `exact`. */
export function andMethods(match: HTTPMatchRequest, methods: readonly string[]): readonly HTTPMatchRequest[] {
  const allows = match.method === undefined ? () => true : tester(match.method);
  return [...new Set(methods)]
    .filter((method) => allows?.(method) ?? false)
    .map((method) => ({ ...match, method: { exact: method } }));
}

const lowerCase = (name: string): string => name.toLowerCase();

function sameCase(a: HTTPMatchRequest, b: HTTPMatchRequest): Merged<Record<never, never>> {
  const differ = (a.ignoreUriCase ?? false) !== (b.ignoreUriCase ?? false);
  return a.uri !== undefined && b.uri !== undefined && differ
    ? { kind: 'inexpressible', field: 'ignoreUriCase' }
    : { value: {} };
}

const isBound = ({ gateways = [] }: HTTPMatchRequest): boolean => gateways.length > 0;

/** On a block that names gateways Istio ignores sourceLabels and sourceNamespace (route.go, sourceMatchHTTP). */
function withoutDeadSource(match: HTTPMatchRequest): HTTPMatchRequest {
  if (!isBound(match)) return match;
  const { sourceLabels, sourceNamespace, ...rest } = match;
  return rest;
}

/** So the callers of one block and the gateways of another, put into one, would let everyone in. */
export function losesSource(a: HTTPMatchRequest, b: HTTPMatchRequest): boolean {
  if (isBound(a) === isBound(b)) return false;
  const { sourceLabels, sourceNamespace } = isBound(a) ? b : a;
  return sourceLabels !== undefined || sourceNamespace !== undefined;
}

/** Callers are meant in the mesh: together with other gateways alone, nobody is. */
function keepsSource(a: HTTPMatchRequest, b: HTTPMatchRequest): Merged<Record<never, never>> {
  if (!losesSource(a, b)) return { value: {} };
  const { gateways = [] } = isBound(a) ? a : b;
  return gateways.includes('mesh') ? { kind: 'inexpressible', field: 'gateways' } : NEVER;
}

function one<Key extends string>(
  field: Key,
  a: StringMatch | undefined,
  b: StringMatch | undefined,
  ignoreCase = false,
): Merged<{ readonly [K in Key]?: StringMatch }> {
  if (b === undefined) return { value: {} };
  const both = a === undefined ? b : intersect(a, b, ignoreCase);
  if (both === 'never') return NEVER;
  if (both === 'inexpressible') return { kind: 'inexpressible', field };
  return { value: { [field]: both } as { [K in Key]: StringMatch } };
}

function many<Key extends string>(
  field: Key,
  a: Strings | undefined,
  b: Strings | undefined,
  fold: (name: string) => string,
): Merged<{ readonly [K in Key]?: Strings }> {
  if (b === undefined) return { value: {} };
  const merged: Record<string, StringMatch> = { ...a };
  let stop: Stop | undefined;
  for (const [name, condition] of Object.entries(b)) {
    const key = Object.keys(merged).find((own) => fold(own) === fold(name)) ?? name;
    const both = merged[key] === undefined ? condition : intersect(merged[key], condition);
    if (both === 'never') return NEVER;
    if (both === 'inexpressible') stop ??= { kind: 'inexpressible', field: `${field}.${name}` };
    else merged[key] = both;
  }
  return stop ?? { value: { [field]: merged } as { [K in Key]: Strings } };
}

/**
 * Not P and not Q on one header is "not (P or Q)", which Istio can say only when they are equal, or one of them is
 * "there": then the header must be missing, which the other takes for an empty value (conditions.ts).
 */
function neither(a: Strings | undefined, b: Strings | undefined): Merged<Pick<HTTPMatchRequest, 'withoutHeaders'>> {
  if (b === undefined) return { value: {} };
  const merged: Record<string, StringMatch> = { ...a };
  for (const [name, condition] of Object.entries(b)) {
    const key = Object.keys(merged).find((own) => lowerCase(own) === lowerCase(name)) ?? name;
    const both = exclusion(merged[key] ?? condition, condition);
    if (both === 'never') return NEVER;
    if (both === 'inexpressible') return { kind: 'inexpressible', field: `withoutHeaders.${name}` };
    merged[key] = both;
  }
  return { value: { withoutHeaders: merged } };
}

function exclusion(a: StringMatch, b: StringMatch): Intersection {
  if (sameJson(a, b)) return a;
  const [first, second] = [kindOf(a).kind, kindOf(b).kind];
  if (first !== 'any' && second !== 'any') return 'inexpressible';
  if (first === second) return a;
  const [presence, value] = first === 'any' ? [a, b] : [b, a];
  return (tester(value)?.('') ?? true) ? 'never' : presence;
}

function equal<Key extends string, T>(
  field: Key,
  a: T | undefined,
  b: T | undefined,
): Merged<{ readonly [K in Key]?: T }> {
  if (b === undefined) return { value: {} };
  return a !== undefined && a !== b ? NEVER : { value: { [field]: b } as { [K in Key]: T } };
}

function labels(
  a: HTTPMatchRequest['sourceLabels'],
  b: HTTPMatchRequest['sourceLabels'],
): Merged<Pick<HTTPMatchRequest, 'sourceLabels'>> {
  if (b === undefined) return { value: {} };
  const contradicts = Object.entries(b).some(([key, value]) => a?.[key] !== undefined && a[key] !== value);
  return contradicts ? NEVER : { value: { sourceLabels: { ...a, ...b } } };
}

function gateways(
  a: HTTPMatchRequest['gateways'],
  b: HTTPMatchRequest['gateways'],
): Merged<Pick<HTTPMatchRequest, 'gateways'>> {
  if (b === undefined || b.length === 0) return { value: {} };
  if (a === undefined || a.length === 0) return { value: { gateways: b } };
  const both = a.filter((name) => b.includes(name));
  return both.length === 0 ? NEVER : { value: { gateways: both } };
}
