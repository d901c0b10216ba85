import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { accepted, CHECKOUT, http, must, routes, virtualService } from '../../test/support/routes.ts';
import { formatProblem } from '../lib/problem.ts';
import { ALL, NONE, parseShare, type Share } from '../lib/share.ts';
import { renderPromoted } from './promote.ts';
import { render } from './render.ts';
import { strip } from './strip.ts';
import type { RouteObjects, RoutePair, RouteTarget } from './target.ts';

const of = (text: string): Share => parseShare(text)!;
const live = (text: string): RouteTarget => ({ canary: of(text), pool: false });
const mirror = (text: string, methods: 'all' | readonly string[] = 'all'): RouteTarget => ({
  canary: NONE,
  mirror: { share: of(text), methods },
  pool: false,
});

/** The http routes after rendering, and a check that strip gives the user's back. */
function rendered(objects: RouteObjects, target: RouteTarget, pair: RoutePair = CHECKOUT, service = 0) {
  const identity = accepted(objects, pair);
  const result = must(render(objects, identity, target));
  expect(strip(result, identity)).toEqual(objects);
  return http(result, service);
}

const refusals = (objects: RouteObjects, target: RouteTarget): readonly string[] => {
  const result = render(objects, accepted(objects), target);
  return result.ok ? [] : result.problems.map(formatProblem);
};

describe('weights', () => {
  it('split a plain route on the total, down to 0.1 %', () => {
    const objects = routes(
      '[{ timeout: 3s, route: [{ destination: { host: checkout, subset: v1, port: { number: 80 } } }] }]',
    );
    expect(rendered(objects, live('0.1%'))).toEqual(
      parse(`
- timeout: 3s
  route:
    - { destination: { host: checkout, subset: v1, port: { number: 80 } }, weight: 999 }
    - { destination: { host: checkout, subset: v2, port: { number: 80 } }, weight: 1 }
`),
    );
  });

  it('keep stable in the route with weight zero at 100 %', () => {
    const objects = routes('[{ route: [{ destination: { host: checkout, subset: v1 } }] }]');
    expect(rendered(objects, live('100%'))[0]?.route?.map(({ weight }) => weight)).toEqual([0, 1000]);
  });

  it("give the canary stable's header operations, and use the user's own canary destination where there is one", () => {
    const objects = routes(`
- match: [{ uri: { prefix: /a } }]
  route: [{ destination: { host: checkout, subset: v1 }, headers: { request: { set: { x-to: checkout } } } }]
- route:
    - { destination: { host: checkout.prod, subset: v2 }, headers: { response: { set: { x-version: v2 } } } }
    - { destination: { host: checkout, subset: v1 }, weight: 100 }
`);
    const [first, second] = rendered(objects, live('10%'));
    expect(first?.route?.[1]).toEqual({
      destination: { host: 'checkout', subset: 'v2' },
      weight: 100,
      headers: { request: { set: { 'x-to': 'checkout' } } },
    });
    expect(second?.route).toEqual([
      {
        destination: { host: 'checkout.prod', subset: 'v2' },
        headers: { response: { set: { 'x-version': 'v2' } } },
        weight: 100,
      },
      { destination: { host: 'checkout', subset: 'v1' }, weight: 900 },
    ]);
  });

  it('keep the proportion of other destinations exactly', () => {
    const objects = routes(`
- route:
    - { destination: { host: checkout, subset: v1 }, weight: 2 }
    - { destination: { host: checkout, subset: v0 }, weight: 1 }
    - { destination: { host: legacy }, weight: 4 }
    - { destination: { host: unused } }
`);
    expect(rendered(objects, live('25%'))[0]?.route?.map(({ weight }) => weight)).toEqual([
      1500,
      500,
      1000,
      4000,
      undefined,
    ]);
  });

  it('come back as whole numbers at every total, where 300000/100000 is 3 but 300000 × (1/100000) is not', () => {
    const objects = routes(`
- route:
    - { destination: { host: checkout, subset: v1 }, weight: 2 }
    - { destination: { host: legacy }, weight: 3 }
`);
    for (const total of [12_500, 25_000, 50_000, 100_000, 200_000]) {
      rendered(objects, live('50%'), { ...CHECKOUT, total });
    }
  });

  it("of a canary destination of the user's own go to zero, and it stays, though the route is no longer recognised", () => {
    const objects = routes(`
- name: a
  route:
    - { destination: { host: checkout, subset: v1 }, weight: 100 }
    - { destination: { host: checkout, subset: v2 }, headers: { response: { set: { x-version: v2 } } } }
`);
    const identity = accepted(objects);
    const edited = http(must(render(objects, identity, live('10%')))).map((route) => ({
      ...route,
      name: 'b',
      match: [{ uri: { prefix: '/b' } }],
      timeout: '3s',
    }));
    const back = http(
      strip({ ...objects, virtualServices: [virtualService({ hosts: ['checkout'], http: edited })] }, identity),
    );
    expect(back[0]?.route).toEqual([
      { destination: { host: 'checkout', subset: 'v1' }, weight: 1 },
      {
        destination: { host: 'checkout', subset: 'v2' },
        headers: { response: { set: { 'x-version': 'v2' } } },
        weight: 0,
      },
    ]);
  });

  it('are refused where the multiplied numbers exceed int32', () => {
    const objects = routes(`
- route:
    - { destination: { host: checkout, subset: v1 }, weight: 2000000 }
    - { destination: { host: legacy }, weight: 1000000 }
`);
    expect(refusals(objects, live('10%'))).toEqual([
      'VirtualService/prod/checkout spec.http[0].route: weights times 1000 exceed what Istio can hold (int32) (found large ' +
        'weights; accepted: the same proportion in smaller numbers) [SRN1501]',
    ]);
  });

  it('leave a route alone that gives stable nothing', () => {
    const objects = routes(`
- match: [{ uri: { prefix: /old } }]
  route: [{ destination: { host: checkout, subset: v1 }, weight: 0 }, { destination: { host: legacy }, weight: 1 }]
- route: [{ destination: { host: checkout, subset: v1 } }]
`);
    expect(rendered(objects, live('50%'))[0]).toBe(http(objects)[0]);
  });

  it('of a total that cannot express the share are a programming error', () => {
    const objects = routes('[{ route: [{ destination: { host: checkout, subset: v1 } }] }]');
    const identity = accepted(objects, { ...CHECKOUT, total: 100 });
    expect(() => render(objects, identity, live('0.1%'))).toThrow(RangeError);
  });

  it('that somebody else wrote are taken back without touching the proportion to others', () => {
    const objects = routes(`
- route: [{ destination: { host: checkout, subset: v1 }, weight: 8 }, { destination: { host: legacy }, weight: 2 }]
`);
    const identity = accepted(objects);
    const meddled = routes(`
- route:
    - { destination: { host: checkout, subset: v1 }, weight: 500 }
    - { destination: { host: checkout, subset: v2 }, weight: 7 }
    - { destination: { host: legacy }, weight: 20 }
`);
    expect(http(strip(meddled, identity))[0]?.route).toEqual([
      { destination: { host: 'checkout', subset: 'v1' }, weight: 507 },
      { destination: { host: 'legacy' }, weight: 20 },
    ]);
  });

  it('on a route that somebody gave to the canary alone go back to stable', () => {
    const objects = routes('[{ route: [{ destination: { host: checkout, subset: v1 } }] }]');
    const meddled = routes('[{ route: [{ destination: { host: checkout, subset: v2 } }] }]');
    expect(strip(meddled, accepted(objects))).toEqual(objects);
  });
});

