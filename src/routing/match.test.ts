import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { must, routes, virtualService } from '../../test/support/routes.ts';
import { formatProblem } from '../lib/problem.ts';
import { boundToMesh, compileRoutes, matchRequest, type RequestFacts } from './match.ts';

const GET: RequestFacts = {
  path: '/api/v1/items',
  query: '',
  method: 'GET',
  scheme: 'http',
  authority: 'checkout',
  headers: {},
  port: 80,
  sourceLabels: { app: 'web', version: 'v1' },
  sourceNamespace: 'shop',
};

/** Whether a request with these differences from a plain GET is taken by a route with that one match block. */
function takes(block: string, difference: Partial<RequestFacts> = {}): boolean {
  const service = virtualService({
    hosts: ['checkout'],
    http: [{ match: [parse(block)], route: [{ destination: { host: 'x' } }] }],
  });
  return matchRequest(must(compileRoutes(service)), { ...GET, ...difference }) !== undefined;
}

describe('one match block', () => {
  it.each<[string, string, Partial<RequestFacts>, boolean]>([
    ['a uri exactly', '{ uri: { exact: /api } }', { path: '/api' }, true],
    ['no longer uri', '{ uri: { exact: /api } }', { path: '/api/' }, false],
    ['a prefix as plain text, not path segments', '{ uri: { prefix: /api } }', { path: '/apiary' }, true],
    ['a uri without its query', '{ uri: { exact: /api } }', { path: '/api?x=1' }, true],
    ['a regex on the whole path only', '{ uri: { regex: /api } }', { path: '/api/v1' }, false],
    ['a regex on the whole path', '{ uri: { regex: "/api/v[0-9]+" } }', { path: '/api/v12' }, true],
    ['an alternation of a regex as a whole', '{ uri: { regex: "/a|/b" } }', { path: '/bc' }, false],
    ['case of a uri', '{ uri: { exact: /API } }', { path: '/api' }, false],
    ['no case of a uri when told so', '{ uri: { prefix: /API }, ignoreUriCase: true }', { path: '/api/x' }, true],
    ['case of a regex even when told so', '{ uri: { regex: /API }, ignoreUriCase: true }', { path: '/api' }, false],
    ['any uri for {}', '{ uri: {} }', { path: '/whatever' }, true],
    ['a method', '{ method: { exact: POST } }', { method: 'POST' }, true],
    ['another method', '{ method: { exact: POST } }', {}, false],
    ['case of a method', '{ method: { exact: get } }', {}, false],
    ['a scheme', '{ scheme: { exact: https } }', {}, false],
    ['an authority prefix', '{ authority: { prefix: check } }', {}, true],
    ['the port that was called', '{ port: 8080 }', {}, false],
    ['a header name in any case', '{ headers: { X-User: { exact: Ann } } }', { headers: { 'x-user': 'Ann' } }, true],
    ['case of a header value', '{ headers: { x-user: { exact: ann } } }', { headers: { 'x-user': 'Ann' } }, false],
    ['a missing header', '{ headers: { x-user: { prefix: a } } }', {}, false],
    ['presence', '{ headers: { x-user: {} } }', { headers: { 'x-user': '' } }, true],
    ['absence where presence is asked', '{ headers: { x-user: {} } }', {}, false],
    [
      'presence written as the regex *',
      '{ headers: { x-user: { regex: "*" } } }',
      { headers: { 'x-user': 'b' } },
      true,
    ],
    ['several lines are not joined', '{ headers: { x: { exact: "a,b" } } }', { headers: { x: ['a', 'b'] } }, false],
    ['one of several lines', '{ headers: { x: { exact: b } } }', { headers: { x: ['a', 'b'] } }, true],
    [
      'one of several lines, unwanted',
      '{ withoutHeaders: { x: { exact: b } } }',
      { headers: { x: ['a', 'b'] } },
      false,
    ],
    [
      'a cookie by regex',
      '{ headers: { cookie: { regex: ".*user=qa.*" } } }',
      { headers: { cookie: 'a=1; user=qa' } },
      true,
    ],
    ['an unwanted header', '{ withoutHeaders: { x: {} } }', { headers: { x: '1' } }, false],
    ['no unwanted header', '{ withoutHeaders: { x: {} } }', {}, true],
    ['another value of an unwanted one', '{ withoutHeaders: { x: { exact: a } } }', { headers: { x: 'b' } }, true],
    ['a missing header as empty text', '{ withoutHeaders: { x: { regex: ".*" } } }', {}, false],
    ['a missing header beside an unwanted value', '{ withoutHeaders: { x: { exact: a } } }', {}, true],
    ['a query parameter', '{ queryParams: { v: { exact: "2" } } }', { query: 'a=1&v=2' }, true],
    ['the first of two parameters', '{ queryParams: { v: { exact: "2" } } }', { query: 'v=1&v=2' }, false],
    ['a parameter without a value', '{ queryParams: { debug: {} } }', { query: 'debug' }, true],
    ['a missing parameter', '{ queryParams: { debug: {} } }', { query: 'de=bug' }, false],
    ['undecoded parameters', '{ queryParams: { v: { exact: "a b" } } }', { query: 'v=a%20b' }, false],
    ['some labels of the caller', '{ sourceLabels: { app: web } }', {}, true],
    ['labels the caller has not', '{ sourceLabels: { app: web, tier: x } }', {}, false],
    ["the caller's namespace", '{ sourceNamespace: prod }', {}, false],
    ['no labels beside gateways', '{ gateways: [mesh], sourceLabels: { app: other } }', {}, true],
    ['no block for other gateways', '{ gateways: [ingress] }', {}, false],
    [
      'everything at once',
      '{ method: { exact: GET }, uri: { prefix: /api }, headers: { a: {} } }',
      { headers: { a: '1' } },
      true,
    ],
    [
      'not all of it',
      '{ method: { exact: GET }, uri: { prefix: /web }, headers: { a: {} } }',
      { headers: { a: '1' } },
      false,
    ],
    [
      'a newline inside a value only where the regex says so',
      '{ headers: { x: { regex: "a.b" } } }',
      { headers: { x: 'a\nb' } },
      false,
    ],
  ])('looks at %s', (_what, block, difference, expected) => {
    expect(takes(block, difference)).toBe(expected);
  });
});

