// VirtualServices and DestinationRules as people write them, for properties of routing.
// Never generates what acceptance refuses by design (those cases have tests of their own). Called by routing/*.property.test.ts.
import fc from 'fast-check';
import type { HTTPMatchRequest, HTTPRoute, HTTPRouteDestination, VirtualService } from '../../src/api/istio.ts';
import { type Share, share } from '../../src/lib/share.ts';
import { emptyRule } from '../../src/routing/added.ts';
import type { RequestFacts } from '../../src/routing/conditions.ts';
import { hostMeans } from '../../src/routing/host.ts';
import type { Added, RouteObjects, RoutePair, RouteTarget } from '../../src/routing/target.ts';
import { CHECKOUT, rule, virtualService } from './routes.ts';

export const pairs: fc.Arbitrary<RoutePair> = fc
  .constantFrom(100, 1000, 10_000, 100_000)
  .map((total) => ({ ...CHECKOUT, total }));

/** Leaves out the keys that were not drawn: JSON has no `undefined`. */
type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> } & {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
};
const defined = <T extends object>(record: T): Defined<T> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Defined<T>;
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });

const conditions = fc.oneof(
  fc.constantFrom('a', 'b', '/api', '/api/v2', 'GET', 'POST').map((exact) => ({ exact })),
  fc.constantFrom('/', '/api', 'a').map((prefix) => ({ prefix })),
  fc.constantFrom('.*', 'a|b', '/api/.*').map((regex) => ({ regex })),
  fc.constant({}),
);
const named = fc.dictionary(fc.constantFrom('x-user', 'X-User', 'cookie', 'x-team'), conditions, { maxKeys: 2 });
export const blocks: fc.Arbitrary<HTTPMatchRequest> = fc
  .record({
    name: maybe(fc.constantFrom('one', 'two')),
    uri: maybe(conditions),
    method: maybe(conditions),
    headers: maybe(named),
    withoutHeaders: maybe(named),
    queryParams: maybe(fc.dictionary(fc.constantFrom('q', 'page'), conditions, { maxKeys: 1 })),
    ignoreUriCase: maybe(fc.boolean()),
    port: maybe(fc.constantFrom(80, 8080)),
    sourceLabels: maybe(fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('web', 'qa'), { maxKeys: 1 })),
    sourceNamespace: maybe(fc.constantFrom('shop', 'prod')),
    gateways: maybe(fc.constantFrom(['mesh'], ['ingress', 'mesh'], ['ingress'])),
  })
  .map((block): HTTPMatchRequest => defined(block));

const opHeaders = fc.constantFrom({ request: { set: { 'x-a': '1' } } }, { response: { remove: ['server'] } });
const ports = maybe(fc.constantFrom({ number: 80 }, { number: 8080 }));
const destination = (host: string, subset?: string) =>
  fc
    .record({ port: ports, headers: maybe(opHeaders) })
    .map(({ port, headers }) => defined({ destination: defined({ host, subset, port }), headers }));
const hosts = (namespace: string) =>
  fc.constantFrom(
    ...(namespace === 'prod' ? ['checkout'] : []),
    'checkout.prod',
    'checkout.prod.svc',
    'checkout.prod.svc.cluster.local',
  );

const weights = fc.constantFrom(1, 3, 5, 30, 50, 90, 100, 1000);
const weighted = (item: HTTPRouteDestination, weight: number | undefined): HTTPRouteDestination =>
  defined({ ...item, weight } as HTTPRouteDestination);