describe('mirrors', () => {
  it("of all methods are set in place on the user's own route", () => {
    const objects = routes('[{ timeout: 3s, route: [{ destination: { host: checkout, subset: v1 }, weight: 100 }] }]');
    expect(rendered(objects, mirror('12.5%'))).toEqual(
      parse(`
- timeout: 3s
  route: [{ destination: { host: checkout, subset: v1 }, weight: 100 }]
  mirror: { host: checkout, subset: v2 }
  mirrorPercentage: { value: 12.5 }
`),
    );
  });

  it('of some methods are a clone before the route, once per method and match', () => {
    const objects = routes(`
- name: pay
  match: [{ uri: { prefix: /pay } }, { method: { regex: GET|POST }, uri: { exact: /cart } }, { method: { exact: PUT } }]
  retries: { attempts: 2 }
  route: [{ destination: { host: checkout, subset: v1 } }]
- route: [{ destination: { host: checkout, subset: v1 } }]
`);
    expect(rendered(objects, mirror('10%', ['GET', 'HEAD']))).toEqual(
      parse(`
- name: serin-mirror-pay
  match:
    - { uri: { prefix: /pay }, method: { exact: GET } }
    - { uri: { prefix: /pay }, method: { exact: HEAD } }
    - { uri: { exact: /cart }, method: { exact: GET } }
  retries: { attempts: 2 }
  route: [{ destination: { host: checkout, subset: v1 } }]
  mirror: { host: checkout, subset: v2 }
  mirrorPercentage: { value: 10 }
- name: pay
  match: [{ uri: { prefix: /pay } }, { method: { regex: GET|POST }, uri: { exact: /cart } }, { method: { exact: PUT } }]
  retries: { attempts: 2 }
  route: [{ destination: { host: checkout, subset: v1 } }]
- name: ${accepted(objects).original.routes.map(({ key }) => `serin-mirror-${key}`)[1]}
  match: [{ method: { exact: GET } }, { method: { exact: HEAD } }]
  route: [{ destination: { host: checkout, subset: v1 } }]
  mirror: { host: checkout, subset: v2 }
  mirrorPercentage: { value: 10 }
- route: [{ destination: { host: checkout, subset: v1 } }]
`),
    );
  });

  it('have no clone where no method of the route is mirrored', () => {
    const objects = routes(
      '[{ match: [{ method: { exact: POST } }], route: [{ destination: { host: checkout, subset: v1 } }] }]',
    );
    expect(rendered(objects, mirror('10%', ['GET']))).toEqual(http(objects));
  });

  it.each([
    ['{ mirror: { host: audit }, mirrorPercent: 30 }', [{ destination: { host: 'audit' }, percentage: { value: 30 } }]],
    ['{ mirror: { host: audit } }', [{ destination: { host: 'audit' } }]],
    ['{ mirrors: [{ destination: { host: audit } }] }', [{ destination: { host: 'audit' } }]],
  ])('stand beside the existing %s, in the one spelling that holds both', (existing, others) => {
    const objects = routes(`[{ route: [{ destination: { host: checkout, subset: v1 } }], ${existing.slice(1, -1)} }]`);
    const [route] = rendered(objects, mirror('100%'));
    expect(route?.mirror).toBeUndefined();
    expect(route?.mirrors).toEqual([
      ...others,
      { destination: { host: 'checkout', subset: 'v2' }, percentage: { value: 100 } },
    ]);
  });

  it("keep the user's edit of another mirror, in the spelling it had", () => {
    const objects = routes('[{ route: [{ destination: { host: checkout, subset: v1 } }], mirror: { host: audit } }]');
    const identity = accepted(objects);
    const text = JSON.stringify(must(render(objects, identity, mirror('10%'))));
    const edited: RouteObjects = JSON.parse(text.replace('"audit"}', '"audit"},"percentage":{"value":7}'));
    expect(http(strip(edited, identity))[0]).toEqual({
      route: [{ destination: { host: 'checkout', subset: 'v1' } }],
      mirror: { host: 'audit' },
      mirrorPercentage: { value: 7 },
    });
  });

  it('beside live weight are a programming error', () => {
    const objects = routes('[{ route: [{ destination: { host: checkout, subset: v1 } }] }]');
    const target = { ...mirror('10%'), canary: of('1%') };
    expect(() => render(objects, accepted(objects), target)).toThrow('must not stand beside live weight');
  });
});

