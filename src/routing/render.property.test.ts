// The properties of design.md §6 over VirtualServices as people write them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objects, pairs, targets } from '../../test/support/route-arbitrary.ts';
import { http, must, specs } from '../../test/support/routes.ts';
import type { HTTPRoute, VirtualService } from '../api/istio.ts';
import { NONE } from '../lib/share.ts';
import { accept } from './accept.ts';
import { namespaceOf, routesOf } from './delegate.ts';
import { destinationsOf, isOwn, mirrorsOf, roleOf, rolesOf, type View, weightOf } from './pair.ts';
import { renderPromoted } from './promote.ts';
import { render } from './render.ts';
import { strip } from './strip.ts';
import type { RouteIdentity, RouteObjects, RoutePair, RouteTarget } from './target.ts';

const NOTHING: RouteTarget = { canary: NONE, pool: false };

/** Objects that are accepted, with their identity and some targets of the release. */
const releases = pairs.chain((pair) =>
  fc
    .tuple(objects, fc.array(targets(pair.total), { minLength: 1, maxLength: 4 }))
    .map(([x, chain]) => ({ pair, x, chain, result: accept(x, pair) }))
    .filter(({ result }) => result.ok)
    .map(({ pair, x, chain, result }) => ({ pair, x, chain, identity: must(result) })),
);

/** Renders what can be rendered; a target these objects cannot express is refused and leaves them alone. */
const onward = (standing: RouteObjects, identity: RouteIdentity, target: RouteTarget): RouteObjects => {
  const rendered = render(standing, identity, target);
  return rendered.ok ? rendered.value : standing;
};

const check = (
  run: (release: { x: RouteObjects; identity: RouteIdentity; chain: RouteTarget[]; pair: RoutePair }) => void,
) => fc.assert(fc.property(releases, run), { numRuns: 150 });

const userRoutes = (from: RouteObjects): { route: HTTPRoute; service: VirtualService }[] =>
  from.virtualServices.flatMap((service) =>
    routesOf(service)
      .filter((route) => !isOwn(route))
      .map((route) => ({ route, service })),
  );

describe('rendering a target', () => {
  it('is undone by strip, whatever was rendered before', () => {
    check(({ x, identity, chain }) => {
      let standing = x;
      for (const target of chain) {
        standing = onward(standing, identity, target);
        expect(strip(standing, identity)).toEqual(strip(x, identity));
      }
      expect(strip(x, identity)).toEqual(x);
    });
  });

  it('twice is rendering once', () => {
    check(({ x, identity, chain }) => {
      for (const target of chain) {
        const once = onward(x, identity, target);
        expect(onward(once, identity, target)).toEqual(once);
      }
    });
  });

  it('depends on the target alone, not on the targets before it', () => {
    check(({ x, identity, chain }) => {
      let standing = x;
      for (const target of chain) {
        standing = onward(standing, identity, target);
        const fresh = render(x, identity, target);
        if (fresh.ok) expect(standing).toEqual(fresh.value);
      }
    });
  });

  it('of nothing gives the specs of the user back', () => {
    check(({ x, identity, chain }) => {
      const standing = chain.reduce((before, target) => onward(before, identity, target), x);
      expect(specs(must(render(standing, identity, NOTHING)))).toEqual(specs(x));
    });
  });

  it('leaves metadata and the other objects of a VirtualService alone', () => {
    check(({ x, identity, chain }) => {
      const after = onward(x, identity, chain[0]!);
      expect(after.virtualServices.map(({ metadata }) => metadata)).toEqual(
        x.virtualServices.map(({ metadata }) => metadata),
      );
      expect(userRoutes(after).length).toBe(userRoutes(x).length);
    });
  });

  it('survives the record: identities are plain JSON', () => {
    check(({ x, identity, chain }) => {
      const kept: RouteIdentity = JSON.parse(JSON.stringify(identity));
      const standing = onward(x, kept, chain[0]!);
      expect(standing).toEqual(onward(x, identity, chain[0]!));
      expect(strip(standing, kept)).toEqual(x);
    });
  });
});

describe('weights', () => {
  it('give the canary exactly its share of the pair on every route that leads there, and the pair exactly its part', () => {
    check(({ x, identity, chain, pair }) => {
      for (const target of chain) {
        const rendered = render(x, identity, target);
        if (!rendered.ok) continue;
        const before = userRoutes(x);
        for (const [index, { route, service }] of userRoutes(rendered.value).entries()) {
          const view: View = { pair, namespace: namespaceOf(service) };
          const was = sums(before[index]!.route, view);
          const now = sums(route, view);
          if (was.stable === 0n) continue;
          expect(now.canary * 1_000_000n).toBe((now.canary + now.stable) * BigInt(target.canary));
          expect((now.stable + now.canary) * was.others).toBe(was.stable * now.others);
        }
      }
    });
  });
});

const sums = (route: HTTPRoute, view: View) => {
  const destinations = destinationsOf(route);
  const roles = rolesOf(route, view);
  const sum = (wanted: (role: string) => boolean) =>
    destinations.reduce(
      (all, destination, index) =>
        wanted(roles[index]!) ? all + BigInt(destinations.length === 1 ? 1 : weightOf(destination)) : all,
      0n,
    );
  return {
    stable: sum((role) => role === 'stable'),
    canary: sum((role) => role === 'canary'),
    others: sum((role) => role !== 'stable' && role !== 'canary'),
  };
};

describe('mirrors', () => {
  it('never stand beside live weight, nor in both spellings on one route', () => {
    check(({ x, identity, chain, pair }) => {
      let standing = x;
      for (const target of chain) {
        standing = onward(standing, identity, target);
        const all = standing.virtualServices.flatMap((service) =>
          routesOf(service).map((route) => ({ route, view: { pair, namespace: namespaceOf(service) } })),
        );
        const live = all.some(({ route, view }) => !isOwn(route) && sums(route, view).canary > 0n);
        const copied = all.some(({ route, view }) =>
          mirrorsOf(route).some(({ destination }) => roleOf(destination, view) === 'canary'),
        );
        expect(live && copied).toBe(false);
        expect(all.some(({ route }) => route.mirror !== undefined && (route.mirrors ?? []).length > 0)).toBe(false);
      }
    });
  });

  it('never stand on a preview clone', () => {
    check(({ x, identity, chain }) => {
      for (const target of chain) {
        const clones = http(onward(x, identity, target)).filter(({ name }) => name?.startsWith('serin-preview-'));
        for (const clone of clones) expect(mirrorsOf(clone)).toEqual([]);
      }
    });
  });
});

describe('promotion', () => {
  it("differs from the user's objects only in the pair's subset names, and is its own fixed point", () => {
    check(({ x, identity, chain }) => {
      const standing = chain.reduce((before, target) => onward(before, identity, target), x);
      const promoted = must(renderPromoted(standing, identity));
      expect(promoted).toEqual(must(renderPromoted(x, identity)));
      expect(must(renderPromoted(promoted, identity))).toEqual(promoted);
      const namelessly = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll(/"v[12]"/g, '"v"'));
      expect(namelessly(specs(promoted))).toEqual(namelessly(specs(x)));
      const text = JSON.stringify(promoted.virtualServices);
      expect(
        userRoutes(promoted).some(
          ({ route, service }) => sums(route, { pair: identity, namespace: namespaceOf(service) }).stable > 0n,
        ),
        text,
      ).toBe(false);
    });
  });
});