/** The pair in every form: stable alone, with a canary of no weight on either side, beside other subsets and hosts. */
const leading = (namespace: string): fc.Arbitrary<readonly HTTPRouteDestination[]> =>
  hosts(namespace).chain((host) =>
    fc
      .record({
        stable: destination(host, 'v1'),
        canary: maybe(destination(host, 'v2')),
        others: fc.array(fc.oneof(destination(host, 'v0'), destination('legacy'), destination('ratings.prod')), {
          maxLength: 2,
        }),
        weight: weights,
        unweighted: fc.boolean(),
        canaryWeight: fc.constantFrom(0, undefined),
        otherWeights: fc.tuple(fc.oneof(weights, fc.constantFrom(0, undefined)), weights),
        order: fc.nat(5),
      })
      .map(({ stable, canary, others, weight, unweighted, canaryWeight, otherWeights, order }) => {
        const alone = canary === undefined && others.length === 0;
        const list = [
          weighted(stable, alone && unweighted ? undefined : weight),
          ...(canary === undefined ? [] : [weighted(canary, canaryWeight)]),
          ...others.map((other, index) => weighted(other, otherWeights[index])),
        ];
        return list.map((_, index) => list[(index + order) % list.length]!);
      }),
  );

const copies = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constant({ mirror: { host: 'audit' } }) },
  { weight: 1, arbitrary: fc.constant({ mirror: { host: 'audit', subset: 'v2' }, mirrorPercentage: { value: 12.5 } }) },
  { weight: 1, arbitrary: fc.constant({ mirror: { host: 'audit' }, mirrorPercent: 30 }) },
  { weight: 1, arbitrary: fc.constant({ mirror: { host: 'audit' }, mirror_percent: 30 }) },
  { weight: 1, arbitrary: fc.constant({ mirrorPercentage: { value: 5 } }) },
  { weight: 1, arbitrary: fc.constant({ mirrors: [] }) },
  { weight: 1, arbitrary: fc.constant({ mirrors: [{ destination: { host: 'audit' } }] }) },
  {
    weight: 1,
    arbitrary: fc.constant({
      mirrors: [{ destination: { host: 'audit' }, percentage: { value: 1 } }, { destination: { host: 'copy' } }],
    }),
  },
);

const extras = fc
  .record({
    name: maybe(fc.constantFrom('api', 'web', 'rest')),
    match: maybe(fc.array(blocks, { maxLength: 2 })),
    timeout: maybe(fc.constantFrom('1s', '30s')),
    retries: maybe(fc.constantFrom({ attempts: 2, retryOn: '5xx' }, { attempts: 0 })),
    rewrite: maybe(fc.constant({ uri: '/' })),
    headers: maybe(opHeaders),
    corsPolicy: maybe(fc.constant({ allowOrigins: [{ exact: 'https://shop' }], maxAge: '1h' })),
    fault: maybe(fc.constant({ delay: { fixedDelay: '1s', percentage: { value: 1 } } })),
  })
  .map(defined);

const pairRoute = (namespace: string): fc.Arbitrary<HTTPRoute> =>
  fc
    .tuple(extras, leading(namespace), copies)
    .map(([rest, route, mirrors]) => ({ ...rest, ...mirrors, route }) as HTTPRoute);

/** Routes that have nothing to do with the pair, or send it nothing. */
const otherRoute = (namespace: string): fc.Arbitrary<HTTPRoute> =>
  fc.oneof(
    fc
      .tuple(extras, copies, fc.constantFrom('legacy', 'ratings'))
      .map(([rest, mirrors, host]) => ({ ...rest, ...mirrors, route: [{ destination: { host } }] }) as HTTPRoute),
    fc.constant<HTTPRoute>({ match: [{ uri: { prefix: '/old' } }], redirect: { uri: '/new' } }),
    fc.constant<HTTPRoute>({ match: [{ uri: { exact: '/health' } }], directResponse: { status: 200 } }),
    hosts(namespace).map(
      (host): HTTPRoute => ({
        route: [
          { destination: { host: 'legacy' }, weight: 100 },
          { destination: { host, subset: 'v1' }, weight: 0 },
        ],
      }),
    ),
    fc.constant<HTTPRoute>({
      match: [{ uri: { prefix: '/legacy' } }],
      route: [{ destination: { host: 'legacy' } }],
      mirror: { host: 'checkout.prod.svc.cluster.local', subset: 'v1' },
    }),
  );

