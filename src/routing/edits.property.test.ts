// What users do to their routes while a release runs survives: render and strip work on the objects as they stand.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { incomplete, objects, pairs, targets } from '../../test/support/route-arbitrary.ts';
import { must, specs } from '../../test/support/routes.ts';
import type { HTTPRoute } from '../api/istio.ts';
import { NONE } from '../lib/share.ts';
import { accept } from './accept.ts';
import { routesOf } from './delegate.ts';
import { isOwn } from './pair.ts';
import { renderPromoted } from './promote.ts';
import { render } from './render.ts';
import { strip, withRoutes } from './strip.ts';
import type { RouteObjects, RouteTarget } from './target.ts';

/** The end of a roll back. */
const NOTHING: RouteTarget = { canary: NONE, pool: false, stage: 'restored' };

/** A change of one route in fields that are not Serin's; `at` counts the user's own routes of the first VirtualService. */
interface Edit {
  readonly at: number;
  readonly change: (route: HTTPRoute) => HTTPRoute;
}

const changes: fc.Arbitrary<(route: HTTPRoute) => HTTPRoute> = fc.constantFrom<((route: HTTPRoute) => HTTPRoute)[]>(
  (route) => ({ ...route, timeout: '7s' }),
  (route) => ({ ...route, retries: { attempts: 7 } }),
  (route) => ({ ...route, name: 'renamed' }),
  (route) => ({ ...route, match: [...(route.match ?? []), { uri: { exact: '/seven' } }] }),
  (route) => ({ ...route, headers: { request: { set: { 'x-seven': '7' } } } }),
  ({ retries: _, timeout: _none, ...route }) => route,
);
const edits: fc.Arbitrary<Edit> = fc.record({ at: fc.nat(5), change: changes });

const edited = (standing: RouteObjects, { at, change }: Edit): RouteObjects =>
  onFirst(standing, (list) => {
    const own = list.filter((route) => !isOwn(route));
    const chosen = own[at % own.length];
    return list.map((route) => (route === chosen ? change(route) : route));
  });

const onFirst = (
  standing: RouteObjects,
  change: (list: readonly HTTPRoute[]) => readonly HTTPRoute[],
): RouteObjects => ({
  ...standing,
  virtualServices: standing.virtualServices.map((service, index) =>
    index === 0 ? withRoutes(service, change(routesOf(service))) : service,
  ),
});

const releases = fc.tuple(pairs, objects).chain(([whole, complete]) =>
  fc
    .tuple(incomplete(whole, complete), targets(whole.total), targets(whole.total))
    .map(([{ pair, x }, one, two]) => ({ x, one, two, result: accept(x, pair) }))
    .filter(({ result }) => result.ok)
    .map(({ result, ...rest }) => ({ ...rest, identity: must(result) })),
);

describe('edits while a release runs', () => {
  it('of a field that is not ours survive, and the form of every route comes back', () => {
    fc.assert(
      fc.property(releases, edits, ({ x, one, two, identity }, edit) => {
        const first = render(x, identity, one);
        if (!first.ok) return;
        const touched = edited(first.value, edit);
        const wanted = edited(x, edit);
        expect(strip(touched, identity)).toEqual(wanted);
        const second = render(touched, identity, two);
        if (second.ok) {
          expect(strip(second.value, identity)).toEqual(wanted);
          expect(second.value).toEqual(must(render(wanted, identity, two)));
        }
        expect(specs(must(render(touched, identity, NOTHING)))).toEqual(specs(wanted));
        expect(must(renderPromoted(touched, identity))).toEqual(must(renderPromoted(wanted, identity)));
      }),
      { numRuns: 200 },
    );
  });

  const additions = fc.constantFrom<HTTPRoute[]>(
    { match: [{ uri: { prefix: '/added' } }], route: [{ destination: { host: 'checkout', subset: 'v1' } }] },
    {
      match: [{ uri: { prefix: '/added' } }],
      route: [{ destination: { host: 'checkout', subset: 'v1' }, weight: 100 }],
    },
    {
      name: 'added',
      match: [{ headers: { 'x-added': {} } }],
      route: [
        { destination: { host: 'checkout', subset: 'v1' }, weight: 3 },
        { destination: { host: 'legacy' }, weight: 2 },
      ],
    },
    { match: [{ uri: { prefix: '/else' } }], route: [{ destination: { host: 'legacy' } }] },
  );

  it('that add a route survive, and the new route takes its part in the release', () => {
    fc.assert(
      fc.property(releases, additions, fc.nat(5), ({ x, one, two, identity }, added, at) => {
        const first = render(x, identity, one);
        if (!first.ok) return;
        const wanted = onFirst(x, (list) => [...list.slice(0, at), added, ...list.slice(at)]);
        const touched = onFirst(first.value, (list) => {
          const own = list.filter((route) => !isOwn(route));
          const place = own[at] === undefined ? list.length : list.indexOf(own[at]);
          return [...list.slice(0, place), added, ...list.slice(place)];
        });
        expect(strip(touched, identity)).toEqual(wanted);
        const second = render(touched, identity, two);
        if (second.ok) expect(strip(second.value, identity)).toEqual(wanted);
      }),
      { numRuns: 200 },
    );
  });

  it('that remove a named route, or move it, leave every other route in its form', () => {
    const distinct = pairs.chain((pair) =>
      fc
        .tuple(objects, targets(pair.total))
        .map(([drawn, one]) => {
          const x = onFirst(drawn, (list) => list.map((route, index) => ({ ...route, name: `route-${index}` })));
          return { x, one, result: accept(x, pair) };
        })
        .filter(({ result }) => result.ok)
        .map(({ result, ...rest }) => ({ ...rest, identity: must(result) })),
    );
    fc.assert(
      fc.property(distinct, fc.nat(5), fc.boolean(), ({ x, one, identity }, at, move) => {
        const first = render(x, identity, one);
        if (!first.ok) return;
        const shuffled = (list: readonly HTTPRoute[]): readonly HTTPRoute[] => {
          const own = list.filter((route) => !isOwn(route));
          const chosen = own[at % own.length]!;
          const rest = list.filter((route) => route !== chosen);
          return move ? [chosen, ...rest] : rest;
        };
        expect(strip(onFirst(first.value, shuffled), identity)).toEqual(onFirst(x, shuffled));
      }),
      { numRuns: 100 },
    );
  });
});
