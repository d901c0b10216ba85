import { describe, expect, it } from 'vitest';
import { virtualService } from '../../test/support/routes.ts';
import type { VirtualService } from '../api/istio.ts';
import { rivals } from './rivals.ts';

const NAMED = { service: 'checkout', namespace: 'prod' };
const V1 = { host: 'checkout.prod.svc.cluster.local', subset: 'v1' };

interface Made {
  readonly name: string;
  readonly namespace?: string;
  readonly hosts?: readonly string[];
  readonly gateways?: readonly string[];
  readonly exportTo?: readonly string[];
  /** Prefix of the one route; none is a catch-all. */
  readonly prefix?: string;
  readonly to?: object;
}

const made = ({ name, namespace, hosts = ['checkout'], gateways, exportTo, prefix, to = V1 }: Made): VirtualService =>
  virtualService(
    {
      hosts,
      ...(gateways && { gateways }),
      ...(exportTo && { exportTo }),
      http: [{ ...(prefix && { match: [{ uri: { prefix } }] }), route: [{ destination: to }] }],
    },
    name,
    namespace,
  );

const told = (...all: Made[]) => rivals(all.map(made), NAMED).map(({ message }) => message);

describe('two VirtualServices for one host', () => {
  it('in the mesh are told of with both names, whatever they match: Istio drops one of them', () => {
    expect(told({ name: 'one', prefix: '/a' }, { name: 'two', prefix: '/b' })).toEqual([
      'two VirtualServices are for host checkout in the mesh, and Istio lets the older one speak and drops the other: ' +
        'VirtualService/prod/one and VirtualService/prod/two',
    ]);
  });

  it('are so although only one of them leads to the service', () => {
    expect(told({ name: 'one' }, { name: 'two', to: { host: 'legacy' } })).toHaveLength(1);
  });

  it.each(['checkout', 'checkout.prod', 'checkout.prod.svc.cluster.local'])(
    'are known by any spelling of it: %s',
    (host) => {
      expect(told({ name: 'one' }, { name: 'two', hosts: [host] })).toHaveLength(1);
    },
  );

  it('are none of each other’s business in other namespaces by a short name, or for other hosts', () => {
    expect(told({ name: 'one' }, { name: 'two', namespace: 'shop' })).toEqual([]);
    expect(told({ name: 'one' }, { name: 'two', hosts: ['cart'], to: { host: 'cart' } })).toEqual([]);
  });

  it('are none either for other gateways, or for the mesh and a gateway', () => {
    expect(told({ name: 'one' }, { name: 'two', gateways: ['ingress/gw'] })).toEqual([]);
    expect(told({ name: 'one', gateways: ['gw'] }, { name: 'two', gateways: ['ingress/gw'] })).toEqual([]);
  });

  it('are none where they speak to other audiences: the nearer one goes first', () => {
    expect(told({ name: 'one', exportTo: ['.'] }, { name: 'two' })).toEqual([]);
    expect(told({ name: 'one', exportTo: ['shop'] }, { name: 'two', exportTo: ['web', 'shop'] })).toHaveLength(1);
  });

  it('on one gateway are told of when they may meet the same request', () => {
    const hosts = ['shop.example.com'];
    expect(told({ name: 'one', hosts, gateways: ['prod/gw'] }, { name: 'two', hosts, gateways: ['gw'] })).toEqual([
      'two VirtualServices are for host shop.example.com on gateway prod/gw, and Istio takes their routes in the order ' +
        'of their age: VirtualService/prod/one and VirtualService/prod/two',
    ]);
    const gateways = ['ingress/gw'];
    const nested = told(
      { name: 'one', hosts, gateways, prefix: '/pay' },
      { name: 'two', hosts, gateways, prefix: '/pay/card' },
    );
    expect(nested).toHaveLength(1);
  });

  it('on one gateway are Istio’s own way to share a host where no request meets both', () => {
    const shared = { hosts: ['shop.example.com'], gateways: ['ingress/gw'] };
    expect(
      told(
        { ...shared, name: 'one', prefix: '/pay' },
        { ...shared, name: 'two', prefix: '/cart', to: { host: 'cart' } },
      ),
    ).toEqual([]);
    // A route for everything goes last, however old it is.
    expect(told({ ...shared, name: 'one', prefix: '/pay' }, { ...shared, name: 'two', to: { host: 'web' } })).toEqual(
      [],
    );
  });

  it('on a gateway that does not see one of them are none', () => {
    const shared = { hosts: ['shop.example.com'], gateways: ['ingress/gw'] };
    expect(told({ ...shared, name: 'one' }, { ...shared, name: 'two', exportTo: ['.'] })).toEqual([]);
  });

  it('count as what their delegates do', () => {
    const root = (name: string) =>
      virtualService({ hosts: ['shop'], http: [{ delegate: { name: 'pay', namespace: 'prod' } }] }, name, 'shop');
    const pay = virtualService({ http: [{ route: [{ destination: V1 }] }] }, 'pay');
    expect(rivals([root('one'), pay], NAMED)).toEqual([]);
    expect(rivals([root('one'), root('two'), pay], NAMED)).toHaveLength(1);
  });
});
