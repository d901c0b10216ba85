import { describe, expect, it } from 'vitest';
import { type Change, FILES, told } from '../../test/support/lint-manifests.ts';

const withRoot = (root: string): Change => [
  'routes.yaml',
  FILES['routes.yaml'],
  `${FILES['routes.yaml'].replace('  hosts: [checkout]\n', '')}---\n${root}`,
];
const root = (delegate: string, namespace = 'prod') => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: ${namespace} }
spec: { hosts: [checkout.prod.svc.cluster.local], http: [{ delegate: ${delegate} }] }
`;
const problem = [
  'SRN1210',
  'routes.yaml:4',
  'spec.hosts',
  'no hosts, and no other VirtualService delegates to this one, so that no request meets its routes',
  'nothing',
  'the hosts that callers use, for example [checkout]; or a route elsewhere with delegate: { name: checkout }',
];

describe('a VirtualService without hosts', () => {
  it('that nobody delegates to is told', () => {
    expect(told(['routes.yaml', '  hosts: [checkout]\n', ''])).toEqual([problem]);
    expect(told(['routes.yaml', 'hosts: [checkout]', 'hosts: []'])).toMatchObject([
      { 0: 'SRN1210', 1: 'routes.yaml:5', 4: 'an empty list' },
    ]);
  });

  it('is fine where another delegates to it, in its namespace or by naming it', () => {
    expect(told(withRoot(root('{ name: checkout }')))).toEqual([]);
    expect(told(withRoot(root('{ name: checkout, namespace: prod }', 'edge')))).toEqual([]);
  });

  it('is not, where the other means another name or namespace', () => {
    expect(told(withRoot(root('{ name: cart }')))).toContainEqual(problem);
    expect(told(withRoot(root('{ name: checkout }', 'edge')))).toContainEqual(problem);
  });
});

describe('regular expressions', () => {
  const route = (text: string): Change => ['routes.yaml', '    - route:', `    - ${text}\n      route:`];

  it.each([
    ['match: [{ uri: { regex: "(a" } }]', 'spec.http[0].match[0].uri.regex', '"(a"'],
    ['match: [{ headers: { x: { regex: "(?=a)" } } }]', 'spec.http[0].match[0].headers.x.regex', '"(?=a)"'],
    ['match: [{ gateways: [edge], uri: { regex: "a**" } }]', 'spec.http[0].match[0].uri.regex', '"a**"'],
    ['rewrite: { uriRegexRewrite: { match: "[", rewrite: x } }', 'spec.http[0].rewrite.uriRegexRewrite.match', '"["'],
  ])('are those of RE2, and not %s', (text, path, found) => {
    const accepted = 'RE2 syntax: no look-around, no back references';
    expect(told(route(text))).toContainEqual([
      'SRN1004',
      'routes.yaml:7',
      path,
      'not a regular expression of RE2',
      found,
      accepted,
    ]);
  });

  it('of a preview are too', () => {
    const preview = '    - preview: { for: 1m, match: [{ headers: { x-user: { regex: "(" } } }] }\n    - mirror:';
    expect(told(['policy.yaml', '    - mirror:', preview])).toContainEqual(
      expect.arrayContaining(['SRN1004', 'spec.plan[0].preview.match[0].headers.x-user.regex']),
    );
  });

  it('may nest however deeply, and repeat however often', () => {
    for (const pattern of ['('.repeat(20_000) + ')'.repeat(20_000), '(a|b*){1,10}'.repeat(3000)])
      expect(() => told(route(`match: [{ uri: { regex: "${pattern}" } }]`))).not.toThrow();
  });
});
