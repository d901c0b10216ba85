import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { DestinationRule, VirtualService } from '../api/istio.ts';
import type { Pod, Service } from '../api/kubernetes.ts';
import { compileMesh, type MeshObjects } from './compile.ts';

const object = <T>(kind: string, name: string, spec: string, more: object = {}): T =>
  ({ apiVersion: 'v1', kind, metadata: { name, namespace: 'demo', ...more }, spec: parse(spec) }) as T;
const service = object<Service>(
  'Service',
  'app',
  '{ selector: { app: app }, ports: [{ port: 80, targetPort: web }, { port: 81, targetPort: 9000 }] }',
);
const virtualService = (http: string, more = ''): VirtualService =>
  object('VirtualService', 'app', `{ hosts: [app], http: ${http}${more} }`);
const destinationRule = (spec: string, name = 'app', more: object = {}): DestinationRule =>
  object('DestinationRule', name, `{ host: app, ${spec} }`, more);

function pod(
  name: string,
  labels: Record<string, string>,
  more: Partial<Pod['status']> & { deleted?: boolean } = {},
): Pod {
  const { deleted = false, ...status } = more;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'demo', labels, ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
    spec: {
      containers: [
        { name: 'a', ports: [{ name: 'web', containerPort: 8080, hostPort: 40_001 }] },
        { name: 'b', ports: [{ containerPort: 9000, hostPort: 40_002 }] },
      ],
    },
    status: { podIP: '127.0.0.1', conditions: [{ type: 'Ready', status: 'True' }], ...status },
  };
}

const compile = (more: Partial<MeshObjects>) =>
  compileMesh({ services: [service], virtualServices: [], destinationRules: [], pods: [], ...more });
const clusterNamed = (compiled: ReturnType<typeof compile>, name: string) =>
  compiled.clusters.find((cluster) => cluster.name === `outbound|${name}|app.demo.svc.cluster.local`);

describe('endpoints', () => {
  const pods = [
    pod('v1', { app: 'app', version: 'v1' }),
    pod('v2', { app: 'app', version: 'v2' }),
    pod('leaving', { app: 'app', version: 'v2' }, { deleted: true }),
    pod('starting', { app: 'app', version: 'v2' }, { conditions: [{ type: 'Ready', status: 'False' }] }),
    pod('other', { app: 'other' }),
  ];
  const rules = [destinationRule('subsets: [{ name: v2, labels: { version: v2 } }]')];

  it('are the ready pods that the Service selects, at the local port of the named or numbered target', () => {
    const compiled = compile({ pods });
    const at = (name: string) => clusterNamed(compiled, name)?.endpoints.map(({ pod: who, port }) => [who, port]);
    expect(at('80|')).toEqual([
      ['v1', 40_001],
      ['v2', 40_001],
    ]);
    expect(at('81|')).toEqual([
      ['v1', 40_002],
      ['v2', 40_002],
    ]);
  });

  it('of a subset carry its labels as well', () => {
    const compiled = compile({ pods, destinationRules: rules });
    expect(clusterNamed(compiled, '80|v2')?.endpoints.map(({ pod: who }) => who)).toEqual(['v2']);
  });

  it('tell the workload in Istio’s words', () => {
    const replicaSet = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'app-v1-5d9', uid: 'u', controller: true };
    const labels = { app: 'app', version: 'v1', 'pod-template-hash': '5d9' };
    const owned = pod('app-v1-5d9-x', labels);
    const compiled = compile({ pods: [{ ...owned, metadata: { ...owned.metadata, ownerReferences: [replicaSet] } }] });
    expect(clusterNamed(compiled, '80|')?.endpoints[0]?.workload).toEqual({
      name: 'app-v1',
      namespace: 'demo',
      app: 'app',
      version: 'v1',
      canonicalService: 'app',
      canonicalRevision: 'v1',
    });
  });
});

