import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { kindOf, kinds, validate } from './kinds.ts';
import { readObjects } from './load.ts';

const check = (text: string) =>
  validate(parse(text)).map(({ code, place, message }) => [code, place.object, place.path, message]);

const istio = (kind: string, spec: string, version = 'v1beta1') =>
  check(`{ apiVersion: networking.istio.io/${version}, kind: ${kind}, metadata: { name: a }, spec: ${spec} }`);

const deployment = (pod: string, rest = '') =>
  check(`
apiVersion: apps/v1
kind: Deployment
metadata: { name: a, creationTimestamp: null }
spec: { selector: { matchLabels: { app: a } }, ${rest} template: { metadata: { labels: { app: a } }, spec: ${pod} } }
`);

describe('the registry of kinds', () => {
  it('names every kind as its schema does', () => {
    for (const [name, kind] of Object.entries(kinds)) {
      expect(kind.kind).toBe(name);
      expect(
        validate({ apiVersion: kind.apiVersions[0], kind: name }).map((problem) => problem.place.path),
      ).not.toContain('apiVersion');
    }
    expect(kindOf('toString')).toBeUndefined();
  });
});

describe('VirtualService', () => {
  const ROUTE =
    '{ destination: { host: a, subset: v1, port: { number: 80 } }, weight: 100, headers: { request: { set: { a: b } } } }';

  it.each(['v1', 'v1beta1', 'v1alpha3'])('is accepted in %s with everything that its CRD has', (version) => {
    const spec = `{ hosts: [a], gateways: [mesh], exportTo: ["*"], tls: [{ any: thing }], tcp: [{}], http: [
      { name: r, match: [{ name: m, uri: { prefix: /a }, scheme: { exact: http }, method: { regex: GET|POST }, authority: { exact: a },
          headers: { x: {} }, port: 80, sourceLabels: { app: b }, gateways: [mesh], queryParams: { q: { exact: "1" } },
          ignoreUriCase: true, withoutHeaders: { y: { prefix: z } }, sourceNamespace: n, statPrefix: s }],
        route: [${ROUTE}], rewrite: { uri: /, authority: b, uriRegexRewrite: { match: a, rewrite: b } }, timeout: 1.5s,
        retries: { attempts: 3, perTryTimeout: 2s, retryOn: 5xx, retryRemoteLocalities: true, retryIgnorePreviousHosts: false, backoff: 25ms },
        fault: { delay: { fixedDelay: 1s, percentage: { value: 0.1 } }, abort: { httpStatus: 500, percentage: { value: 1 } } },
        mirror: { host: a, subset: v2 }, mirrorPercentage: { value: 100.0 }, mirrorPercent: 10, mirror_percent: 10,
        mirrors: [{ destination: { host: a }, percentage: { value: 5 } }],
        corsPolicy: { allowOrigins: [{ exact: "*" }], allowMethods: [GET], allowHeaders: [x], exposeHeaders: [y], maxAge: 24h,
          allowCredentials: true, unmatchedPreflights: IGNORE }, headers: { response: { add: { a: b }, remove: [c] } } },
      { redirect: { uri: /, authority: x, scheme: https, redirectCode: 302, port: 443 } },
      { directResponse: { status: 503, body: { string: no } } },
      { delegate: { name: d, namespace: n } }] }`;
    expect(istio('VirtualService', spec.replaceAll('no }', '"no" }'), version)).toEqual([]);
  });

  it('refuses article 0’s `mirroring`, which an API server would drop in silence', () => {
    const spec =
      '{ hosts: [a], http: [{ route: [{ destination: { host: a } }], mirroring: { requestHeaders: { set: { x: y } } } }] }';
    expect(istio('VirtualService', spec)).toEqual([
      ['SRN1003', 'VirtualService/default/a', 'spec.http[0].mirroring', 'unknown field; did you mean `mirror`?'],
    ]);
  });

  it('refuses two matches in one, a negative weight, a timeout without unit and a share above 100', () => {
    const spec = `{ http: [{ match: [{ uri: { exact: /a, prefix: /b } }], timeout: "5", mirrorPercentage: { value: 101 },
      route: [{ destination: { host: a }, weight: -1 }] }] }`;
    expect(istio('VirtualService', spec).map(([, , path, message]) => [path, message])).toEqual([
      ['spec.http[0].match[0].uri', 'only one of exact, prefix, regex may stand here'],
      ['spec.http[0].route[0].weight', 'less than 0'],
      ['spec.http[0].timeout', 'not a duration'],
      ['spec.http[0].mirrorPercentage.value', 'more than 100'],
    ]);
  });

  it('refuses a field left empty, as the API server does for custom resources', () => {
    expect(istio('VirtualService', '{ http: }')).toEqual([
      ['SRN1004', 'VirtualService/default/a', 'spec.http', 'nothing stands here'],
    ]);
  });
});