/** Several routes, some of them repeated word for word. */
const routeList = (namespace: string): fc.Arbitrary<HTTPRoute[]> =>
  fc
    .array(fc.oneof({ weight: 3, arbitrary: pairRoute(namespace) }, { weight: 1, arbitrary: otherRoute(namespace) }), {
      minLength: 1,
      maxLength: 4,
    })
    .chain((list) => fc.boolean().map((twice) => (twice ? [...list, list[0]!] : list)));

const delegation: fc.Arbitrary<VirtualService[]> = fc
  .record({
    own: routeList('shop'),
    match: maybe(fc.array(blocks, { maxLength: 2 })),
    mirror: maybe(fc.constantFrom({ mirror: { host: 'audit' } }, { mirrors: [{ destination: { host: 'audit' } }] })),
  })
  .map(({ own, match, mirror }) => [
    virtualService(
      {
        hosts: ['shop.example.com'],
        gateways: ['ingress'],
        http: [defined({ match, delegate: { name: 'shop' }, ...mirror })],
      },
      'root',
      'shop',
    ),
    virtualService({ http: own }, 'shop', 'shop'),
  ]);

const pools = fc.constantFrom<object[]>(
  {},
  { tcp: { maxConnections: 10 } },
  { http: { http2MaxRequests: 1000, idleTimeout: '30s' } },
);
const rules = fc
  .record({
    whole: maybe(pools.map((connectionPool) => ({ connectionPool, outlierDetection: { interval: '5s' } }))),
    canary: maybe(
      fc.oneof(
        fc.constant({}),
        fc.constant({ loadBalancer: { simple: 'RANDOM' } }),
        pools.map((connectionPool) => ({ connectionPool })),
      ),
    ),
  })
  .map(({ whole, canary }) =>
    rule(
      defined({
        trafficPolicy: whole,
        subsets: [
          { name: 'v0', labels: { version: 'v0' } },
          { name: 'v1', labels: { version: 'v1' } },
          defined({ name: 'v2', labels: { version: 'v2' }, trafficPolicy: canary }),
        ],
      }),
    ),
  );

export const objects: fc.Arbitrary<RouteObjects> = fc
  .record({
    first: pairRoute('prod'),
    main: routeList('prod'),
    delegated: maybe(delegation),
    destinationRule: rules,
  })
  .map(({ first, main, delegated, destinationRule }) => ({
    virtualServices: [virtualService({ hosts: ['checkout'], http: [first, ...main] }), ...(delegated ?? [])],
    destinationRule,
  }));

const V1 = { name: 'v1', labels: { version: 'v1' } };
const V2 = { name: 'v2', labels: { version: 'v2' } };
const OWN = { service: 'checkout', namespace: 'prod', destinationRule: { name: 'checkout', namespace: 'prod' } };

/** The same objects with something missing that Serin adds: the canary's subset, the whole rule, or the subset on routes. */
export const incomplete = (
  pair: RoutePair,
  x: RouteObjects,
): fc.Arbitrary<{ readonly pair: RoutePair; readonly x: RouteObjects }> =>
  fc
    .record({
      missing: fc.constantFrom('nothing', 'canary', 'both', 'rule'),
      open: fc.constantFrom('none', 'some', 'all'),
    })
    .map(({ missing, open }) => {
      const { rule: found, added } = lacking(missing, x.destinationRule);
      return {
        pair: { ...pair, ...(open !== 'none' && { pins: true as const }), ...(added && { added }) },
        x: {
          destinationRule: found,
          virtualServices: open === 'none' ? x.virtualServices : x.virtualServices.map((one) => opened(one, open)),
        },
      };
    });