describe('previews', () => {
  const preview = (...matches: NonNullable<RouteTarget['preview']>): RouteTarget => ({
    canary: NONE,
    preview: matches,
    pool: false,
  });

  it('are clones without mirrors before each route, with the conditions ANDed to each match', () => {
    const objects = routes(`
- name: pay
  match: [{ uri: { prefix: /pay }, headers: { X-Team: { exact: a } } }, { uri: { exact: /cart } }]
  rewrite: { uri: / }
  route: [{ destination: { host: checkout, subset: v1 }, weight: 3 }, { destination: { host: legacy }, weight: 1 }]
  mirror: { host: audit }
- name: rest
  route: [{ destination: { host: checkout, subset: v2 }, weight: 0 }, { destination: { host: checkout, subset: v1 }, weight: 100 }]
`);
    const target = preview(
      { headers: { 'x-user': { exact: 'qa' } } },
      { sourceLabels: { app: 'qa' }, headers: { 'x-team': {} } },
    );
    const [first, pay, third, rest] = rendered(objects, target);
    expect([pay, rest]).toEqual(http(objects));
    expect(first).toEqual(
      parse(`
name: serin-preview-pay
match:
  - { uri: { prefix: /pay }, headers: { X-Team: { exact: a }, x-user: { exact: qa } } }
  - { uri: { prefix: /pay }, headers: { X-Team: { exact: a } }, sourceLabels: { app: qa } }
  - { uri: { exact: /cart }, headers: { x-user: { exact: qa } } }
  - { uri: { exact: /cart }, sourceLabels: { app: qa }, headers: { x-team: {} } }
rewrite: { uri: / }
route: [{ destination: { host: checkout, subset: v2 }, weight: 3 }, { destination: { host: legacy }, weight: 1 }]
`),
    );
    expect(third).toEqual({
      name: 'serin-preview-rest',
      match: [...target.preview!],
      route: [{ destination: { host: 'checkout', subset: 'v2' }, weight: 100 }],
    });
  });

  it('stand before the mirror clone, so that a previewed request is not copied to the canary', () => {
    const objects = routes('[{ name: all, route: [{ destination: { host: checkout, subset: v1 } }] }]');
    const target = {
      ...mirror('10%', ['GET']),
      ...preview({ headers: { 'x-user': {} } }),
      mirror: mirror('10%', ['GET']).mirror!,
    };
    expect(rendered(objects, target).map(({ name }) => name)).toEqual(['serin-preview-all', 'serin-mirror-all', 'all']);
  });

  it.each([
    [
      'two regular expressions on one header',
      '[{ match: [{ headers: { cookie: { regex: "a.*" } } }], route: [{ destination: { host: checkout, subset: v1 } }] }]',
      preview({ headers: { cookie: { regex: '.*b' } } }),
      "VirtualService/prod/checkout spec.http[0].match: the added condition on headers.cookie cannot be combined with the route's " +
        'own (found {"headers":{"cookie":{"regex":"a.*"}}}; accepted: a condition on another field, or exact or nested prefix ' +
        'values on this one) [SRN1501]',
    ],
    [
      'source labels beside gateways, where Istio ignores them and everyone would match',
      '[{ match: [{ gateways: [mesh] }], route: [{ destination: { host: checkout, subset: v1 } }] }]',
      preview({ sourceLabels: { app: 'qa' } }),
      "VirtualService/prod/checkout spec.http[0].match: the added condition on gateways cannot be combined with the route's own " +
        '(found {"gateways":["mesh"]}; accepted: a condition on another field, or exact or nested prefix values on this one) [SRN1501]',
    ],
    [
      'a preview that contradicts every route',
      '[{ match: [{ uri: { prefix: /api } }], route: [{ destination: { host: checkout, subset: v1 } }] }]',
      preview({ uri: { exact: '/web' } }),
      'Service/prod/checkout: no route could ever be taken by a preview caller: every match contradicts the preview (accepted: ' +
        'conditions that some route to checkout allows (clones are named serin-preview-*)) [SRN1501]',
    ],
  ])('refuse %s', (_what, text, target, problem) => {
    expect(refusals(routes(text), target)).toEqual([problem]);
  });
});

