// Delegation: which routes hand over to which VirtualService, and what Istio makes of the two together.
// Never edits an object. Called by match (to merge), by accept (missing delegates) and by the clone and mirror renderers.
// Source: pilot/pkg/model/virtualservice.go (MergeHTTPRoutes, hasConflict, stringMatchConflict).
import type { HTTPMatchRequest, HTTPRoute, StringMatch, VirtualService } from '../api/istio.ts';
import { DEFAULT_NAMESPACE } from '../api/object.ts';

export const namespaceOf = (virtualService: VirtualService): string =>
  virtualService.metadata.namespace ?? DEFAULT_NAMESPACE;

export const routesOf = (virtualService: VirtualService): readonly HTTPRoute[] => virtualService.spec.http ?? [];

/** The VirtualService a route of `root` delegates to; only one without hosts can be a delegate. */
export function delegateOf(
  route: HTTPRoute,
  root: VirtualService,
  all: readonly VirtualService[],
): VirtualService | undefined {
  const { name, namespace = namespaceOf(root) } = route.delegate ?? {};
  return all.find(
    (candidate) =>
      candidate.metadata.name === name &&
      namespaceOf(candidate) === namespace &&
      (candidate.spec.hosts ?? []).length === 0,
  );
}

/** Every route that hands over to this VirtualService. */
export const rootsOf = (delegate: VirtualService, all: readonly VirtualService[]): readonly HTTPRoute[] =>
  all.flatMap((root) =>
    routesOf(root).filter((route) => route.delegate !== undefined && delegateOf(route, root, all) === delegate),
  );

/** The delegate's route as it takes effect below that root, or undefined where Istio drops it. */
export function mergeRoute(root: HTTPRoute, own: HTTPRoute): HTTPRoute | undefined {
  const match = mergeMatches(root.match ?? [], own.match ?? []);
  if (match === undefined) return undefined;
  const { delegate: _, route: _none, redirect: _never, ...inherited } = root;
  const name = joined('-', root.name, own.name);
  const { match: _merged, ...rest } = { ...inherited, ...own };
  return { ...rest, ...(match.length > 0 && { match }), ...(name !== undefined && { name }) };
}

/** Undefined when some block of the delegate fits under no block of the root: then Istio drops the whole route. */
export function mergeMatches(
  root: readonly HTTPMatchRequest[],
  own: readonly HTTPMatchRequest[],
): readonly HTTPMatchRequest[] | undefined {
  if (root.length === 0) return own;
  if (own.length === 0) return root;
  const merged = own.map((leaf) =>
    root.filter((block) => !conflicts(block, leaf)).map((block) => mergeMatch(block, leaf)),
  );
  return merged.every((blocks) => blocks.length > 0) ? merged.flat() : undefined;
}

function mergeMatch(root: HTTPMatchRequest, leaf: HTTPMatchRequest): HTTPMatchRequest {
  const name = joined('-', root.name, leaf.name);
  const gateways = (leaf.gateways ?? []).length > 0 ? leaf.gateways : root.gateways;
  return {
    ...root,
    ...leaf,
    ...(name !== undefined && { name }),
    ...mergedMap('headers', root.headers, leaf.headers),
    ...mergedMap('withoutHeaders', root.withoutHeaders, leaf.withoutHeaders),
    ...mergedMap('queryParams', root.queryParams, leaf.queryParams),
    ...mergedMap('sourceLabels', root.sourceLabels, leaf.sourceLabels),
    ...(gateways !== undefined && { gateways }),
  };
}

const joined = (by: string, a: string | undefined, b: string | undefined): string | undefined =>
  a && b ? `${a}${by}${b}` : b || a;

function mergedMap<Value>(
  field: 'headers' | 'withoutHeaders' | 'queryParams' | 'sourceLabels',
  root: Readonly<Record<string, Value>> | undefined,
  leaf: Readonly<Record<string, Value>> | undefined,
): Readonly<Record<string, Readonly<Record<string, Value>>>> {
  const merged = { ...root, ...leaf };
  return Object.keys(merged).length === 0 ? {} : { [field]: merged };
}

/** Stricter than "no request satisfies both": Istio also refuses what it cannot compare. */
export function conflicts(root: HTTPMatchRequest, leaf: HTTPMatchRequest): boolean {
  const clash = (a: StringMatch | undefined, b: StringMatch | undefined) =>
    a !== undefined && b !== undefined && stringsConflict(a, b);
  const clashes = (a: Readonly<Record<string, StringMatch>> = {}, b: Readonly<Record<string, StringMatch>> = {}) =>
    Object.entries(b).some(([key, condition]) => clash(a[key], condition));
  return (
    clash(root.uri, leaf.uri) ||
    clash(root.scheme, leaf.scheme) ||
    clash(root.method, leaf.method) ||
    clash(root.authority, leaf.authority) ||
    clashes(root.headers, leaf.headers) ||
    clashes(root.withoutHeaders, leaf.withoutHeaders) ||
    clashes(root.queryParams, leaf.queryParams) ||
    (root.ignoreUriCase ?? false) !== (leaf.ignoreUriCase ?? false) ||
    (root.port !== undefined && leaf.port !== undefined && root.port !== leaf.port) ||
    (root.sourceNamespace !== undefined && root.sourceNamespace !== leaf.sourceNamespace) ||
    labelsConflict(root.sourceLabels, leaf.sourceLabels) ||
    gatewaysConflict(root.gateways ?? [], leaf.gateways ?? [])
  );
}

const labelsConflict = (root: HTTPMatchRequest['sourceLabels'] = {}, leaf: HTTPMatchRequest['sourceLabels'] = {}) =>
  Object.entries(leaf).some(([key, value]) => root[key] !== undefined && root[key] !== value);

const gatewaysConflict = (root: readonly string[], leaf: readonly string[]) =>
  root.length > 0 && leaf.length > 0 && !leaf.every((name) => root.includes(name));

function stringsConflict(root: StringMatch, leaf: StringMatch): boolean {
  if (root.regex || leaf.regex) {
    const both = (match: StringMatch) => Boolean(match.regex || match.prefix || match.exact);
    if (both(root) && both(leaf)) return true;
  }
  if (root.exact) return leaf.exact !== root.exact;
  const text = leaf.prefix || leaf.exact;
  return !(root.prefix && text?.startsWith(root.prefix));
}