describe('DestinationRule', () => {
  it('is accepted with everything that its CRD has', () => {
    const spec = `{ host: a, exportTo: [.], workloadSelector: { matchLabels: { app: b } },
      trafficPolicy: { loadBalancer: { simple: LEAST_REQUEST, warmupDurationSecs: 10s, localityLbSetting: { enabled: true } },
        connectionPool: { tcp: { maxConnections: 10, connectTimeout: 1s, tcpKeepalive: { probes: 1, time: 1s, interval: 1s }, maxConnectionDuration: 1h, idleTimeout: 1h },
          http: { http1MaxPendingRequests: 1, http2MaxRequests: 1, maxRequestsPerConnection: 1, maxRetries: 1, idleTimeout: 1m,
            h2UpgradePolicy: UPGRADE, useClientProtocol: true, maxConcurrentStreams: 5 } },
        outlierDetection: { consecutive5xxErrors: 5, consecutiveGatewayErrors: 5, interval: 1s, baseEjectionTime: 30s, maxEjectionPercent: 50,
          minHealthPercent: 10, splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 3 },
        tls: { mode: ISTIO_MUTUAL, sni: x, subjectAltNames: [a] },
        portLevelSettings: [{ port: { number: 80 }, loadBalancer: { simple: RANDOM } }] },
      subsets: [{ name: v1, labels: { version: v1 }, trafficPolicy: { loadBalancer: { consistentHash: { httpCookie: { name: u, ttl: 0s } } } } }] }`;
    expect(istio('DestinationRule', spec)).toEqual([]);
  });

  it('refuses two kinds of load balancing, and an unknown one', () => {
    const both =
      '{ host: a, trafficPolicy: { loadBalancer: { simple: RANDOM, consistentHash: { useSourceIp: true } } } }';
    expect(istio('DestinationRule', both).map(([, , , message]) => message)).toEqual([
      'only one of simple, consistentHash may stand here',
    ]);
    const unknown = '{ host: a, trafficPolicy: { loadBalancer: { simple: ROUNDROBIN } } }';
    expect(istio('DestinationRule', unknown).map(([, , , message]) => message)).toEqual([
      'not one of the accepted values',
    ]);
  });
});

describe('Kubernetes’ own kinds', () => {
  it('are accepted as people write them', () => {
    const pod = `{ serviceAccountName: a, terminationGracePeriodSeconds: 30, volumes: [{ name: v, configMap: { name: c } }],
      nodeSelector: { a: b }, tolerations: [{ key: x }], affinity: { nodeAffinity: {} }, securityContext: { runAsNonRoot: true },
      containers: [{ name: app, image: "app:1", command: [node], args: [a], ports: [{ name: http, containerPort: 8080, protocol: TCP }],
        env: [{ name: A, value: "1" }, { name: B, valueFrom: { fieldRef: { fieldPath: status.podIP } } },
              { name: C, valueFrom: { configMapKeyRef: { name: c, key: k, optional: true } } }],
        envFrom: [{ prefix: P_, secretRef: { name: s } }], resources: { limits: { cpu: 1, memory: 128Mi }, requests: { cpu: 100m } },
        readinessProbe: { httpGet: { path: /ready, port: metrics }, periodSeconds: 1 }, livenessProbe: { tcpSocket: { port: 8080 } },
        startupProbe: { exec: { command: [true-ish] } }, lifecycle: { preStop: { sleep: { seconds: 5 } } },
        volumeMounts: [{ name: v, mountPath: /v, readOnly: true }], securityContext: {}, imagePullPolicy: IfNotPresent }] }`;
    expect(
      deployment(
        pod,
        'replicas: 2, strategy: { rollingUpdate: { maxSurge: 25%, maxUnavailable: 0 } }, minReadySeconds: 1,',
      ),
    ).toEqual([]);
    expect(
      check(
        '{ apiVersion: v1, kind: Secret, metadata: { name: s }, type: Opaque, stringData: { a: b }, data: { c: ZA== } }',
      ),
    ).toEqual([]);
    expect(
      check('{ apiVersion: v1, kind: Namespace, metadata: { name: prod, labels: { istio-injection: enabled } } }'),
    ).toEqual([]);
  });

  it('read null as left out, also where a tool wrote it', () => {
    expect(deployment('{ containers: [{ name: a, resources: null, env: }] }', 'strategy: ,')).toEqual([]);
  });

  it('refuse unknown fields at any depth, and values of the wrong type', () => {
    const pod =
      '{ containers: [{ name: a, readinesProbe: {}, env: [{ name: PORT, value: 8080 }], ports: [{ containerPort: 0 }] }] }';
    expect(deployment(pod).map(([code, , path, message]) => [code, path, message])).toEqual([
      ['SRN1004', 'spec.template.spec.containers[0].ports[0].containerPort', 'less than 1'],
      ['SRN1004', 'spec.template.spec.containers[0].env[0].value', 'wrong type of value'],
      ['SRN1003', 'spec.template.spec.containers[0].readinesProbe', 'unknown field; did you mean `readinessProbe`?'],
    ]);
  });

  it('need a valid name', () => {
    expect(check('{ apiVersion: v1, kind: ConfigMap, metadata: { name: Not_Valid } }')).toEqual([
      ['SRN1004', 'ConfigMap/default/Not_Valid', 'metadata.name', 'not a valid name'],
    ]);
  });
});