describe('policies', () => {
  const limits = (rule: string, cluster: string) =>
    clusterNamed(compile({ destinationRules: [destinationRule(rule)] }), cluster)?.limits;
  const top =
    'trafficPolicy: { connectionPool: { tcp: { maxConnections: 1, connectTimeout: 1s }, http: { http1MaxPendingRequests: 2 } } }';

  it('are unlimited, with ten seconds to connect, unless something is said', () => {
    expect(clusterNamed(compile({}), '80|')?.limits).toEqual({ connectTimeoutMs: 10_000 });
    expect(clusterNamed(compile({}), '80|')?.balancer).toBe('leastRequest');
  });

  it('of the host hold for subsets without a block of their own', () => {
    expect(
      limits(`${top}, subsets: [{ name: v2, trafficPolicy: { loadBalancer: { simple: RANDOM } } }]`, '80|v2'),
    ).toEqual({
      maxConnections: 1,
      maxPendingRequests: 2,
      connectTimeoutMs: 1000,
    });
  });

  it('of a subset replace a block as a whole', () => {
    const subset = 'subsets: [{ name: v2, trafficPolicy: { connectionPool: { tcp: { maxConnections: 9 } } } }]';
    expect(limits(`${top}, ${subset}`, '80|v2')).toEqual({ maxConnections: 9, connectTimeoutMs: 10_000 });
    expect(limits(`${top}, ${subset}`, '80|')).toMatchObject({ maxConnections: 1 });
  });

  it('for a port hold there only, and leave nothing of the host’s', () => {
    const level = 'portLevelSettings: [{ port: { number: 81 }, loadBalancer: { simple: ROUND_ROBIN } }]';
    const rule = destinationRule(`trafficPolicy: { connectionPool: { tcp: { maxConnections: 1 } }, ${level} }`);
    const compiled = compile({ destinationRules: [rule] });
    expect(clusterNamed(compiled, '81|')).toMatchObject({
      balancer: 'roundRobin',
      limits: { connectTimeoutMs: 10_000 },
    });
    expect(clusterNamed(compiled, '80|')).toMatchObject({ balancer: 'leastRequest', limits: { maxConnections: 1 } });
  });

  it('read 0 as "not set"', () => {
    expect(
      limits('trafficPolicy: { connectionPool: { tcp: { maxConnections: 0 }, http: { maxRetries: 0 } } }', '80|'),
    ).toEqual({
      connectTimeoutMs: 10_000,
    });
  });

  it('of two rules for one host: subsets are joined, the older policy holds', () => {
    const policy = (max: number, subset: string) =>
      `trafficPolicy: { connectionPool: { tcp: { maxConnections: ${max} } } }, subsets: [{ name: ${subset}, labels: { a: ${subset} } }]`;
    const compiled = compile({
      destinationRules: [
        destinationRule(policy(2, 'y'), 'a', { creationTimestamp: '2026-02-01T00:00:00Z' }),
        destinationRule(policy(1, 'x'), 'b', { creationTimestamp: '2026-01-01T00:00:00Z' }),
      ],
    });
    expect(clusterNamed(compiled, '80|x')?.limits.maxConnections).toBe(1);
    expect(clusterNamed(compiled, '80|y')?.limits.maxConnections).toBe(1);
  });
});

