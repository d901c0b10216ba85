// Which requests reach which version: order, conditions, weights, rewrites, headers, answers without a pod.
// Behaviour as in facts of Istio's documentation and route.go; the figures of real clusters give the same cases.
import type { Case } from '../case.ts';
import { to } from '../manifests.ts';

const canary = `- match: `;
/** One route with a condition to v2, everything else to v1. */
const when = (match: string): string => `${canary}${match}\n  route: [${to('v2')}]\n- route: [${to('v1')}]`;

const both = (name: string, match: string, hit: Case['send'][number], miss: Case['send'][number]): Case => ({
  name,
  http: when(match),
  send: [hit, miss],
});

const yes = { expect: { code: 200, version: 'v2' } } as const;
const no = { expect: { code: 200, version: 'v1' } } as const;

export const matching: readonly Case[] = [
  {
    name: 'the first route that matches takes the request',
    http: `
- { name: first, match: [{ uri: { prefix: /a } }], route: [${to('v2')}] }
- { name: second, match: [{ uri: { prefix: /a/b } }], route: [${to('v1')}] }
- { name: rest, route: [${to('v1')}] }`,
    send: [
      { path: '/a/b', expect: { version: 'v2', log: { route: 'first' } } },
      { path: '/c', expect: { version: 'v1', log: { route: 'rest' } } },
    ],
  },
  {
    name: 'blocks of one route are alternatives, conditions of one block must all hold',
    http: when('[{ uri: { exact: /a }, method: { exact: POST } }, { headers: { x-canary: { exact: "1" } } }]'),
    send: [
      { path: '/a', method: 'POST', body: 'x', ...yes },
      { path: '/a', ...no },
      { path: '/b', headers: { 'X-Canary': '1' }, ...yes },
    ],
  },
  {
    name: "a block's name stands behind the route's in the access log",
    http: `- { name: r, match: [{ name: m, uri: { prefix: / } }], route: [${to('v1')}] }`,
    send: [{ expect: { version: 'v1', log: { route: 'r.m', cluster: 'outbound|80|v1|app.demo.svc.cluster.local' } } }],
  },
  both('uri exact ignores the query', '[{ uri: { exact: /a } }]', { path: '/a?q=1', ...yes }, { path: '/a/', ...no }),
  both(
    'uri prefix is a prefix of the text',
    '[{ uri: { prefix: /a } }]',
    { path: '/abc', ...yes },
    { path: '/A', ...no },
  ),
  both(
    'uri regex must match the whole path',
    "[{ uri: { regex: '/i/[0-9]+' } }]",
    { path: '/i/12?x=y', ...yes },
    { path: '/i/12/x', ...no },
  ),
  both(
    'ignoreUriCase folds exact and prefix',
    '[{ uri: { prefix: /Ab }, ignoreUriCase: true }]',
    { path: '/aBc', ...yes },
    { path: '/b', ...no },
  ),
  both('method', '[{ method: { regex: "P.*" } }]', { method: 'PUT', body: 'x', ...yes }, { method: 'GET', ...no }),
  both(
    'authority is the Host header',
    '[{ authority: { prefix: shop. } }]',
    { headers: { host: 'shop.example.com' }, ...yes },
    { headers: { host: 'app.demo' }, ...no },
  ),
  both(
    'header values mind case, header names do not',
    '[{ headers: { X-Team: { exact: blue } } }]',
    { headers: { 'x-TEAM': 'blue' }, ...yes },
    { headers: { 'x-team': 'Blue' }, ...no },
  ),
  both(
    'a header condition without a value asks for presence',
    '[{ headers: { x-any: {} } }]',
    { headers: { 'x-any': '' }, ...yes },
    { ...no },
  ),
  both(
    'a header on several lines is matched line by line',
    '[{ headers: { x-list: { exact: b } } }]',
    { headers: { 'x-list': ['a', 'b'] }, ...yes },
    { headers: { 'x-list': 'a,b' }, ...no },
  ),
  both(
    'withoutHeaders is told by any of several lines',
    '[{ withoutHeaders: { x-list: { exact: b } } }]',
    { headers: { 'x-list': ['a', 'c'] }, ...yes },
    { headers: { 'x-list': ['a', 'b'] }, ...no },
  ),
  both(
    'a cookie is matched by a regex over the whole header',
    "[{ headers: { cookie: { regex: '^(.*?;)?\\s*(canary=yes)(;.*)?$' } } }]",
    { headers: { cookie: 'a=b; canary=yes; c=d' }, ...yes },
    { headers: { cookie: 'canary=yesterday' }, ...no },
  ),
  both(
    'withoutHeaders takes requests that lack the header or its value',
    '[{ withoutHeaders: { x-stable: { exact: "1" } } }]',
    { headers: { 'x-stable': '0' }, ...yes },
    { headers: { 'x-stable': '1' }, ...no },
  ),
  both(
    'query parameters are compared undecoded',
    '[{ queryParams: { v: { exact: "a%20b" } } }]',
    { path: '/?x=1&v=a%20b', ...yes },
    { path: '/?v=a+b', ...no },
  ),
  both(
    'sourceLabels choose by the caller',
    '[{ sourceLabels: { app: qa-tools } }]',
    { caller: { app: 'qa-tools', tier: 'x' }, ...yes },
    { caller: { app: 'shop' }, ...no },
  ),
  {
    name: 'a block for gateways alone is not for callers inside the mesh',
    http: when('[{ gateways: [edge], headers: { x-a: { exact: "1" } } }]'),
    send: [{ headers: { 'x-a': '1' }, ...no }],
  },
  {
    name: 'no route matches: 404 NR',
    http: `- { match: [{ uri: { prefix: /a } }], route: [${to('v1')}] }`,
    send: [{ path: '/b', expect: { code: 404, body: '', log: { flags: 'NR', code: 404, attempts: 0 }, received: {} } }],
  },
  {
    name: 'without a VirtualService every ready pod is reached',
    send: [{ times: 100, expect: { code: 200, versions: { v1: [20, 80], v2: [20, 80] }, log: { route: 'default' } } }],
  },
];

