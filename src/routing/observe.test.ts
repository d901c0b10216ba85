import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objects, pairs, targets } from '../../test/support/route-arbitrary.ts';
import { accepted, must, routes } from '../../test/support/routes.ts';
import { NONE, share } from '../lib/share.ts';
import { accept } from './accept.ts';
import { deviationsFrom, observe } from './observe.ts';
import { render } from './render.ts';
import type { RouteObjects, RouteTarget } from './target.ts';

const plain = routes(`
- match: [{ uri: { prefix: /pay } }]
  route: [{ destination: { host: checkout, subset: v1 } }]
- route: [{ destination: { host: checkout, subset: v1 } }]
`);
const identity = accepted(plain);
const rendered = (target: RouteTarget): RouteObjects => must(render(plain, identity, target));
const replaced = (standing: RouteObjects, from: string, to: string): RouteObjects =>
  JSON.parse(JSON.stringify(standing).replace(from, to));

describe('observing', () => {
  it.each<[string, RouteTarget]>([
    ['nothing', { canary: NONE, pool: false }],
    ['the pool', { canary: NONE, pool: true }],
    ['live weight', { canary: share(1000), pool: false }],
    ['everything on the canary', { canary: share(1_000_000), pool: false }],
    ['a mirror in place', { canary: NONE, mirror: { share: share(125_000), methods: 'all' }, pool: true }],
    ['a mirror of some methods', { canary: NONE, mirror: { share: share(1), methods: ['GET', 'HEAD'] }, pool: true }],
    [
      'a preview',
      { canary: NONE, preview: [{ headers: { x: { exact: 'y' } } }, { sourceLabels: { a: 'b' } }], pool: false },
    ],
  ])('reads %s back from the routes', (_what, target) => {
    expect(observe(rendered(target), identity)).toEqual({ kind: 'asks', target });
  });

  it('finds a target that renders to the very same objects, whatever was rendered', () => {
    const releases = pairs.chain((pair) => fc.tuple(fc.constant(pair), objects, targets(pair.total)));
    fc.assert(
      fc.property(releases, ([pair, x, target]) => {
        const result = accept(x, pair);
        if (!result.ok) return;
        const standing = render(x, result.value, target);
        // What a preview's clones say of it cannot always be told apart from the routes' own conditions.
        if (!standing.ok || target.preview !== undefined) return;
        const observation = observe(standing.value, result.value);
        expect(observation.kind).toBe('asks');
        if (observation.kind === 'asks') expect(observation.target.canary).toBe(target.canary);
      }),
      { numRuns: 200 },
    );
  });

  it('says where the objects are not as the nearest target asks', () => {
    const target: RouteTarget = { canary: share(100_000), pool: false };
    const meddled = replaced(rendered(target), '"weight":100', '"weight":300');
    const observation = observe(meddled, identity);
    expect(observation.kind).toBe('deviates');
    expect(deviationsFrom(meddled, identity, target)).toEqual([
      {
        object: 'VirtualService/prod/checkout',
        path: 'spec.http[0].route[1].weight',
        found: '300',
        expected: '100',
      },
    ]);
  });

  it('sees a missing clone, a route more, and a changed pool', () => {
    const mirror: RouteTarget = { canary: NONE, mirror: { share: share(1), methods: ['GET'] }, pool: true };
    const standing = rendered(mirror);
    const [service] = standing.virtualServices;
    const cut = { ...service!, spec: { ...service!.spec, http: service!.spec.http!.slice(1) } };
    expect(deviationsFrom({ ...standing, virtualServices: [cut] }, identity, mirror)[0]?.path).toBe('spec.http');
    const raised = replaced(standing, '"maxConnections":50', '"maxConnections":5000');
    expect(deviationsFrom(raised, identity, mirror).map(({ path, found }) => [path, found])).toEqual([
      ['spec.subsets[2].trafficPolicy.connectionPool.tcp.maxConnections', '5000'],
    ]);
    expect(observe(raised, identity).kind).toBe('deviates');
  });

  it('names what cannot be rendered any more', () => {
    const opened = routes('[{ route: [{ destination: { host: checkout } }] }]');
    expect(deviationsFrom(opened, identity, { canary: share(1000), pool: false })).toEqual([
      {
        object: 'VirtualService/prod/checkout',
        path: 'spec.http[0].route[0].destination',
        found: 'host checkout without a subset',
        expected: 'subset: v1',
      },
    ]);
  });
});