describe('changing a release', () => {
  const object = (spec: object, status?: object) => ({
    apiVersion: 'serin.dev/v1alpha1',
    kind: 'Release',
    metadata: { name: 'x' },
    spec: { service: 'a', canary: { deployment: 'b' }, policy: 'web', ...spec },
    ...(status === undefined ? {} : { status }),
  });
  const accepted = { phase: 'Running', accepted: { at: 'now' } };

  it('is free until it is accepted', () => {
    expect(validate(object({ policy: 'other' }), object({}, { phase: 'Pending' }))).toEqual([]);
    expect(validate(object({}))).toEqual([]);
  });

  it('is to pause, approve, abort or promote by hand afterwards', () => {
    const promoted = { revision: 'abc', reason: 'no traffic at night' };
    const orders = { paused: true, aborted: true, approved: [{ step: 2, revision: 'abc' }], promoted };
    const after = object(orders, accepted);
    expect(validate(after, object({}, accepted))).toEqual([]);
    const reordered = { ...after, spec: Object.fromEntries(Object.entries(after.spec).reverse()) };
    expect(validate(reordered, after)).toEqual([]);
  });

  it('is nothing else afterwards', () => {
    const [shorter, longer] = [{ gates: [1] }, { gates: [1, 2] }];
    for (const [after, before] of [
      [shorter, longer],
      [longer, shorter],
    ])
      expect(validate(object(after ?? {}), object(before ?? {}, accepted)).map(({ message }) => message)).toContain(
        '`gates` cannot change once the release is accepted',
      );
    const problems = validate(object({ policy: 'other', gates: { a: { promql: 'up' } } }), object({}, accepted));
    expect(problems.map(({ code, place, message, accepted: offer }) => [code, place.path, message, offer])).toEqual([
      [
        'SRN1004',
        'spec.policy',
        '`policy` cannot change once the release is accepted',
        'a change of paused, approved, aborted, promoted, or a new release',
      ],
      [
        'SRN1004',
        'spec.gates',
        '`gates` cannot change once the release is accepted',
        'a change of paused, approved, aborted, promoted, or a new release',
      ],
    ]);
  });
});

describe('an approval', () => {
  const approval = (spec: object) => ({
    apiVersion: 'serin.dev/v1alpha1',
    kind: 'Approval',
    metadata: { name: 'x' },
    spec: { release: 'checkout', step: 2, revision: 'abc', by: 'alice', ...spec },
  });

  it('names release, step, revision and author', () => {
    expect(validate(approval({}))).toEqual([]);
    expect(validate(approval({ by: '', step: 0 })).map(({ place }) => place.path)).toEqual(['spec.step', 'spec.by']);
  });

  it('never changes', () => {
    expect(validate(approval({}), approval({}))).toEqual([]);
    const [problem] = validate(approval({ step: 3 }), approval({}));
    expect(problem).toMatchObject({ code: 'SRN1004', message: 'an approval never changes' });
  });
});

describe('what a cluster makes for itself', () => {
  it('is served', () => {
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'x' } };
    expect(validate({ ...lease, spec: { holderIdentity: 'me', leaseDurationSeconds: 15, strategy: 'x' } })).toEqual([]);
    expect(validate({ ...lease, spec: { holderIdentity: 1 } })).toMatchObject([{ code: 'SRN1004' }]);
  });

  it('is no manifest', () => {
    const text = 'apiVersion: coordination.k8s.io/v1\nkind: Lease\nmetadata: { name: x }\n';
    expect(readObjects([{ name: 'a.yaml', text }])).toMatchObject({ ok: false, problems: [{ code: 'SRN1006' }] });
  });
});