describe('routes', () => {
  const routesOf = (http: string, more: Partial<MeshObjects> = {}) =>
    compile({ virtualServices: [virtualService(http)], ...more }).services[0]!.routes;

  it('are one for each block, as Envoy has them', () => {
    const routes = routesOf(
      '[{ name: r, match: [{ name: m, uri: { exact: /a } }, { uri: { exact: /b } }], route: [{ destination: { host: app } }] }]',
    );
    expect(routes.map(({ name, match }) => [name, match?.uri?.exact])).toEqual([
      ['r.m', '/a'],
      ['r', '/b'],
    ]);
  });

  it('name the port that was called when the Service has several and the destination none', () => {
    const [route] = compile({
      virtualServices: [virtualService('[{ route: [{ destination: { host: app, subset: v1 } }] }]')],
    }).services[1]!.routes;
    expect(route?.action).toMatchObject({
      destinations: [{ cluster: 'outbound|81|v1|app.demo.svc.cluster.local', weight: 1 }],
    });
  });

  it('leave out destinations without weight', () => {
    const [route] = routesOf(
      '[{ route: [{ destination: { host: app, subset: a }, weight: 0 }, { destination: { host: app, subset: b }, weight: 7 }] }]',
    );
    expect(route?.action).toMatchObject({
      destinations: [{ cluster: 'outbound|80|b|app.demo.svc.cluster.local', weight: 1 }],
    });
  });

  it.each([
    ['mirror: { host: app }', [1_000_000]],
    ['mirror: { host: app }, mirrorPercentage: { value: 0.1 }', [1000]],
    ['mirror: { host: app }, mirrorPercentage: { value: 0 }', []],
    ['mirror: { host: app }, mirrorPercentage: {}', []],
    ['mirror: { host: app }, mirrorPercent: 50', [500_000]],
    [
      'mirrors: [{ destination: { host: app }, percentage: { value: 25 } }, { destination: { host: app } }]',
      [250_000, 1_000_000],
    ],
  ])('mirror %s as parts of a million: %j', (mirror, expected) => {
    const [route] = routesOf(`[{ route: [{ destination: { host: app } }], ${mirror} }]`);
    const action = route?.action;
    expect(action?.kind === 'forward' && action.mirrors.map(({ ppm }) => ppm)).toEqual(expected);
  });

  it('keep a timeout that is longer than a timer can be below that: the timer would go off at once', () => {
    const [route] = routesOf('[{ route: [{ destination: { host: app } }], timeout: 720h }]');
    expect(route?.action).toMatchObject({ timeoutMs: 2_147_483_647 });
  });

  it('send the text of a redirect as bytes of UTF-8', () => {
    const [route] = routesOf('[{ redirect: { uri: "/é" } }]');
    expect(route?.action).toMatchObject({ uri: '/Ã©' });
  });

  it('of a delegate stand where its root hands over', () => {
    const root = object<VirtualService>(
      'VirtualService',
      'app',
      '{ hosts: [app], http: [{ name: r, match: [{ uri: { prefix: /x } }], delegate: { name: part } }] }',
    );
    const part = object<VirtualService>(
      'VirtualService',
      'part',
      '{ http: [{ name: d, match: [{ uri: { prefix: /x/y } }], route: [{ destination: { host: app } }] }] }',
    );
    const { routes } = compile({ virtualServices: [root, part] }).services[0]!;
    expect(routes.map(({ name, match }) => [name, match?.uri])).toEqual([['r-d', { prefix: '/x/y' }]]);
  });

  it('write header values as bytes: UTF-8 and one per cent sign for two', () => {
    const [route] = routesOf(
      '[{ headers: { request: { set: { X-A: "é%%" } } }, route: [{ destination: { host: app } }] }]',
    );
    const action = route?.action;
    expect(action?.kind === 'forward' && action.destinations[0]?.headers.request).toEqual([
      { remove: [], put: [{ name: 'x-a', value: 'Ã©%', append: false }] },
    ]);
  });

  it('set the authority by a host header or a rewrite', () => {
    const rewriteOf = (route: string) => {
      const [first] = routesOf(`[{ ${route} }]`);
      return first?.action.kind === 'forward' ? first.action.rewrite : undefined;
    };
    expect(rewriteOf('rewrite: { authority: a }, route: [{ destination: { host: app } }]')).toEqual({ authority: 'a' });
    expect(rewriteOf('headers: { request: { set: { Host: b } } }, route: [{ destination: { host: app } }]')).toEqual({
      authority: 'b',
    });
  });
});
