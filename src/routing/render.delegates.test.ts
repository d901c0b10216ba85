// Rendering on delegates: what Istio makes of root and delegate together decides what can be added.
import { describe, expect, it } from 'vitest';
import { accepted, CHECKOUT, http, must, routes } from '../../test/support/routes.ts';
import { formatProblem } from '../lib/problem.ts';
import { NONE, parseShare, type Share } from '../lib/share.ts';
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

describe('delegates', () => {
  const delegated = (root: string, own: string) =>
    routes(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: root, namespace: edge }
spec: { hosts: [shop], http: [${root}] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: pay, namespace: prod }
spec: { http: [${own}] }
`);
  const plain = '{ name: pay, route: [{ destination: { host: checkout, subset: v1 } }] }';

  it('are edited where they stand; the root is not touched', () => {
    const objects = delegated('{ delegate: { name: pay, namespace: prod } }', plain);
    const identity = accepted(objects);
    const result = must(render(objects, identity, live('10%')));
    expect(result.virtualServices[0]).toBe(objects.virtualServices[0]);
    expect(http(result, 1)[0]?.route?.map(({ weight }) => weight)).toEqual([900, 100]);
  });

  it('keep the mirror they inherit, by taking the other spelling', () => {
    const list = delegated(
      '{ delegate: { name: pay, namespace: prod }, mirrors: [{ destination: { host: audit } }] }',
      plain,
    );
    expect(rendered(list, mirror('10%'), CHECKOUT, 1)[0]).toMatchObject({ mirror: { subset: 'v2' } });
    const single = delegated('{ delegate: { name: pay, namespace: prod }, mirror: { host: audit } }', plain);
    expect(rendered(single, mirror('10%'), CHECKOUT, 1)[0]).toMatchObject({
      mirrors: [{ destination: { subset: 'v2' } }],
    });
  });

  it('with a mirror of their own below a root with one are refused', () => {
    const own = '{ name: pay, route: [{ destination: { host: checkout, subset: v1 } }], mirror: { host: copy } }';
    const objects = delegated('{ delegate: { name: pay, namespace: prod }, mirror: { host: audit } }', own);
    expect(refusals(objects, mirror('10%'))).toEqual([
      'VirtualService/prod/pay spec.http[0].mirror: a root that delegates here has a mirror too, and Istio would put the two ' +
        'together anew (found mirrors in both; accepted: the mirrors in one of the two places) [SRN1501]',
    ]);
  });

  it("copy into a clone what must equal the root's, and leave out methods that the root excludes", () => {
    const root =
      '{ match: [{ uri: { prefix: /p }, ignoreUriCase: true, method: { exact: GET } }], delegate: { name: pay, namespace: prod } }';
    const [clone] = rendered(delegated(root, plain), mirror('10%', ['GET', 'HEAD']), CHECKOUT, 1);
    expect(clone?.match).toEqual([{ ignoreUriCase: true, method: { exact: 'GET' } }]);
  });

  it("are refused callers where the root's gateways would make Istio ignore them, and everyone a preview caller", () => {
    const root = '{ match: [{ gateways: [mesh] }], delegate: { name: pay, namespace: prod } }';
    const target: RouteTarget = { canary: NONE, preview: [{ sourceNamespace: 'qa' }], pool: false };
    expect(refusals(delegated(root, plain), target)[0]).toContain('Istio would drop or widen the added condition');
  });

  it('get no clone of a route that Istio drops below every root', () => {
    const own = '{ match: [{ ignoreUriCase: true }, {}], route: [{ destination: { host: checkout, subset: v1 } }] }';
    const objects = delegated('{ match: [{}], delegate: { name: pay, namespace: prod } }', own);
    expect(rendered(objects, mirror('10%', ['GET']), CHECKOUT, 1)).toEqual(http(objects, 1));
  });

  it('are refused a clone that one of several roots would let in where it drops the route itself', () => {
    const roots =
      '{ delegate: { name: pay, namespace: prod } }, { match: [{}], delegate: { name: pay, namespace: prod } }';
    const own = `{
      match: [{ ignoreUriCase: true, method: { exact: POST } }, {}],
      route: [{ destination: { host: checkout, subset: v1 } }],
    }`;
    expect(refusals(delegated(roots, own), mirror('10%', ['GET']))[0]).toContain('spec.http[0].match');
  });

  it('are refused a condition that Istio would drop without a word', () => {
    const root = '{ match: [{ method: { regex: "GET|POST" } }], delegate: { name: pay, namespace: prod } }';
    expect(refusals(delegated(root, plain), mirror('10%', ['GET']))).toEqual([
      'VirtualService/prod/pay spec.http[0].match: Istio would drop or widen the added condition below the route that delegates here ' +
        '(found {"method":{"regex":"GET|POST"}}; accepted: a condition on another field, or exact or nested prefix values on this one) [SRN1501]',
    ]);
  });
});
