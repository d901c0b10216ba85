import { describe, expect, it } from 'vitest';
import { checkoutObjects } from '../../test/support/checkout-objects.ts';
import { virtualService } from '../../test/support/routes.ts';
import type { VirtualService } from '../api/istio.ts';
import type { Deployment, Service } from '../api/kubernetes.ts';
import type { KubeObject } from '../api/object.ts';
import { type IsolationInput, waysPast } from './isolation.ts';

const find = (kind: string, name: string) =>
  checkoutObjects().find((object) => object.kind === kind && object.metadata.name === name) as KubeObject;
const service = find('Service', 'checkout-service') as unknown as Service;
const canary = find('Deployment', 'checkout-service-v2') as unknown as Deployment;
const stable = find('Deployment', 'checkout-service-v1') as unknown as Deployment;
const V1 = { destination: { host: 'checkout-service.prod.svc.cluster.local', subset: 'v1' } };

const routes = (spec: object, name = 'checkout-service', namespace = 'prod'): VirtualService =>
  virtualService({ hosts: ['checkout-service'], http: [{ route: [V1] }], ...spec }, name, namespace);

const ways = (changes: Partial<IsolationInput> = {}) =>
  waysPast({
    service,
    services: [service],
    virtualServices: [routes({})],
    canary,
    stable,
    deployments: [stable, canary],
    namespaces: [],
    ...changes,
  });
const told = (changes: Partial<IsolationInput>) => ways(changes).map(({ kind, path, text }) => [kind, path, text]);

const withPort = (port: object): Service => ({ ...service, spec: { ...service.spec, ports: [{ port: 80, ...port }] } });
const workload = (name: string, metadata: object): Deployment => ({
  ...stable,
  metadata: { ...stable.metadata, name },
  spec: { ...stable.spec, template: { ...stable.spec.template, metadata } },
});

describe('ways past the routes', () => {
  it('are none where a VirtualService of the mesh names stable for every caller of the Service', () => {
    expect(ways()).toEqual([]);
    expect(ways({ virtualServices: [routes({ gateways: ['ingress/gw', 'mesh'] })] })).toEqual([]);
  });

  it('are callers inside the mesh where the VirtualService binds gateways only', () => {
    expect(told({ virtualServices: [routes({ gateways: ['ingress/gw'] })] })).toEqual([
      [
        'noRoutes',
        'spec.gateways',
        'Service checkout-service selects the pods of both versions and the VirtualService checkout-service binds gateways only: callers inside the mesh reach checkout-service-v2 by the Service',
      ],
    ]);
  });

  it('are callers inside the mesh where the VirtualService is for other hosts only', () => {
    expect(
      told({ virtualServices: [routes({ hosts: ['shop.example.com'], gateways: ['ingress/gw', 'mesh'] })] }),
    ).toEqual([
      [
        'noRoutes',
        'spec.hosts',
        "Service checkout-service selects the pods of both versions and the VirtualService checkout-service is for other hosts than the Service's: callers inside the mesh reach checkout-service-v2 by the Service",
      ],
    ]);
    const both = [routes({ gateways: ['ingress/gw'], hosts: ['shop.example.com'] }, 'outer'), routes({})];
    expect(ways({ virtualServices: both })).toEqual([]);
  });

  it('are callers of other namespaces where the VirtualService is exported to its own', () => {
    expect(told({ virtualServices: [routes({ exportTo: ['.'] })] })).toEqual([
      [
        'exportTo',
        'spec.exportTo',
        'Service checkout-service selects the pods of both versions and VirtualService checkout-service is exported to . only: callers inside the mesh reach checkout-service-v2 by the Service from other namespaces',
      ],
    ]);
  });

  it('are routes of any VirtualService without a subset, or to the canary’s by name; those of Serin are none', () => {
    const other = routes(
      {
        hosts: ['debug'],
        http: [
          { name: 'serin-preview-a', route: [{ destination: { ...V1.destination, subset: 'v2' } }] },
          { route: [{ destination: { ...V1.destination, subset: 'v2' } }] },
          { route: [V1, { ...V1, destination: { host: V1.destination.host }, weight: 0 }] },
          { route: [{ destination: { host: 'checkout-service.prod' } }] },
        ],
      },
      'debug',
      'tools',
    );
    expect(told({ virtualServices: [routes({}), other], subset: 'v2' })).toEqual([
      [
        'namesCanary',
        'spec.http[1].route[0].destination',
        'VirtualService debug spec.http[1] leads to subset v2 of checkout-service by name',
      ],
      [
        'open',
        'spec.http[3].route[0].destination',
        'VirtualService debug spec.http[3] leads to checkout-service without a subset, and so to every ready pod of both versions, checkout-service-v2 among them',
      ],
    ]);
  });

  it('are other Services that select the canary, and a Service open to the outside', () => {
    const second = { ...service, metadata: { ...service.metadata, name: 'everything' } };
    const elsewhere = { ...service, metadata: { name: 'elsewhere', namespace: 'shop' } };
    expect(told({ services: [service, second, elsewhere] })).toEqual([
      [
        'otherService',
        'spec.selector',
        'Service everything selects the pods of checkout-service-v2 too: whoever calls that one reaches them past the routes of checkout-service',
      ],
    ]);
    const balanced = { ...service, spec: { ...service.spec, type: 'LoadBalancer' } } as Service;
    expect(ways({ service: balanced }).map(({ kind }) => kind)).toEqual(['exposedService']);
  });

  it.each([
    [{ name: 'tcp-api' }, 'tcp'],
    [{ name: 'http', appProtocol: 'tls' }, 'tls'],
  ])('are ports that Istio does not read as HTTP: %j', (port, protocol) => {
    expect(ways({ service: withPort(port) }).map(({ kind, found }) => [kind, found])).toEqual([['notHttp', protocol]]);
  });

  it.each([[{ name: 'http-api' }], [{ name: 'grpc' }], [{}], [{ name: 'tcp-api', appProtocol: 'http2' }]])(
    'are not ports that it reads as HTTP, or finds out about: %j',
    (port) => {
      expect(ways({ service: withPort(port) })).toEqual([]);
    },
  );

  it('are workloads and namespaces without a proxy, if they call', () => {
    const deployments = [
      stable,
      canary,
      workload('cron', { annotations: { 'sidecar.istio.io/inject': 'false' } }),
      workload('web', { labels: { app: 'web' } }),
    ];
    const disabled = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'batch', labels: { 'istio-injection': 'disabled' } },
    };
    expect(told({ deployments, namespaces: [disabled] })).toEqual([
      [
        'noProxy',
        'spec.template.metadata',
        'Deployment cron has no proxy (sidecar.istio.io/inject: false): if it calls checkout-service, it reaches checkout-service-v2 too',
      ],
      [
        'noProxy',
        'metadata.labels',
        'pods of namespace batch have no proxy (istio-injection: disabled): if one calls checkout-service, it reaches checkout-service-v2 too',
      ],
    ]);
  });
});
