// What each scenario on Istio begins with: the example's objects, changed, and the routes that a user would have written.
// Never says what happens then. Called by istio-scenarios.test.ts.
import type { DestinationRule } from '../../src/api/istio.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { CHECKOUT, checkoutObjects } from './checkout.ts';
import { forAll, routes, to } from './scenario-parts.ts';
import { GATEWAY, SECOND_PORT, type StagePlan } from './stages.ts';

const { namespace } = CHECKOUT;

type Change = (object: KubeObject) => KubeObject | undefined;

const changing =
  (kind: string, change: Change): Change =>
  (object) =>
    object.kind === kind ? change(object) : object;

/** The canary's container with other fields. */
const canaryWith = (more: object): Change =>
  changing('Deployment', (object) => {
    if (!object.metadata.name.endsWith('-v2')) return object;
    const { template, ...rest } = object.spec as { template: { spec: { containers: object[] } } };
    const containers = template.spec.containers.map((container) => ({ ...container, ...more }));
    return { ...object, spec: { ...rest, template: { ...template, spec: { ...template.spec, containers } } } };
  });

/** The example's own environment, made worse. */
const environment = (knobs: Readonly<Record<string, string>>): readonly object[] =>
  Object.entries({ SERVICE_VERSION: 'v2', ...knobs }).map(([name, value]) => ({ name, value }));

/** The same pods under another name. */
const serviceFor = (app: string, name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: { selector: { app }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
});

/** A version that is older than the pair, with pods of its own. */
function thirdVersion(service: string): KubeObject {
  const first = checkoutObjects().find(({ metadata }) => metadata.name === 'checkout-service-v1');
  const text = JSON.stringify(first).replaceAll('checkout-service', service).replaceAll('v1', 'v0');
  const third = JSON.parse(text.replace('"apps/v0"', '"apps/v1"')) as KubeObject;
  return { ...third, spec: { ...(third.spec as object), replicas: 1 } };
}

/** For everybody, to stable. */
export const PLAIN: StagePlan = { objects: (names) => [forAll(names, to(names, 'v1'))] };

/** A root on the gateway in another namespace, and a delegate without hosts. */
export const DELEGATED: StagePlan = {
  objects: (names) => [
    routes(
      'delegates-root',
      {
        hosts: [names.host],
        gateways: [GATEWAY],
        http: [{ match: [{ uri: { prefix: '/' } }], delegate: { name: names.service, namespace } }],
      },
      'edge',
    ),
    routes(names.service, { http: [{ name: 'all', ...to(names, 'v1') }] }),
  ],
};

/** Inside and outside, each with two routes, the outer ones in another namespace. */
export const SEVERAL: StagePlan = {
  objects: (names) => [
    routes(names.service, {
      hosts: [names.service],
      http: [
        { name: 'gold', match: [{ headers: { tier: { exact: 'gold' } } }], ...to(names, 'v1', { timeout: '4s' }) },
        { name: 'rest', ...to(names, 'v1', { retries: { attempts: 1, retryOn: 'connect-failure' } }) },
      ],
    }),
    routes(
      'several-outside',
      {
        hosts: [names.host],
        gateways: [GATEWAY],
        http: [
          { name: 'api', match: [{ uri: { prefix: '/api/' } }], rewrite: { uri: '/' }, ...to(names, 'v1') },
          { name: 'web', ...to(names, 'v1') },
        ],
      },
      'edge',
    ),
  ],
};

/** Two ports of the gateway, each led to its own port of the Service. */
export const TWO_PORTS: StagePlan = {
  change: changing('Service', (object) => ({
    ...object,
    spec: {
      ...(object.spec as object),
      ports: [80, 9898].map((port) => ({ name: `http-${port}`, port, targetPort: 'http' })),
    },
  })),
  objects: (names) => {
    const on = (gatewayPort: number, number: number) => ({
      name: `on-${number}`,
      match: [{ port: gatewayPort }],
      timeout: '3s',
      route: [{ destination: { host: names.fqdn, subset: 'v1', port: { number } } }],
    });
    return [
      routes(names.service, {
        hosts: [names.host],
        gateways: [GATEWAY],
        http: [on(8000, 80), on(SECOND_PORT, 9898)],
      }),
    ];
  },
};

/** An older version beside the pair, with weight, subset and pods of its own. */
export const THIRD_VERSION: StagePlan = {
  change: changing('DestinationRule', (object) => {
    const rule = object.spec as DestinationRule['spec'];
    const legacy = {
      name: 'v0',
      labels: { version: 'v0' },
      trafficPolicy: { loadBalancer: { simple: 'RANDOM' as const } },
    };
    return { ...object, spec: { ...rule, subsets: [legacy, ...(rule.subsets ?? [])] } };
  }),
  objects: (names) => [
    thirdVersion(names.service),
    forAll(names, {
      timeout: '3s',
      route: [
        { destination: { host: names.fqdn, subset: 'v1' }, weight: 80 },
        { destination: { host: names.fqdn, subset: 'v0' }, weight: 20 },
      ],
    }),
  ],
};

/** No DestinationRule, and routes that name no subset. */
export const NOTHING_THERE: StagePlan = {
  change: changing('DestinationRule', () => undefined),
  objects: (names) => [forAll(names, to(names))],
};

/** No subset for the canary, which answers many requests with 500. */
export const NO_SUBSET_AND_BAD: StagePlan = {
  change: (object) => {
    if (object.kind === 'DestinationRule')
      return {
        ...object,
        spec: { ...(object.spec as object), subsets: [{ name: 'v1', labels: { version: 'v1' } }] },
      };
    return canaryWith({ env: environment({ ERROR_RATE: '40%' }) })(object);
  },
  objects: (names) => [forAll(names, to(names, 'v1'))],
};

/** Which of the two speaks is a matter of their age. */
export const TWO_FOR_ONE_HOST: StagePlan = {
  objects: (names) => [
    forAll(names, to(names, 'v1')),
    routes('rivals-too', { hosts: [names.host], gateways: [GATEWAY], http: [to(names, 'v1')] }, 'edge'),
  ],
};

/** A canary whose image nobody has. */
export const NO_IMAGE: StagePlan = { ...PLAIN, change: canaryWith({ image: 'registry.example.com/missing:1' }) };

/** Callers inside have no routes. */
export const GATEWAYS_ONLY: StagePlan = {
  canary: 1,
  objects: (names) => [routes(names.service, { hosts: [names.host], gateways: [GATEWAY], http: [to(names, 'v1')] })],
};

/** Another name for the pods of both versions. */
export const SECOND_SERVICE: StagePlan = {
  canary: 1,
  objects: (names) => [forAll(names, to(names, 'v1')), serviceFor(names.service, 'second-service-all')],
};

/** The canary has pods before its release. */
export const RUNNING: StagePlan = { ...PLAIN, canary: 1 };
