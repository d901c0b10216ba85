// Clones held against the matcher: a request takes the clone of the very route it took before, and only when it should.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocks, objects, pairs, requests, targets } from '../../test/support/route-arbitrary.ts';
import { must } from '../../test/support/routes.ts';
import { NONE, share } from '../lib/share.ts';
import { accept } from './accept.ts';
import { compileBlock, type RequestFacts } from './conditions.ts';
import { routesOf } from './delegate.ts';
import { compileRoutes, type MatchedRoute, matchRequest } from './match.ts';
import { isOwn, mirrorsOf, reaches, roleOf, type View } from './pair.ts';
import { render } from './render.ts';
import type { RouteObjects, RoutePair, RouteTarget } from './target.ts';

/** Where a request goes when it calls the hosts of the first VirtualService, and of the delegating root if there is one. */
function taken(standing: RouteObjects, request: RequestFacts): (MatchedRoute | undefined)[] {
  return standing.virtualServices
    .filter(({ spec }) => (spec.hosts ?? []).length > 0)
    .map((service) => matchRequest(must(compileRoutes(service, standing.virtualServices)), request));
}

/** Which of the user's own routes it is, or was cloned from: a VirtualService and a position among its own routes. */
function ofUser(standing: RouteObjects, matched: MatchedRoute): string {
  const { name, namespace } = matched.virtualService;
  const service = standing.virtualServices.find(
    ({ metadata }) => metadata.name === name && metadata.namespace === namespace,
  )!;
  const before = routesOf(service)
    .slice(0, matched.index)
    .filter((route) => !isOwn(route)).length;
  return `${namespace}/${name} ${before}`;
}

const cloned = (standing: RouteObjects, { virtualService: { name }, index }: MatchedRoute): string | undefined => {
  const route = routesOf(standing.virtualServices.find(({ metadata }) => metadata.name === name)!)[index]!;
  return isOwn(route) ? route.name : undefined;
};

/** Each request's way before and after, where the target can be rendered. */
function compare(
  pair: RoutePair,
  x: RouteObjects,
  target: RouteTarget,
  list: readonly RequestFacts[],
  judge: (before: MatchedRoute, after: MatchedRoute, rendered: RouteObjects, request: RequestFacts) => void,
): void {
  const rendered = render(x, must(accept(x, pair)), target);
  if (!rendered.ok) return;
  for (const request of list) {
    const after = taken(rendered.value, request);
    for (const [index, before] of taken(x, request).entries()) {
      const now = after[index];
      expect(now === undefined).toBe(before === undefined);
      if (before === undefined || now === undefined) continue;
      expect(ofUser(rendered.value, now)).toBe(ofUser(x, before));
      judge(before, now, rendered.value, request);
    }
  }
}

const viewOf = (pair: RoutePair, { virtualService: { namespace } }: MatchedRoute): View => ({ pair, namespace });
const lists = fc.array(requests, { minLength: 15, maxLength: 15 });

describe('where requests go', () => {
  it('a copy of every request with a mirrored method goes to the canary, of no other one', () => {
    const methods = fc.subarray(['GET', 'POST', 'a'], { minLength: 1 });
    fc.assert(
      fc.property(pairs, objects, methods, lists, (pair, x, wanted, list) => {
        const target: RouteTarget = { canary: NONE, mirror: { share: share(1000), methods: wanted }, pool: false };
        compare(pair, x, target, list, (before, after, _rendered, request) => {
          const view = viewOf(pair, before);
          const copied = mirrorsOf(after.route).filter(
            ({ destination }) => roleOf(destination, view) === 'canary',
          ).length;
          const leads = reaches(before.route, view, 'stable');
          expect(copied).toBe(leads && wanted.includes(request.method) ? 1 : 0);
          // The copies the user makes are the same as before, in number and in percentage.
          expect(mirrorsOf(after.route).length - copied).toBe(mirrorsOf(before.route).length);
          expect(after.route.route).toEqual(before.route.route);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('a copy of every request goes to the canary where all methods are mirrored', () => {
    fc.assert(
      fc.property(pairs, objects, lists, (pair, x, list) => {
        const target: RouteTarget = { canary: NONE, mirror: { share: share(1000), methods: 'all' }, pool: false };
        compare(pair, x, target, list, (before, after) => {
          const view = viewOf(pair, before);
          const others = mirrorsOf(after.route).filter(({ destination }) => roleOf(destination, view) !== 'canary');
          expect(others).toEqual(mirrorsOf(before.route));
          expect(mirrorsOf(after.route).length - others.length).toBe(reaches(before.route, view, 'stable') ? 1 : 0);
        });
      }),
      { numRuns: 150 },
    );
  });

  it('preview callers reach the canary instead of stable, and nobody else does', () => {
    fc.assert(
      fc.property(pairs, objects, fc.array(blocks, { minLength: 1, maxLength: 2 }), lists, (pair, x, preview, list) => {
        const callers = preview.filter(({ gateways = [] }) => gateways.length === 0 || gateways.includes('mesh'));
        compare(pair, x, { canary: NONE, preview, pool: false }, list, (before, after, rendered, request) => {
          const view = viewOf(pair, before);
          const wanted =
            reaches(before.route, view, 'stable') && callers.some((block) => compileBlock(block).holds(request));
          expect(cloned(rendered, after)?.startsWith('serin-preview-') ?? false).toBe(wanted);
          expect(reaches(after.route, view, 'canary')).toBe(wanted);
          expect(reaches(after.route, view, 'stable')).toBe(reaches(before.route, view, 'stable') && !wanted);
        });
      }),
      { numRuns: 200 },
    );
  });

  it('every request keeps its route under every target', () => {
    const releases = pairs.chain((pair) => fc.tuple(fc.constant(pair), objects, targets(pair.total)));
    fc.assert(
      fc.property(releases, lists, ([pair, x, target], list) => {
        compare(pair, x, target, list, (before, after) => {
          expect([after.route.timeout, after.route.retries, after.route.rewrite]).toEqual([
            before.route.timeout,
            before.route.retries,
            before.route.rewrite,
          ]);
        });
      }),
      { numRuns: 200 },
    );
  });
});