export const weights: readonly Case[] = [
  {
    name: 'weights are proportions of their sum',
    http: `- route: [${to('v1', 3)}, ${to('v2', 1)}]`,
    send: [{ times: 2000, width: 16, expect: { code: 200, versions: { v2: [430, 570] } } }],
  },
  // Bounds are four standard deviations of the binomial. Real cluster: 45 of 40,000 at 999/1; 1,958 of 20,000 at 90/10.
  {
    name: '0.1 % is 999/1',
    http: `- route: [${to('v1', 999)}, ${to('v2', 1)}]`,
    send: [{ times: 20_000, width: 32, expect: { code: 200, versions: { v2: [3, 37] } } }],
  },
  {
    name: '1 % is 990/10',
    http: `- route: [${to('v1', 990)}, ${to('v2', 10)}]`,
    send: [{ times: 10_000, width: 32, expect: { code: 200, versions: { v2: [61, 139] } } }],
  },
  {
    name: '10 % is 900/100',
    http: `- route: [${to('v1', 900)}, ${to('v2', 100)}]`,
    send: [{ times: 5000, width: 32, expect: { code: 200, versions: { v2: [416, 584] } } }],
  },
  {
    name: 'a destination without a weight among several gets nothing',
    http: `- route: [${to('v1')}, ${to('v2', 1)}]`,
    send: [{ times: 50, expect: { version: 'v2' } }],
  },
  {
    name: 'a single destination gets everything, whatever its weight',
    http: `- route: [${to('v2', 0)}]`,
    send: [{ times: 10, expect: { version: 'v2' } }],
  },
  // Real cluster: 509 of 5,000.
  {
    name: '10 % on a subset without pods: that share is answered 503 UH',
    http: `- route: [${to('v1', 90)}, ${to('empty', 10)}]`,
    send: [{ times: 1000, width: 16, expect: { code: { 200: [860, 940], 503: [60, 140] } } }],
  },
  {
    name: 'a subset without pods: 503 UH and Envoy’s words',
    http: `- route: [${to('empty')}]`,
    send: [{ expect: { code: 503, body: 'no healthy upstream', log: { flags: 'UH', attempts: 1 } } }],
  },
  {
    name: 'pods that are not ready are not asked',
    http: `- route: [${to('v2')}]`,
    pods: [{ version: 'v1' }, { version: 'v2' }, { version: 'v2', notReady: true }],
    send: [{ times: 20, expect: { code: 200, received: { v2: [20, 20] } } }],
  },
  {
    name: 'a subset that no DestinationRule defines: 503 NC',
    http: `- route: [${to('v9')}]`,
    send: [{ expect: { code: 503, log: { flags: 'NC' } } }],
  },
  {
    name: 'a host that is no service: 503 NC',
    http: '- route: [{ destination: { host: nowhere } }]',
    send: [{ expect: { code: 503, log: { flags: 'NC' } } }],
  },
];

