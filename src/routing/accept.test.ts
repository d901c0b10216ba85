import { describe, expect, it } from 'vitest';
import { accepted, CHECKOUT, routes, rule } from '../../test/support/routes.ts';
import { formatProblem } from '../lib/problem.ts';
import { accept } from './accept.ts';
import type { RouteObjects } from './target.ts';

const problemsOf = (objects: RouteObjects): readonly string[] => {
  const result = accept(objects, CHECKOUT);
  return result.ok ? [] : result.problems.map(formatProblem);
};

describe('accept', () => {
  it.each([
    ['checkout', 'prod'],
    ['checkout.prod', 'shop'],
    ['checkout.prod.svc', 'shop'],
    ['checkout.prod.svc.cluster.local', 'shop'],
  ])('finds a route to host %s in namespace %s', (host, namespace) => {
    const objects = routes(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: ${namespace} }
spec:
  hosts: [shop.example.com]
  http: [{ route: [{ destination: { host: ${host}, subset: v1 } }] }]
`);
    expect(accepted(objects).virtualServices).toEqual([{ kind: 'VirtualService', namespace, name: 'web' }]);
  });

  it('does not take a short name in another namespace for the service', () => {
    const objects = routes(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: shop }
spec: { hosts: [checkout], http: [{ route: [{ destination: { host: checkout, subset: v1 } }] }] }
`);
    expect(problemsOf(objects)).toEqual([
      'Service/prod/checkout: no http route of a VirtualService leads to subset v1 of checkout (accepted: a route with ' +
        'destination { host: checkout.prod.svc.cluster.local, subset: v1 }) [SRN1502]',
    ]);
  });

  it('names the delegate and the root that leads to it', () => {
    const objects = routes(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: root, namespace: edge }
spec:
  hosts: [shop.example.com]
  http: [{ match: [{ uri: { prefix: /pay } }], delegate: { name: pay, namespace: prod } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: pay, namespace: prod }
spec: { http: [{ route: [{ destination: { host: checkout, subset: v1 } }] }] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: unrelated, namespace: prod }
spec: { hosts: [x], http: [{ route: [{ destination: { host: x } }] }] }
`);
    expect(accepted(objects).virtualServices.map(({ name }) => name)).toEqual(['root', 'pay']);
  });

  it('leaves redirects, direct responses and routes to elsewhere alone', () => {
    const objects = routes(`
- match: [{ uri: { exact: /health } }]
  directResponse: { status: 200 }
- match: [{ uri: { prefix: /old } }]
  redirect: { uri: /new }
- match: [{ uri: { prefix: /legacy } }]
  route: [{ destination: { host: legacy } }]
- route: [{ destination: { host: checkout, subset: v1 } }]
`);
    expect(accepted(objects).original.routes).toHaveLength(1);
  });

  it.each([
    [
      'a destination without a subset, which is every version',
      '[{ route: [{ destination: { host: checkout } }] }]',
      'VirtualService/prod/checkout spec.http[0].route[0].destination: a destination without a subset is spread over ' +
        'every version of checkout (found host checkout without a subset; accepted: subset: v1) [SRN1501]',
    ],
    [
      'a canary with weight',
      '[{ route: [{ destination: { host: checkout, subset: v1 }, weight: 90 }, { destination: { host: checkout, subset: v2 }, weight: 10 }] }]',
      "VirtualService/prod/checkout spec.http[0].route[1]: the canary's subset v2 carries traffic already (found weight 10; " +
        'accepted: weight 0, or subset v1; callers who shall reach it early are a preview step) [SRN1501]',
    ],
    [
      'a route of its own for the canary',
      '[{ match: [{ uri: { exact: /v2 } }], route: [{ destination: { host: checkout, subset: v2 } }] }, { route: [{ destination: { host: checkout, subset: v1 } }] }]',
      "VirtualService/prod/checkout spec.http[0].route[0]: the canary's subset v2 carries traffic already (found the only " +
        'destination; accepted: weight 0, or subset v1; callers who shall reach it early are a preview step) [SRN1501]',
    ],
    [
      'a mirror to the canary',
      '[{ route: [{ destination: { host: checkout, subset: v1 } }], mirrors: [{ destination: { host: checkout.prod, subset: v2 } }] }]',
      "VirtualService/prod/checkout spec.http[0].mirrors: copies reach the canary's subset v2 already (found mirror to " +
        'checkout.prod subset v2; accepted: no such mirror; a mirror step adds it) [SRN1501]',
    ],
    [
      'a mirror to every version',
      '[{ route: [{ destination: { host: checkout, subset: v1 } }], mirror: { host: checkout } }]',
      "VirtualService/prod/checkout spec.http[0].mirror: copies reach the canary's subset v2 already (found mirror to checkout " +
        'without a subset; accepted: subset: v1, or no such mirror) [SRN1501]',
    ],
    [
      "a route name that is Serin's",
      '[{ name: serin-mine, route: [{ destination: { host: checkout, subset: v1 } }] }]',
      'VirtualService/prod/checkout spec.http[0].name: route names that begin with serin- are for the routes that Serin adds ' +
        '(found serin-mine; accepted: any other name) [SRN1501]',
    ],
    [
      'a missing delegate',
      '[{ delegate: { name: gone } }, { route: [{ destination: { host: checkout, subset: v1 } }] }]',
      'VirtualService/prod/checkout spec.http[0].delegate: the delegate does not exist, or has hosts of its own, so that Istio ' +
        'drops this route (found prod/gone; accepted: a VirtualService of that name without hosts) [SRN1501]',
    ],
    [
      'stable twice in one route',
      '[{ route: [{ destination: { host: checkout, subset: v1 }, weight: 1 }, { destination: { host: checkout, subset: v1 }, weight: 1 }] }]',
      'VirtualService/prod/checkout spec.http[0].route: subset v1 stands more than once in one route, so that its share is not ' +
        'one number (found 2 destinations; accepted: one destination per subset) [SRN1501]',
    ],
  ])('refuses %s', (_what, http, problem) => {
    expect(problemsOf(routes(http))).toEqual([problem]);
  });

  it('refuses tcp and tls routes to the service, which it could not mirror or compare', () => {
    const objects = routes(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: checkout, namespace: prod }
spec:
  hosts: [checkout]
  http: [{ route: [{ destination: { host: checkout, subset: v1 } }] }]
  tcp: [{ route: [{ destination: { host: legacy } }] }, { route: [{ destination: { host: checkout, subset: v1 } }] }]
`);
    expect(problemsOf(objects)).toEqual([
      'VirtualService/prod/checkout spec.tcp[1]: a tcp route leads to checkout; Serin steers requests, not connections ' +
        '(found tcp route; accepted: http routes only) [SRN1501]',
    ]);
  });

  it('reports missing subsets and everything else at once', () => {
    const [virtualService] = routes(
      '[{ name: serin-x, route: [{ destination: { host: checkout } }] }]',
    ).virtualServices;
    const destinationRule = rule({ subsets: [{ name: 'v1', labels: { version: 'v1' } }] });
    const problems = problemsOf({ virtualServices: [virtualService!], destinationRule });
    expect(problems).toHaveLength(3);
    expect(problems[2]).toBe(
      'DestinationRule/prod/checkout spec.subsets: there is no subset v2 (found subsets v1; accepted: a subset named v2) [SRN1202]',
    );
  });

  it('refuses a DestinationRule of another service', () => {
    const objects = routes('[{ route: [{ destination: { host: checkout, subset: v1 } }] }]');
    expect(problemsOf({ ...objects, destinationRule: rule({ host: 'cart' }) })).toEqual([
      'DestinationRule/prod/checkout spec.host: this DestinationRule is not about checkout (found cart; accepted: ' +
        'checkout.prod.svc.cluster.local) [SRN1202]',
    ]);
  });

  it('refuses port-level settings on the canary subset, which would override the pool', () => {
    const objects = routes('[{ route: [{ destination: { host: checkout, subset: v1 } }] }]');
    const subsets = [{ name: 'v1' }, { name: 'v2', trafficPolicy: { portLevelSettings: [{ port: { number: 80 } }] } }];
    expect(problemsOf({ ...objects, destinationRule: rule({ subsets }) })[0]).toContain(
      'spec.subsets[1].trafficPolicy.portLevelSettings',
    );
  });

  it('throws for a weight total that no plan can have', () => {
    const objects = routes('[{ route: [{ destination: { host: checkout, subset: v1 } }] }]');
    expect(() => accept(objects, { ...CHECKOUT, total: 300 })).toThrow(RangeError);
  });
});
