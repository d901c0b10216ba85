import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { routes } from '../../test/support/routes.ts';
import { mergeMatches } from './delegate.ts';
import { effectiveRoutes } from './match.ts';

describe('delegation', () => {
  const { virtualServices } = routes(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: root, namespace: prod }
spec:
  hosts: [shop]
  http:
    - name: root
      match: [{ uri: { prefix: /pay }, headers: { a: { exact: "1" } } }]
      timeout: 9s
      mirror: { host: audit }
      delegate: { name: pay }
    - delegate: { name: gone }
    - route: [{ destination: { host: web } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: pay, namespace: prod }
spec:
  http:
    - { name: card, match: [{ uri: { prefix: /pay/card } }], timeout: 1s, route: [{ destination: { host: card } }] }
    - { match: [{ uri: { prefix: /other } }], route: [{ destination: { host: lost } }] }
    - { route: [{ destination: { host: checkout } }] }
`);

  it('puts merged routes in the place of the delegating one, inheriting what is unset', () => {
    const effective = effectiveRoutes(virtualServices[0]!, virtualServices);
    expect(effective.map(({ route }) => route)).toEqual(
      parse(`
- name: root-card
  match: [{ uri: { prefix: /pay/card }, headers: { a: { exact: "1" } } }]
  timeout: 1s
  mirror: { host: audit }
  route: [{ destination: { host: card } }]
- name: root
  match: [{ uri: { prefix: /pay }, headers: { a: { exact: "1" } } }]
  timeout: 9s
  mirror: { host: audit }
  route: [{ destination: { host: checkout } }]
- route: [{ destination: { host: web } }]
`),
    );
    expect(effective.map(({ virtualService: { name }, index }) => `${name}${index}`)).toEqual([
      'pay0',
      'pay2',
      'root2',
    ]);
  });

  const merge = (root: string, own: string) => mergeMatches(parse(root), parse(own));

  it.each([
    ['a longer prefix', '[{ uri: { prefix: /a } }]', '[{ uri: { prefix: /a/b } }]', '[{ uri: { prefix: /a/b } }]'],
    [
      'an exact below a prefix',
      '[{ uri: { prefix: /a } }]',
      '[{ uri: { exact: /a/b } }]',
      '[{ uri: { exact: /a/b } }]',
    ],
    [
      'another field',
      '[{ uri: { regex: a } }]',
      '[{ method: { exact: GET } }]',
      '[{ uri: { regex: a }, method: { exact: GET } }]',
    ],
    [
      'more labels',
      '[{ sourceLabels: { a: x } }]',
      '[{ sourceLabels: { b: y } }]',
      '[{ sourceLabels: { a: x, b: y } }]',
    ],
    ['fewer gateways', '[{ gateways: [a, mesh] }]', '[{ gateways: [mesh] }]', '[{ gateways: [mesh] }]'],
    ['names', '[{ name: r }]', '[{ name: d }]', '[{ name: r-d }]'],
    ['one block under the other', '[{ port: 1 }, { port: 2 }]', '[{ port: 2, name: x }]', '[{ port: 2, name: x }]'],
  ])('merges %s', (_what, root, own, merged) => {
    expect(merge(root, own)).toEqual(parse(merged));
  });

  it.each([
    ['a shorter prefix', '[{ uri: { prefix: /a/b } }]', '[{ uri: { prefix: /a } }]'],
    ['two regular expressions', '[{ uri: { regex: a } }]', '[{ uri: { regex: a } }]'],
    ['presence beside a value', '[{ headers: { a: {} } }]', '[{ headers: { a: { exact: x } } }]'],
    ['another value of ignoreUriCase', '[{ ignoreUriCase: true }]', '[{ method: { exact: GET } }]'],
    ['a missing source namespace', '[{ sourceNamespace: a }]', '[{ method: { exact: GET } }]'],
    ['contradicting labels', '[{ sourceLabels: { a: x } }]', '[{ sourceLabels: { a: y } }]'],
    ['further gateways', '[{ gateways: [mesh] }]', '[{ gateways: [mesh, b] }]'],
    ['one of several blocks without a place', '[{ port: 1 }]', '[{ port: 1 }, { port: 2 }]'],
  ])('drops the route for %s, as Istio does', (_what, root, own) => {
    expect(merge(root, own)).toBeUndefined();
  });
});
