import { describe, expect, it } from 'vitest';
import { type Change, codes, load, told, without } from '../../test/support/lint-manifests.ts';
import { findings, lint } from './lint.ts';

const target = (port: string): Change => ['service.yaml', 'targetPort: http', `targetPort: ${port}`];
const ports = (file: 'v1.yaml' | 'v2.yaml', list: string): Change => [
  file,
  'ports: [{ name: http, containerPort: 8080 }]',
  `ports: [${list}]`,
];

describe('the target port of a Service', () => {
  it('is a name that both versions declare', () => {
    expect(told(target('nope'))).toEqual([
      [
        'SRN1211',
        'service.yaml:6',
        'spec.ports[0].targetPort',
        'no container of `checkout-v2` and `checkout-v1` declares a port of that name, so that no request reaches its pods',
        '"nope"',
        'http',
      ],
    ]);
    const { objects, places } = load(target('nope'));
    expect(lint(objects, places)).toHaveLength(1);
  });

  it('is a name that the canary declares too, and not stable alone', () => {
    expect(told(ports('v2.yaml', '{ name: web, containerPort: 8080 }'))).toMatchObject([
      { 0: 'SRN1211', 2: 'spec.ports[0].targetPort', 4: '"http"', 5: 'a container port named http in `checkout-v2`' },
    ]);
    expect(codes(ports('v2.yaml', '{ name: web, containerPort: 9 }, { name: http, containerPort: 8080 }'))).toEqual([]);
  });

  it('is a port of the same protocol', () => {
    expect(codes(ports('v1.yaml', '{ name: http, containerPort: 8080, protocol: UDP }'))).toEqual([
      'SRN1211 service.yaml:6 spec.ports[0].targetPort',
    ]);
  });

  it('is worth a warning as a number that is not declared, which works in a cluster only', () => {
    const { objects, places } = load(target('9999'));
    expect(findings(objects, places)).toMatchObject([
      {
        severity: 'warning',
        problem: {
          code: 'SRN1211',
          place: { file: 'service.yaml', line: 6, path: 'spec.ports[0].targetPort' },
          found: '9999',
          accepted: '8080',
        },
      },
    ]);
    expect(codes(target('8080'))).toEqual([]);
    expect(codes(['service.yaml', ', targetPort: http', ''])).toEqual(['SRN1211 service.yaml:6 spec.ports[0].port']);
    expect(codes(['service.yaml', 'port: 80, targetPort: http', 'port: 8080'])).toEqual([]);
  });

  it('of a Service without a release is a port of any Deployment that it selects', () => {
    const alone = [without('release.yaml'), target('nope')];
    expect(codes(...alone)).toEqual(['SRN1211 service.yaml:6 spec.ports[0].targetPort']);
    expect(codes(...alone, ports('v1.yaml', '{ name: nope, containerPort: 8080 }'))).toEqual([]);
    expect(codes(...alone, ['service.yaml', 'selector: { app: checkout }', 'selector: { app: elsewhere }'])).toEqual(
      [],
    );
  });
});

describe('a port that a probe or a lifecycle handler names', () => {
  const handler = (text: string): Change => ['v2.yaml', 'image: "checkout:2"', `image: "checkout:2", ${text}`];

  it.each([
    ['livenessProbe: { httpGet: { port: admin } }', 'livenessProbe.httpGet'],
    ['readinessProbe: { tcpSocket: { port: admin } }', 'readinessProbe.tcpSocket'],
    ['startupProbe: { httpGet: { port: admin } }', 'startupProbe.httpGet'],
    ['lifecycle: { preStop: { httpGet: { port: admin } } }', 'lifecycle.preStop.httpGet'],
  ])('is one that the container declares: %s', (text, at) => {
    expect(told(handler(text))).toEqual([
      [
        'SRN1211',
        'v2.yaml:8',
        `spec.template.spec.containers[0].${at}.port`,
        'container `app` declares no port of that name',
        '"admin"',
        'http',
      ],
    ]);
    expect(told(handler(text.replace('admin', 'http')))).toEqual([]);
    expect(told(handler(text.replace('admin', '1234')))).toEqual([]);
  });
});
