import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '../api/object.ts';
import { checkMesh } from './check.ts';

const service = (spec: string, name = 'app', namespace = 'demo'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace },
  spec: parse(spec),
});
const APP = service('{ selector: { app: app }, ports: [{ port: 80, name: http }] }');

const virtualService = (spec: string, name = 'app', namespace = 'demo'): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name, namespace },
  spec: parse(spec),
});
const destinationRule = (spec: string, namespace = 'demo'): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'app', namespace },
  spec: parse(spec),
});

const findings = (...objects: readonly KubeObject[]) =>
  checkMesh([APP, ...objects]).map(({ code, place }) => `${code} ${place.object} ${place.path}`);

const TO = 'route: [{ destination: { host: app } }]';

describe('what a VirtualService may hold', () => {
  it.each([
    ['fault', `${TO}, fault: { abort: { httpStatus: 500 } }`, 'fault'],
    ['CORS', `${TO}, corsPolicy: { allowMethods: [GET] }`, 'corsPolicy'],
    ['statistics of its own', `${TO}, match: [{ statPrefix: x }]`, 'match[0].statPrefix'],
    ['a header key Istio ignores', `${TO}, match: [{ headers: { uri: { exact: / } } }]`, 'match[0].headers.uri'],
    ['an odd redirect', 'redirect: { redirectCode: 305 }', 'redirect.redirectCode'],
    ['an informational direct response', 'directResponse: { status: 103 }', 'directResponse.status'],
    ['two things to do', `${TO}, redirect: { uri: / }`, ''],
    ['nothing to do', 'name: x', ''],
    ['no weight', 'route: [{ destination: { host: app } }, { destination: { host: app } }]', 'route'],
    ['a wildcard destination', 'route: [{ destination: { host: "*.x" } }]', 'route[0].destination.host'],
    ['mirror beside mirrors', `${TO}, mirror: { host: app }, mirrors: []`, 'mirrors'],
    ['command operators', `${TO}, headers: { request: { set: { x: "%START_TIME%" } } }`, 'headers.request.set.x'],
    [
      'pseudo-headers',
      'route: [{ destination: { host: app }, headers: { request: { add: { ":path": /x } } } }]',
      'route[0].headers.request.add.:path',
    ],
    ['removing the host', `${TO}, headers: { request: { remove: [Host] } }`, 'headers.request.remove'],
    ['blanks in retryOn', `${TO}, retries: { attempts: 1, retryOn: "5xx, reset" }`, 'retries.retryOn'],
    ['retriable-headers', `${TO}, retries: { attempts: 1, retryOn: retriable-headers }`, 'retries.retryOn'],
    ['localities', `${TO}, retries: { attempts: 1, retryRemoteLocalities: true }`, 'retries.retryRemoteLocalities'],
    ['a header name with a blank', `${TO}, headers: { response: { set: { "x y": a } } }`, 'headers.response.set.x y'],
    ['a line break in a header', `${TO}, headers: { request: { add: { x: "a\\nb" } } }`, 'headers.request.add.x'],
    ['a line break in a redirect', 'redirect: { uri: "/a\\nb" }', 'redirect.uri'],
    [
      'a rewrite with a group that is not there',
      `${TO}, rewrite: { uriRegexRewrite: { match: "/(a)", rewrite: "/\\\\2" } }`,
      'rewrite.uriRegexRewrite.rewrite',
    ],
    [
      'a rewrite that is no RE2',
      `${TO}, rewrite: { uriRegexRewrite: { match: "(?=x)" } }`,
      'rewrite.uriRegexRewrite.match',
    ],
  ])('not %s', (_what, route, path) => {
    const at = path === '' ? 'spec.http[0]' : `spec.http[0].${path}`;
    expect(findings(virtualService(`{ hosts: [app], http: [{ ${route} }] }`))).toEqual([
      `SRN1601 VirtualService/demo/app ${at}`,
    ]);
  });

  it.each([
    ['a delegate of a delegate', '{ http: [{ delegate: { name: x } }] }', 'spec.http[0].delegate'],
    ['TLS routes', '{ hosts: [app], tls: [{}] }', 'spec.tls'],
    ['TCP routes', '{ hosts: [app], tcp: [{}] }', 'spec.tcp'],
    ['gateways alone', `{ hosts: [app], gateways: [edge], http: [{ ${TO} }] }`, 'spec.gateways'],
    ['wildcard hosts', `{ hosts: ["*.demo"], http: [{ ${TO} }] }`, 'spec.hosts[0]'],
    ['export to chosen namespaces', `{ hosts: [app], exportTo: [other], http: [{ ${TO} }] }`, 'spec.exportTo'],
  ])('not %s', (_what, spec, path) => {
    expect(findings(virtualService(spec))).toEqual([`SRN1601 VirtualService/demo/app ${path}`]);
  });

  it('not a regex that is no RE2', () => {
    const [problem] = checkMesh([
      virtualService(`{ hosts: [app], http: [{ ${TO}, match: [{ uri: { regex: "(a" } }] }] }`),
    ]);
    expect(problem).toMatchObject({ code: 'SRN1004', place: { path: 'spec.http[0].match[0].uri.regex' } });
  });

  it('not a host that an older VirtualService rules', () => {
    const older = virtualService(`{ hosts: [app], http: [{ ${TO} }] }`, 'a');
    const newer = virtualService(`{ hosts: [app.demo.svc.cluster.local], http: [{ ${TO} }] }`, 'b');
    expect(findings(older, newer)).toEqual(['SRN1601 VirtualService/demo/b spec.hosts[0]']);
  });

  it('everything that people usually write', () => {
    const spec = `
      hosts: [app, shop.example.com]
      gateways: [edge, mesh]
      http:
        - name: preview
          match: [{ headers: { x-a: { exact: "1" } }, sourceLabels: { app: qa }, gateways: [mesh] }]
          ${TO}
        - name: main
          timeout: 3s
          retries: { attempts: 2, perTryTimeout: 1s, retryOn: "connect-failure,refused-stream,unavailable,503" }
          rewrite: { uri: /, authority: app }
          headers: { request: { set: { x: "50%%" } }, response: { remove: [server] } }
          mirror: { host: app, subset: v2 }
          mirrorPercentage: { value: 10 }
          route: [{ destination: { host: app, subset: v1 }, weight: 100 }, { destination: { host: app, subset: v2 }, weight: 0 }]`;
    expect(findings(virtualService(spec))).toEqual([]);
  });
});