describe('a list of routes', () => {
  const [service] = routes(`
- name: pay
  match: [{ name: exact, uri: { exact: /pay } }, { uri: { prefix: /pay/ } }]
  route: [{ destination: { host: checkout, subset: v1 } }]
- match: [{ uri: { prefix: /pay } }]
  route: [{ destination: { host: other } }]
- name: rest
  route: [{ destination: { host: checkout, subset: v1 } }]
- name: never
  route: [{ destination: { host: checkout, subset: v1 } }]
`).virtualServices;
  const compiled = must(compileRoutes(service!));
  const nameOf = (path: string) => matchRequest(compiled, { ...GET, path })?.name;

  it('gives the first route that takes the request, under the name Envoy would give it', () => {
    expect(['/pay', '/pay/1', '/payment', '/x'].map(nameOf)).toEqual(['pay.exact', 'pay', undefined, 'rest']);
    expect(matchRequest(compiled, { ...GET, path: '/payment' })?.index).toBe(1);
  });

  it('gives nothing when no route takes it', () => {
    const [narrow] = routes(
      '[{ match: [{ uri: { exact: /a } }], route: [{ destination: { host: x } }] }]',
    ).virtualServices;
    expect(matchRequest(must(compileRoutes(narrow!)), GET)).toBeUndefined();
  });

  it('names the field of a regular expression that is no RE2', () => {
    const [bad] = routes(
      '[{ match: [{}, { headers: { x: { regex: "(?=a)" } } }], route: [{ destination: { host: x } }] }]',
    ).virtualServices;
    const result = compileRoutes(bad!);
    expect(result.ok ? [] : result.problems.map(formatProblem)).toEqual([
      'VirtualService/prod/checkout spec.http[0].match[1].headers.x.regex: not a regular expression that Envoy understands ' +
        '(found "(?=a)"; accepted: RE2 syntax; it must match the whole value) [SRN1004]',
    ]);
  });

  it('runs a regular expression that makes backtracking engines hang in linear time', () => {
    const started = performance.now();
    expect(takes('{ uri: { regex: "(a+)+b" } }', { path: 'a'.repeat(20_000) })).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('knows which VirtualServices bind callers inside the mesh', () => {
    expect(boundToMesh(virtualService({ hosts: ['a'] }))).toBe(true);
    expect(boundToMesh(virtualService({ hosts: ['a'], gateways: [] }))).toBe(true);
    expect(boundToMesh(virtualService({ hosts: ['a'], gateways: ['ingress'] }))).toBe(false);
    expect(boundToMesh(virtualService({ hosts: ['a'], gateways: ['ingress', 'mesh'] }))).toBe(true);
  });
});
