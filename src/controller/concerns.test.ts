import { describe, expect, it } from 'vitest';
import { checkoutObjects } from '../../test/support/checkout-objects.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import type { KubeObject } from '../api/object.ts';
import type { Change } from '../objects/view.ts';
import { createConcerns, matters, noting } from './concerns.ts';

const object = (kind: string, name: string, more: object = {}, namespace = 'prod'): KubeObject =>
  ({ apiVersion: 'v1', kind, metadata: { name, namespace, ...more } }) as KubeObject;
const added = (one: KubeObject): Change => ({ type: 'added', object: one });

async function looking() {
  const sim = new SimCluster();
  await sim.create(checkoutObjects());
  const noted = noting(sim.objects);
  await noted.objects.get({ kind: 'VirtualService', namespace: 'prod', name: 'checkout-service' });
  await noted.objects.get({ kind: 'ConfigMap', namespace: 'prod', name: 'not-there-yet' });
  await noted.objects.get({ kind: 'Deployment', namespace: 'prod', name: 'checkout-service-v2' });
  await noted.objects.list('Pod', 'prod');
  await noted.objects.list('Approval', 'prod');
  await noted.objects.list('VirtualService');
  const concerns = createConcerns();
  concerns.looked('a', noted.looks());
  const of = (change: Change) => {
    const { closely, loosely } = concerns.of(change);
    return [[...closely], [...loosely]];
  };
  return { concerns, of };
}

describe('what a change concerns', () => {
  it('is whoever has looked at the object, also in vain', async () => {
    const { of } = await looking();
    expect(of(added(object('VirtualService', 'checkout-service')))).toEqual([['a'], []]);
    expect(of(added(object('ConfigMap', 'not-there-yet')))).toEqual([['a'], []]);
    expect(of(added(object('ConfigMap', 'another')))).toEqual([[], []]);
    expect(of(added(object('VirtualService', 'checkout-service', {}, 'test')))).toEqual([[], ['a']]);
  });

  it('is of pods only whose pods they are, or were', async () => {
    const { of } = await looking();
    const own = object('Pod', 'x', { labels: { app: 'checkout-service', version: 'v2' } });
    const other = object('Pod', 'x', { labels: { app: 'checkout-service', version: 'v3' } });
    expect(of(added(own))).toEqual([['a'], []]);
    expect(of(added(other))).toEqual([[], []]);
    expect(of({ type: 'modified', object: other, previous: own })).toEqual([['a'], []]);
  });

  it("is closely of people's orders, which are found by listing", async () => {
    const { of } = await looking();
    expect(of(added(object('Approval', 'x')))).toEqual([['a'], []]);
  });

  it('is nobody any more who has been forgotten, or looks at other things now', async () => {
    const { concerns, of } = await looking();
    const route = added(object('VirtualService', 'checkout-service'));
    concerns.looked('b', {
      objects: ['VirtualService/prod/checkout-service'],
      lists: [],
      selectors: [],
    });
    expect(of(route)).toEqual([['a', 'b'], []]);
    concerns.looked('a', { objects: [], lists: [], selectors: [] });
    expect(of(route)).toEqual([['b'], []]);
    concerns.forget('b');
    expect(of(route)).toEqual([[], []]);
  });
});

describe('whether a change matters', () => {
  const modified = (kind: string, before: object, after: object): Change => ({
    type: 'modified',
    previous: object(kind, 'x', before),
    object: object(kind, 'x', after),
  });

  it('is not so for a status that a turn itself has written, nor one that it never reads', () => {
    const own = { generation: 1, resourceVersion: '1' };
    for (const kind of ['Release', 'VirtualService', 'DestinationRule'])
      expect(matters(modified(kind, own, { ...own, resourceVersion: '2' }))).toBe(false);
    expect(matters(modified('Pod', own, { ...own, resourceVersion: '2' }))).toBe(true);
  });

  it('is so for a new spec, an end, a beginning', () => {
    expect(matters(modified('Release', { generation: 1 }, { generation: 2 }))).toBe(true);
    expect(matters(modified('Release', {}, { deletionTimestamp: 'now' }))).toBe(true);
    expect(matters(modified('Release', { uid: '1' }, { uid: '2' }))).toBe(true);
    expect(matters(added(object('Release', 'x')))).toBe(true);
  });
});
