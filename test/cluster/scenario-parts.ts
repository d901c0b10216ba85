// What scenarios on Istio are made of: plans of seconds, routes, changes to the example's objects, and what access logs say of users.
// Never talks to a cluster. Called by istio-scenarios.test.ts.
import type { HTTPRoute, VirtualServiceSpec } from '../../src/api/istio.ts';
import type { KubeObject, ObjectRef } from '../../src/api/object.ts';
import { subsetOf } from './access-log.ts';
import { CHECKOUT } from './checkout.ts';
import { GATEWAY, type Names } from './stages.ts';
import type { Told } from './traffic.ts';

const { namespace } = CHECKOUT;

/** Query windows of the example's gates are longer than these steps; this one is as short. */
const errors =
  'sum(rate(http_requests_total{$canary,code=~"5.."}[10s])) / sum(rate(http_requests_total{$canary}[10s])) > 0.05';

export const BASELINE = { baseline: { for: '2s' } };
export const MIRROR = { mirror: { traffic: '100%', methods: 'all', for: '3s' } };
export const HALF = { shift: { traffic: '50%', for: '4s' } };
export const BAKE = { bake: { for: '2s' } };

export const spec = (...plan: readonly object[]): object => ({ plan, gates: { errors: { promql: errors } } });

export const WHOLE = spec(BASELINE, MIRROR, HALF, BAKE);
/** A live step that lasts as long as the test needs it. */
export const LONG = spec(BASELINE, MIRROR, { shift: { traffic: '50%', for: '5m' } }, BAKE);

export const to = ({ fqdn }: Names, subset?: string, more: HTTPRoute = {}): HTTPRoute => ({
  timeout: '3s',
  ...more,
  route: [{ destination: { host: fqdn, ...(subset && { subset }) } }],
});

export const routes = (name: string, wanted: VirtualServiceSpec, where: string = namespace): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace: where },
  spec: wanted,
});

/** For everybody: in the mesh and at the gateway. */
export const forAll = (names: Names, ...http: readonly HTTPRoute[]): KubeObject =>
  routes(names.service, { hosts: [names.service, names.host], gateways: ['mesh', GATEWAY], http });

export const routesRef = (name: string, where: string = namespace): ObjectRef => ({
  kind: 'VirtualService',
  namespace: where,
  name,
});

/** The subsets that users' requests went to; '' where a route names none. */
export const subsets = (told: readonly Told[]): readonly string[] =>
  [...new Set(told.flatMap(({ line }) => (line === undefined ? [] : [subsetOf(line)])))].sort();

/** Route, port and subset of users' requests. */
export const ways = (told: readonly Told[]): readonly string[] =>
  [
    ...new Set(
      told.flatMap(({ line }) =>
        line === undefined ? [] : [`${line.route} ${line.cluster.split('|', 3).slice(1).join(' ')}`],
      ),
    ),
  ].sort();

/** As the user would have written it for the new version. */
export const promoted = (wanted: unknown): unknown =>
  JSON.parse(JSON.stringify(wanted).replaceAll('"v1"', '"v2"')) as unknown;