function lacking(missing: string, whole: RouteObjects['destinationRule']): { rule: typeof whole; added?: Added } {
  const without = (...names: string[]) => ({
    ...whole,
    spec: { ...whole.spec, subsets: (whole.spec.subsets ?? []).filter(({ name }) => !names.includes(name)) },
  });
  if (missing === 'canary') return { rule: without('v2'), added: { subsets: [V2] } };
  if (missing === 'both') return { rule: without('v1', 'v2'), added: { subsets: [V1, V2] } };
  if (missing === 'nothing') return { rule: whole };
  const { trafficPolicy } = whole.spec;
  const added: Added = { rule: { ...(trafficPolicy && { trafficPolicy }) }, subsets: [V1, V2] };
  return { rule: emptyRule({ ...OWN, added }), added };
}

/** Stable's destinations without their subset: of every route, or of every second one. */
function opened(service: VirtualService, which: 'some' | 'all'): VirtualService {
  const namespace = service.metadata.namespace ?? 'default';
  const http = (service.spec.http ?? []).map((route, place) =>
    which === 'some' && place % 2 === 1
      ? route
      : defined({
          ...route,
          route: route.route?.map((item) => ({ ...item, destination: withoutStable(item.destination, namespace) })),
        }),
  );
  return { ...service, spec: { ...service.spec, http: http as HTTPRoute[] } };
}

function withoutStable(destination: HTTPRouteDestination['destination'], namespace: string) {
  const { subset, ...rest } = destination;
  return subset === 'v1' && hostMeans(destination.host, namespace, 'checkout', 'prod') ? rest : destination;
}

/** Shares that the total expresses. */
export const shares = (total: number): fc.Arbitrary<Share> =>
  fc.integer({ min: 1, max: total }).map((units) => share((units * 1_000_000) / total));

const methods = fc.oneof(
  fc.constant<'all'>('all'),
  fc.subarray(['GET', 'HEAD', 'OPTIONS', 'POST'], { minLength: 1 }).map((list): readonly string[] => list),
);

export const targets = (total: number): fc.Arbitrary<RouteTarget> =>
  fc.oneof(
    fc.record({ canary: fc.constant(share(0)), pool: fc.boolean() }),
    fc.record({
      canary: fc.constant(share(0)),
      pool: fc.constant(false),
      stage: fc.constantFrom<'prepared' | 'restored'>('prepared', 'restored'),
    }),
    fc.record({ canary: shares(total), pool: fc.boolean() }),
    fc.record({
      canary: fc.constant(share(0)),
      mirror: fc.record({ share: fc.integer({ min: 1, max: 1_000_000 }).map(share), methods }),
      pool: fc.boolean(),
    }),
    fc.record({
      canary: fc.constant(share(0)),
      preview: fc.array(
        fc.constantFrom<HTTPMatchRequest[]>(
          { headers: { 'x-canary-user': { exact: 'true' } } },
          { sourceLabels: { app: 'qa' } },
          { headers: { 'x-user': { exact: 'a' } } },
          { uri: { prefix: '/api/v2' } },
        ),
        { minLength: 1, maxLength: 2 },
      ),
      pool: fc.boolean(),
    }),
  );

const texts = fc.constantFrom('', 'a', 'b', 'ab', '/', '/api', '/API', '/api/v2', '/api/v2/x', 'GET', 'POST');
const headers = fc.dictionary(fc.constantFrom('x-user', 'cookie', 'x-team'), texts, { maxKeys: 3 });
/** Requests near the conditions above, so that many match. */
export const requests: fc.Arbitrary<RequestFacts> = fc.record({
  path: fc.constantFrom('/', '/api', '/API', '/api/v2', '/api/v2/x', '/x'),
  query: fc.constantFrom('', 'q=a', 'q=/api&page=b', 'page'),
  method: fc.constantFrom('GET', 'POST', 'a', 'b'),
  scheme: fc.constant('http'),
  authority: fc.constant('checkout'),
  headers,
  port: fc.constantFrom(80, 8080),
  sourceLabels: fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('web', 'qa'), { maxKeys: 2 }),
  sourceNamespace: fc.constantFrom('shop', 'prod'),
});