export const changes: readonly Case[] = [
  {
    name: 'a prefix rewrite replaces what matched and keeps the query',
    http: `- { match: [{ uri: { prefix: /old } }], rewrite: { uri: /new }, route: [${to('v1')}] }`,
    send: [{ path: '/old/x?y=1', expect: { code: 200, pod: { path: '/new/x?y=1' } } }],
  },
  {
    name: 'a rewrite of an exact match replaces the whole path',
    http: `- { match: [{ uri: { exact: /old } }], rewrite: { uri: /new }, route: [${to('v1')}] }`,
    send: [{ path: '/old?y=1', expect: { pod: { path: '/new?y=1' } } }],
  },
  {
    name: 'a regex rewrite fills in its groups',
    http: `- { rewrite: { uriRegexRewrite: { match: '/u/([^/]+)/(.*)', rewrite: '/\\2/\\1' } }, route: [${to('v1')}] }`,
    send: [{ path: '/u/ann/cart', expect: { pod: { path: '/cart/ann' } } }],
  },
  {
    name: 'an authority rewrite changes the Host header; without one it stays',
    http: `
- { match: [{ uri: { prefix: /a } }], rewrite: { authority: other.example }, route: [${to('v1')}] }
- { route: [${to('v1')}] }`,
    send: [
      { path: '/a', headers: { host: 'app.demo' }, expect: { pod: { headers: { host: 'other.example' } } } },
      { path: '/b', headers: { host: 'app.demo:80' }, expect: { pod: { headers: { host: 'app.demo:80' } } } },
    ],
  },
  {
    name: 'request headers are removed, added and set before the pod sees them',
    http: `
- headers: { request: { remove: [x-spoof], set: { x-set: new }, add: { x-add: more } } }
  route: [${to('v1')}]`,
    send: [
      {
        headers: { 'x-spoof': '1', 'x-set': 'old', 'x-add': 'first' },
        expect: { pod: { headers: { 'x-spoof': null, 'x-set': 'new', 'x-add': 'first, more' } } },
      },
    ],
  },
  {
    name: 'response headers are removed, added and set before the caller sees them',
    http: `
- headers: { response: { remove: [x-pod], set: { x-version: hidden }, add: { x-more: "100%%" } } }
  route: [${to('v1')}]`,
    send: [{ expect: { code: 200, headers: { 'x-pod': null, 'x-version': 'hidden', 'x-more': '100%' } } }],
  },
  {
    name: 'with several destinations the route has the last word over the destination',
    http: `
- headers: { request: { set: { x-who: route } } }
  route:
    - { destination: { host: app, subset: v1 }, weight: 1, headers: { request: { set: { x-who: destination } } } }
    - { destination: { host: app, subset: v1 }, weight: 1, headers: { request: { set: { x-who: destination } } } }`,
    send: [{ expect: { pod: { headers: { 'x-who': 'route' } } } }],
  },
  {
    name: 'with one destination the destination has the last word',
    http: `
- headers: { request: { set: { x-who: route } } }
  route: [{ destination: { host: app, subset: v1 }, headers: { request: { set: { x-who: destination } } } }]`,
    send: [{ expect: { pod: { headers: { 'x-who': 'destination' } } } }],
  },
  {
    name: 'a redirect is answered without a pod',
    http: '- { redirect: { uri: /there, authority: else.example, redirectCode: 308 } }',
    send: [
      {
        path: '/here?q=1',
        expect: { code: 308, headers: { location: 'http://else.example/there?q=1' }, received: {} },
      },
    ],
  },
  {
    name: 'a direct response is answered without a pod',
    http: '- { directResponse: { status: 418, body: { string: short and stout } } }',
    send: [{ expect: { code: 418, body: 'short and stout', log: { flags: '-', attempts: 0 } } }],
  },
  {
    name: 'the pod gets the request id and the protocol; forwarded-for stays as it came',
    http: `- route: [${to('v1')}]`,
    send: [
      {
        headers: { 'x-request-id': 'abc', 'x-forwarded-for': '203.0.113.7' },
        expect: {
          pod: {
            headers: { 'x-request-id': 'abc', 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'http' },
          },
        },
      },
      { expect: { pod: { headers: { 'x-forwarded-for': null, 'x-forwarded-proto': 'http' } } } },
    ],
  },
];
