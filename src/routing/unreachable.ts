// Routes that no request can ever take, because earlier ones take everything they match (istioctl's IST0130, IST0131).
// Never claims one on a guess: only what is provably covered. Called by lint.
import type { HTTPMatchRequest, HTTPRoute, StringMatch } from '../api/istio.ts';
import { covers, kindOf, tester } from './string-match.ts';

export interface Unreachable {
  readonly route: number;
  /** For each of its match blocks (one when it has none) the earlier route that takes its requests. */
  readonly coveredBy: readonly number[];
}

export function unreachableRoutes(routes: readonly HTTPRoute[]): readonly Unreachable[] {
  return routes.flatMap((route, index) => {
    const blocks = blocksOf(route);
    const coveredBy = blocks.map((block) =>
      routes.slice(0, index).findIndex((earlier) => blocksOf(earlier).some((wide) => takesAll(wide, block))),
    );
    return coveredBy.every((found) => found >= 0) ? [{ route: index, coveredBy }] : [];
  });
}

const blocksOf = (route: HTTPRoute): readonly HTTPMatchRequest[] =>
  (route.match ?? []).length > 0 ? (route.match ?? []) : [{}];

/** Every condition of `wide` is implied by one of `narrow`. */
function takesAll(wide: HTTPMatchRequest, narrow: HTTPMatchRequest): boolean {
  const folds = { wide: wide.ignoreUriCase ?? false, narrow: narrow.ignoreUriCase ?? false };
  return (
    (wide.uri?.prefix === '/' || implied(wide.uri, narrow.uri, folds)) &&
    implied(wide.scheme, narrow.scheme) &&
    implied(wide.method, narrow.method) &&
    implied(wide.authority, narrow.authority) &&
    impliedAll(wide.headers, narrow.headers, lowerCase) &&
    impliedAll(wide.queryParams, narrow.queryParams, (name) => name) &&
    excluded(wide.withoutHeaders, narrow.withoutHeaders) &&
    (wide.port === undefined || wide.port === narrow.port) &&
    sourceImplied(wide, narrow)
  );
}

/** Every request has a path that begins with `/`, a method, a scheme and an authority: there `{}` asks nothing. */
function implied(wide: StringMatch | undefined, narrow: StringMatch | undefined, folds?: Parameters<typeof covers>[2]) {
  if (wide === undefined || covers(wide, {}) || wide.prefix === '') return true;
  return narrow !== undefined && covers(wide, narrow, folds);
}

type Strings = Readonly<Record<string, StringMatch>>;
const lowerCase = (name: string): string => name.toLowerCase();

function impliedAll(wide: Strings = {}, narrow: Strings = {}, fold: (name: string) => string): boolean {
  return Object.entries(wide).every(([name, condition]) =>
    Object.entries(narrow).some(([own, narrower]) => fold(own) === fold(name) && covers(condition, narrower)),
  );
}

/** "Not P" is implied by "not Q" when Q holds all of P; a missing header is an empty value, but to "there" it is none. */
const excluded = (wide: Strings = {}, narrow: Strings = {}): boolean =>
  Object.entries(wide).every(([name, condition]) =>
    Object.entries(narrow).some(([own, broader]) => {
      if (lowerCase(own) !== lowerCase(name) || !covers(broader, condition)) return false;
      const presence = kindOf(broader).kind === 'any' && kindOf(condition).kind !== 'any';
      return !presence || tester(condition)?.('') === false;
    }),
  );

/** Blocks that name gateways are for those proxies alone, and ignore the caller's labels. */
function sourceImplied(wide: HTTPMatchRequest, narrow: HTTPMatchRequest): boolean {
  const [outer, inner] = [wide.gateways ?? [], narrow.gateways ?? []];
  if (outer.length > 0) return inner.length > 0 && inner.every((name) => outer.includes(name));
  const labels = Object.entries(wide.sourceLabels ?? {});
  if (inner.length > 0) return labels.length === 0 && wide.sourceNamespace === undefined;
  return (
    labels.every(([key, value]) => narrow.sourceLabels?.[key] === value) &&
    (wide.sourceNamespace === undefined || wide.sourceNamespace === narrow.sourceNamespace)
  );
}