describe('going on and going back', () => {
  it('refuses to go forward on a route that the user opened to every version meanwhile, but always goes back', () => {
    const objects = routes('[{ route: [{ destination: { host: checkout, subset: v1 } }] }]');
    const identity = accepted(objects);
    const opened = routes(`
- match: [{ uri: { prefix: /x } }]
  route: [{ destination: { host: checkout } }]
- route: [{ destination: { host: checkout, subset: v1 }, weight: 900 }, { destination: { host: checkout, subset: v2 }, weight: 100 }]
`);
    const forward = render(opened, identity, live('50%'));
    expect(forward.ok ? [] : forward.problems.map(({ place }) => place.path)).toEqual([
      'spec.http[0].route[0].destination',
    ]);
    const back = must(render(opened, identity, { canary: NONE, pool: false }));
    expect(http(back)[1]).toEqual({ route: [{ destination: { host: 'checkout', subset: 'v1' } }] });
  });

  it('takes a mirror of share zero for none', () => {
    const objects = routes('[{ route: [{ destination: { host: checkout, subset: v1 } }] }]');
    expect(must(render(objects, accepted(objects), mirror('0%')))).toEqual(objects);
  });
});

describe('promotion', () => {
  it("names the canary's subset wherever stable's stood, copies to stable from elsewhere included", () => {
    const objects = routes(`
- match: [{ uri: { prefix: /legacy } }]
  route: [{ destination: { host: legacy } }]
  mirror: { host: checkout, subset: v1 }
- match: [{ uri: { prefix: /both } }]
  route: [{ destination: { host: checkout, subset: v1 }, weight: 100 }, { destination: { host: checkout, subset: v2 } }]
- route: [{ destination: { host: checkout, subset: v1 }, weight: 9 }, { destination: { host: legacy }, weight: 1 }]
`);
    const identity = accepted(objects);
    const standing = must(render(objects, identity, { canary: ALL, pool: true }));
    const promoted = must(renderPromoted(standing, identity));
    expect(http(promoted)).toEqual(
      parse(`
- match: [{ uri: { prefix: /legacy } }]
  route: [{ destination: { host: legacy } }]
  mirror: { host: checkout, subset: v2 }
- match: [{ uri: { prefix: /both } }]
  route: [{ destination: { host: checkout, subset: v2 }, weight: 100 }, { destination: { host: checkout, subset: v1 } }]
- route: [{ destination: { host: checkout, subset: v2 }, weight: 9 }, { destination: { host: legacy }, weight: 1 }]
`),
    );
    expect(promoted.destinationRule).toEqual(objects.destinationRule);
    expect(must(renderPromoted(promoted, identity))).toEqual(promoted);
  });
});
