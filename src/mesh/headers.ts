// Istio's header operations as Envoy's: lower-case names, latin-1 values, and the order in which levels speak.
// Never applies them (proxy/mutate.ts does). Called by routes.ts.
// Source: pilot/pkg/networking/core/route/route.go (TranslateHeadersOperations, processDestination, processWeightedDestination).
import type { HeaderOperations, Headers } from '../api/istio.ts';
import type { HeaderStep, HeaderSteps } from './config.ts';

/** `weighted`: with several destinations Envoy asks the destination before the route, with a single one after it. */
export function headerSteps(
  route: Headers | undefined,
  destination: Headers | undefined,
  weighted: boolean,
): HeaderSteps {
  const levels = weighted ? [destination, route] : [route, destination];
  return {
    request: steps(
      levels.map((level) => level?.request),
      weighted,
    ),
    response: steps(
      levels.map((level) => level?.response),
      weighted,
    ),
  };
}

/** A request's host is not among its headers here: `authorityOf`. */
const AUTHORITY = new Set(['host', ':authority']);

function steps(levels: readonly (HeaderOperations | undefined)[], apart: boolean): readonly HeaderStep[] {
  const each = levels.flatMap((level) => (level === undefined ? [] : [step(level)]));
  // A single destination's operations are written beside the route's: one level, and so removals of both come first.
  const joined = apart ? each : [{ remove: each.flatMap(({ remove }) => remove), put: each.flatMap(({ put }) => put) }];
  return joined.filter(({ remove, put }) => remove.length > 0 || put.length > 0);
}

function step({ add = {}, set = {}, remove = [] }: HeaderOperations): HeaderStep {
  const put = [...entries(add, true), ...entries(set, false)];
  return { remove: remove.map((name) => name.toLowerCase()), put: put.filter(({ name }) => !AUTHORITY.has(name)) };
}

const entries = (values: Readonly<Record<string, string>>, append: boolean) =>
  Object.keys(values)
    .sort()
    .map((name) => ({ name: name.toLowerCase(), value: onWire(values[name] ?? ''), append }));

/** Envoy reads `%%` as one per cent sign. */
const onWire = (value: string): string => wireText(value.replaceAll('%%', '%'));

/** Bytes beyond ASCII go out as UTF-8; Node and undici write each character as one byte. */
export const wireText = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** The host that a `set` of Host or :authority asks for. */
export function authorityOf(headers: Headers | undefined): string | undefined {
  const set = Object.entries(headers?.request?.set ?? {});
  return set.find(([name]) => AUTHORITY.has(name.toLowerCase()))?.[1];
}
