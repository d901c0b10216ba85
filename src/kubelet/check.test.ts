import { describe, expect, it } from 'vitest';
import { validate } from '../api/kinds.ts';
import type { Container, Deployment, DeploymentSpec, PodSpec } from '../api/kubernetes.ts';
import { type CheckOptions, checkKubelet } from './check.ts';

interface Parts {
  readonly container?: Partial<Container>;
  readonly pod?: Partial<PodSpec>;
  readonly spec?: Partial<DeploymentSpec>;
}

const deployment = ({ container, pod, spec }: Parts = {}): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'prod' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          { name: 'app', command: ['node', 'server.js'], ports: [{ containerPort: 8080, name: 'http' }], ...container },
        ],
        ...pod,
      },
    },
    ...spec,
  },
});

const refusals = (parts: Parts, options?: CheckOptions) =>
  checkKubelet(deployment(parts), options).map(({ code, place, found }) => [code, place.path, found]);

const C = 'spec.template.spec.containers[0]';

describe('a Deployment for one machine', () => {
  it('may say all that a cluster needs and one machine does not', () => {
    const full = deployment({
      container: {
        image: 'checkout:1.2.3',
        imagePullPolicy: 'Always',
        workingDir: '/app',
        securityContext: { runAsNonRoot: true },
        resources: { limits: { cpu: '500m', memory: '128Mi' }, requests: { cpu: 0.1 } },
        terminationMessagePath: '/dev/termination-log',
        lifecycle: { preStop: { sleep: { seconds: 5 } }, stopSignal: 'SIGINT' },
        readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 1 },
        livenessProbe: { tcpSocket: { port: 8080 } },
        startupProbe: { exec: { command: ['true'] } },
        volumeMounts: [],
      },
      pod: {
        initContainers: [],
        hostNetwork: false,
        restartPolicy: 'Always',
        serviceAccountName: 'web',
        nodeSelector: { disk: 'fast' },
        tolerations: [{ key: 'x' }],
        topologySpreadConstraints: [{ maxSkew: 1 }],
        terminationGracePeriodSeconds: 10,
      },
      spec: { replicas: 3, minReadySeconds: 1, revisionHistoryLimit: 3, progressDeadlineSeconds: 60, paused: false },
    });
    expect(validate(full)).toEqual([]);
    expect(checkKubelet(full)).toEqual([]);
  });

  it.each<[string, Parts]>([
    ['spec.paused', { spec: { paused: true } }],
    ['spec.template.spec.initContainers', { pod: { initContainers: [{ name: 'migrate', command: ['x'] }] } }],
    ['spec.template.spec.volumes', { pod: { volumes: [{ name: 'tmp', emptyDir: {} }] } }],
    ['spec.template.spec.hostNetwork', { pod: { hostNetwork: true } }],
    ['spec.template.spec.restartPolicy', { pod: { restartPolicy: 'Never' } }],
    ['spec.template.spec.hostAliases', { pod: { hostAliases: [{ ip: '1.2.3.4' }] } }],
    [`${C}.volumeMounts`, { container: { volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] } }],
    [`${C}.tty`, { container: { tty: true } }],
    [`${C}.lifecycle.postStart`, { container: { lifecycle: { postStart: { exec: { command: ['x'] } } } } }],
    [`${C}.lifecycle.stopSignal`, { container: { lifecycle: { stopSignal: 'SIGNONE' } } }],
    [`${C}.ports[0].protocol`, { container: { ports: [{ containerPort: 53, protocol: 'UDP' }] } }],
    [`${C}.ports[0].hostPort`, { container: { ports: [{ containerPort: 80, hostPort: 80 }] } }],
    [`${C}.readinessProbe.grpc`, { container: { readinessProbe: { grpc: { port: 8080 } } } }],
    [
      `${C}.livenessProbe.httpGet.host`,
      { container: { livenessProbe: { httpGet: { port: 'http', host: 'example.org' } } } },
    ],
    [
      `${C}.env[0].valueFrom.resourceFieldRef`,
      { container: { env: [{ name: 'X', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }] } },
    ],
    [
      `${C}.env[0].valueFrom.fieldRef.fieldPath`,
      { container: { env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath: 'spec.magic' } } }] } },
    ],
  ])('refuses %s by name', (path, parts) => {
    expect(validate(deployment(parts))).toEqual([]);
    const problems = checkKubelet(deployment(parts));
    expect(problems.map(({ code, place }) => [code, place.object, place.path])).toEqual([
      ['SRN1701', 'Deployment/prod/web', path],
    ]);
  });

  it('refuses a second container', () => {
    const two = deployment({
      pod: {
        containers: [
          { name: 'app', command: ['x'] },
          { name: 'sidecar', command: ['y'] },
        ],
      },
    });
    expect(checkKubelet(two)).toMatchObject([
      { code: 'SRN1701', place: { path: 'spec.template.spec.containers[1]' }, found: 'sidecar' },
    ]);
  });

  it('needs a command, from the manifest or from outside, that can be started without a shell', () => {
    const bare: Parts = { container: { command: [] } };
    expect(refusals(bare)).toEqual([['SRN1701', `${C}.command`, undefined]]);
    expect(refusals(bare, { run: new Map([['web', 'node server.js']]) })).toEqual([]);
    expect(refusals(bare, { run: new Map([['web', 'node server.js | tee log']]) })).toEqual([
      ['SRN1701', `${C}.command`, '|'],
    ]);
  });

  it('refuses values that Kubernetes would refuse, each with its field', () => {
    expect(
      refusals({
        spec: { strategy: { rollingUpdate: { maxSurge: 'many', maxUnavailable: -1 } } },
        container: {
          resources: { limits: { cpu: 'half' } },
          livenessProbe: { httpGet: { port: 'admin' }, tcpSocket: { port: 8080 }, successThreshold: 2 },
          readinessProbe: { periodSeconds: 1 },
          startupProbe: { exec: { command: [] } },
        },
      }),
    ).toEqual([
      ['SRN1004', 'spec.strategy.rollingUpdate.maxSurge', 'many'],
      ['SRN1004', 'spec.strategy.rollingUpdate.maxUnavailable', '-1'],
      ['SRN1004', `${C}.resources.limits.cpu`, 'half'],
      ['SRN1004', `${C}.livenessProbe`, 'httpGet, tcpSocket'],
      ['SRN1201', `${C}.livenessProbe.httpGet.port`, 'admin'],
      ['SRN1004', `${C}.livenessProbe.successThreshold`, '2'],
      ['SRN1004', `${C}.readinessProbe`, 'none'],
      ['SRN1005', `${C}.startupProbe.exec.command`, undefined],
    ]);
  });

  it('refuses references to ConfigMaps, Secrets and keys that do not exist, when it can look', () => {
    const parts: Parts = {
      container: {
        envFrom: [{ configMapRef: { name: 'nobody' } }, { secretRef: { name: 'later', optional: true } }],
        env: [
          { name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'mode' } } },
          { name: 'B', valueFrom: { configMapKeyRef: { name: 'settings', key: 'nokey' } } },
          { name: 'D', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
        ],
      },
    };
    const objects = new Map<string, object>([
      ['ConfigMap/prod/settings', { data: { mode: 'x' } }],
      ['Secret/prod/db', { stringData: { password: 'x' } }],
    ]);
    const find: CheckOptions['find'] = ({ kind, namespace, name }) => {
      const found = objects.get(`${kind}/${namespace}/${name}`);
      return found && { apiVersion: 'v1', kind, metadata: { name }, ...found };
    };
    expect(refusals(parts)).toEqual([]);
    expect(refusals(parts, { find })).toEqual([
      ['SRN1201', `${C}.envFrom[0].configMapRef.name`, 'nobody'],
      ['SRN1201', `${C}.env[1].valueFrom.configMapKeyRef`, 'nokey'],
    ]);
  });
});
