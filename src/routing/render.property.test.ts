// The properties of design.md §6 over VirtualServices as people write them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { incomplete, objects, pairs, targets } from '../../test/support/route-arbitrary.ts';
import { http, must, specs } from '../../test/support/routes.ts';
import type { HTTPRoute, VirtualService } from '../api/istio.ts';
import { NONE } from '../lib/share.ts';
import { accept } from './accept.ts';
import { namespaceOf, routesOf } from './delegate.ts';
import { hostMeans } from './host.ts';
import { destinationsOf, isOwn, mirrorsOf, roleOf, rolesOf, type View, weightOf } from './pair.ts';
import { renderPromoted } from './promote.ts';
import { render } from './render.ts';
import { strip } from './strip.ts';
import type { RouteIdentity, RouteObjects, RoutePair, RouteTarget } from './target.ts';

const NOTHING: RouteTarget = { canary: NONE, pool: false };
const PREPARED: RouteTarget = { ...NOTHING, stage: 'prepared' };
const RESTORED: RouteTarget = { ...NOTHING, stage: 'restored' };

/** Objects that are accepted, with their identity and some targets of the release. */
const releases = fc.tuple(pairs, objects).chain(([whole, complete]) =>
  fc
    .tuple(incomplete(whole, complete), fc.array(targets(whole.total), { minLength: 1, maxLength: 4 }))
    .map(([{ pair, x }, chain]) => ({ pair, x, chain, result: accept(x, pair) }))
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

const all = ({ virtualServices }: RouteObjects, pair: RoutePair) =>
  virtualServices.flatMap((service) =>
    routesOf(service).map((route) => ({ route, view: { pair, namespace: namespaceOf(service) } })),
  );

const withoutSubsets = ({ destinationRule }: RouteObjects) => {
  const { subsets: _, ...others } = destinationRule.spec;
  return others;
};

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

  it('of the end of a roll back gives the objects of the user back', () => {
    check(({ x, identity, chain }) => {
      const standing = chain.reduce((before, target) => onward(before, identity, target), x);
      expect(must(render(standing, identity, RESTORED))).toEqual(x);
    });
  });

  it('of nothing differs from the objects of the user in what was missing only: subsets, and stable named', () => {
    check(({ x, identity, chain, pair }) => {
      const standing = chain.reduce((before, target) => onward(before, identity, target), x);
      const { virtualServices, destinationRule } = must(render(standing, identity, NOTHING));
      const subsetless = (value: unknown) =>
        JSON.parse(JSON.stringify(value), (key, inner) => (key === 'subset' && inner === 'v1' ? undefined : inner));
      expect(subsetless(virtualServices)).toEqual(subsetless(x.virtualServices));
      if (pair.pins === undefined) expect(virtualServices).toEqual(x.virtualServices);
      const added = new Set((pair.added?.subsets ?? []).map(({ name }) => name));
      const { subsets = [], ...others } = destinationRule.spec;
      expect(subsets.filter(({ name }) => !added.has(name))).toEqual(x.destinationRule.spec.subsets ?? []);
      expect(others).toEqual(withoutSubsets(x));
    });
  });

  it('names no subset of the pair that is not defined', () => {
    check(({ x, identity, chain, pair }) => {
      for (const target of [NOTHING, ...chain]) {
        const rendered = render(x, identity, target);
        if (!rendered.ok || target.stage !== undefined) continue;
        const defined = (rendered.value.destinationRule.spec.subsets ?? []).map(({ name }) => name);
        for (const { route, view } of all(rendered.value, pair)) {
          for (const { destination } of [...destinationsOf(route), ...mirrorsOf(route)]) {
            if (!hostMeans(destination.host, view.namespace, 'checkout', 'prod')) continue;
            expect([...defined, 'v0']).toContain(destination.subset);
          }
        }
      }
    });
  });

  it('adds subsets before routes name them, and takes them back after', () => {
    check(({ x, identity }) => {
      const prepared = must(render(x, identity, PREPARED));
      expect(prepared.virtualServices).toEqual(x.virtualServices);
      expect(must(render(x, identity, NOTHING)).destinationRule).toEqual(prepared.destinationRule);
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
        const routes = all(standing, pair);
        const live = routes.some(({ route, view }) => !isOwn(route) && sums(route, view).canary > 0n);
        const copied = routes.some(({ route, view }) =>
          mirrorsOf(route).some(({ destination }) => roleOf(destination, view) === 'canary'),
        );
        expect(live && copied).toBe(false);
        expect(routes.some(({ route }) => route.mirror !== undefined && (route.mirrors ?? []).length > 0)).toBe(false);
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
      // What was open names the canary now, and what was added is kept.
      const asPinned = must(render(x, identity, NOTHING));
      expect(namelessly(specs(promoted))).toEqual(namelessly(specs(asPinned)));
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