describe('what a DestinationRule may hold', () => {
  it.each([
    ['outlierDetection: {}', 'outlierDetection'],
    ['tls: { mode: ISTIO_MUTUAL }', 'tls.mode'],
    ['loadBalancer: { consistentHash: { useSourceIp: true } }', 'loadBalancer.consistentHash'],
    ['loadBalancer: { simple: PASSTHROUGH }', 'loadBalancer.simple'],
    ['loadBalancer: { localityLbSetting: {} }', 'loadBalancer.localityLbSetting'],
    ['loadBalancer: { warmupDurationSecs: 10s }', 'loadBalancer.warmupDurationSecs'],
    ['connectionPool: { tcp: { tcpKeepalive: {} } }', 'connectionPool.tcp.tcpKeepalive'],
    ['connectionPool: { tcp: { maxConnectionDuration: 1m } }', 'connectionPool.tcp.maxConnectionDuration'],
    ['connectionPool: { tcp: { idleTimeout: 1m } }', 'connectionPool.tcp.idleTimeout'],
    ['connectionPool: { http: { h2UpgradePolicy: UPGRADE } }', 'connectionPool.http.h2UpgradePolicy'],
    ['connectionPool: { http: { useClientProtocol: true } }', 'connectionPool.http.useClientProtocol'],
    ['connectionPool: { http: { maxConcurrentStreams: 1 } }', 'connectionPool.http.maxConcurrentStreams'],
    ['tunnel: {}', 'tunnel'],
    ['proxyProtocol: {}', 'proxyProtocol'],
    ['retryBudget: {}', 'retryBudget'],
  ])('not %s, at the top, in a subset, for a port', (policy, path) => {
    const top = findings(destinationRule(`{ host: app, trafficPolicy: { ${policy} } }`));
    expect(top).toEqual([`SRN1601 DestinationRule/demo/app spec.trafficPolicy.${path}`]);
    const inSubset = findings(destinationRule(`{ host: app, subsets: [{ name: v, trafficPolicy: { ${policy} } }] }`));
    expect(inSubset).toEqual([`SRN1601 DestinationRule/demo/app spec.subsets[0].trafficPolicy.${path}`]);
    if (['tunnel', 'proxyProtocol', 'retryBudget'].includes(path)) return;
    const level = `{ host: app, trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, ${policy} }] } }`;
    expect(findings(destinationRule(level))).toEqual([
      `SRN1601 DestinationRule/demo/app spec.trafficPolicy.portLevelSettings[0].${path}`,
    ]);
  });

  it.each([
    ['{ host: "*.demo" }', 'spec.host'],
    ['{ host: app, workloadSelector: {} }', 'spec.workloadSelector'],
    ['{ host: app, exportTo: [other] }', 'spec.exportTo'],
  ])('not %s', (spec, path) => {
    expect(findings(destinationRule(spec))).toEqual([`SRN1601 DestinationRule/demo/app ${path}`]);
  });

  it('not rules of a namespace that is neither the service’s nor the root’s', () => {
    const host = '{ host: app.demo.svc.cluster.local }';
    expect(findings(destinationRule(host, 'other'))).toEqual(['SRN1601 DestinationRule/other/app metadata.namespace']);
    expect(findings(destinationRule(host, 'istio-system'))).toEqual([]);
  });
});

describe('what a Service may be', () => {
  it.each([
    ['{ type: ExternalName, externalName: x.y }', 'spec.type'],
    ['{ ports: [{ port: 80 }] }', 'spec.selector'],
    ['{ selector: { a: b }, clusterIP: None, ports: [{ port: 80 }] }', 'spec.clusterIP'],
    ['{ selector: { a: b }, ports: [{ port: 80, name: grpc-api }] }', 'spec.ports[0]'],
    ['{ selector: { a: b }, ports: [{ port: 80, appProtocol: kubernetes.io/h2c }] }', 'spec.ports[0]'],
    ['{ selector: { a: b }, ports: [{ port: 80 }, { port: 53, protocol: UDP }] }', 'spec.ports[1]'],
  ])('not %s', (spec, path) => {
    expect(findings(service(spec, 'db'))).toEqual([`SRN1601 Service/demo/db ${path}`]);
  });

  it.each(['http', 'http-api', 'web', 'metrics'])('a port named %s', (name) => {
    expect(findings(service(`{ selector: { a: b }, ports: [{ port: 80, name: ${name} }] }`, 'db'))).toEqual([]);
  });
});
