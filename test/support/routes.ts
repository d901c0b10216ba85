// Routing objects for tests: written as YAML, checked against the real schemas.
// Never used by production code. Called by the tests of routing (and whoever needs readable routes).
import { parseAllDocuments } from 'yaml';
import {
  type DestinationRule,
  destinationRuleSchema,
  type VirtualService,
  virtualServiceSchema,
} from '../../src/api/istio.ts';
import type { Result } from '../../src/lib/result.ts';
import { accept } from '../../src/routing/accept.ts';
import type { RouteIdentity, RouteObjects, RoutePair } from '../../src/routing/target.ts';

export const CHECKOUT: RoutePair = { service: 'checkout', namespace: 'prod', stable: 'v1', canary: 'v2', total: 1000 };

/** Documents without a kind are http routes of VirtualService prod/checkout; without a DestinationRule there is one with v0, v1, v2. */
export function routes(yaml: string): RouteObjects {
  const documents: unknown[] = parseAllDocuments(yaml).map((document) => document.toJS());
  const virtualServices: VirtualService[] = [];
  let destinationRule: DestinationRule | undefined;
  for (const document of documents) {
    if (Array.isArray(document)) virtualServices.push(virtualService({ hosts: ['checkout'], http: document }));
    else if (kindOf(document) === 'DestinationRule') {
      destinationRule = destinationRuleSchema.parse(document) as DestinationRule;
    } else virtualServices.push(virtualServiceSchema.parse(document) as VirtualService);
  }
  return { virtualServices, destinationRule: destinationRule ?? rule({}) };
}

const kindOf = (document: unknown): unknown => (document as { kind?: unknown } | null)?.kind;

export const virtualService = (spec: unknown, name = 'checkout', namespace = 'prod'): VirtualService =>
  virtualServiceSchema.parse({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace },
    spec,
  }) as VirtualService;

export const rule = (spec: object): DestinationRule =>
  destinationRuleSchema.parse({
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'checkout', namespace: 'prod' },
    spec: {
      host: 'checkout',
      subsets: ['v0', 'v1', 'v2'].map((version) => ({ name: version, labels: { version } })),
      ...spec,
    },
  }) as DestinationRule;

export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(JSON.stringify(result.problems, null, 2));
  return result.value;
}

export const accepted = (objects: RouteObjects, pair: RoutePair = CHECKOUT): RouteIdentity =>
  must(accept(objects, pair));

/** Only what the user wrote: the specs. */
export const specs = ({ virtualServices, destinationRule }: RouteObjects) => [
  ...virtualServices.map(({ spec }) => spec),
  destinationRule.spec,
];

/** The http routes of the one (or that) VirtualService. */
export const http = (objects: RouteObjects, service = 0) => objects.virtualServices[service]?.spec.http ?? [];
