import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { validate } from './kinds.ts';

/** What is wrong with a Deployment whose container has these fields beside its name. */
const container = (fields: string) => problems(`{ containers: [{ name: app, ${fields} }] }`, '{}');
const strategy = (rollingUpdate: string) => problems('{ containers: [{ name: app }] }', rollingUpdate);

const problems = (pod: string, rollingUpdate: string) =>
  validate(
    parse(
      `{ apiVersion: apps/v1, kind: Deployment, metadata: { name: web }, spec: { selector: {}, strategy: { rollingUpdate: ${rollingUpdate} }, template: { spec: ${pod} } } }`,
    ),
  ).map(({ code, place, message, found }) => [
    code,
    place.path?.replace('spec.template.spec.containers[0].', ''),
    message,
    found,
  ]);

describe('a container that no cluster would take', () => {
  it.each([
    ['resources: { limits: { cpu: 500zz } }', 'resources.limits.cpu', 'not a quantity', '"500zz"'],
    ['resources: { requests: { memory: 1K } }', 'resources.requests.memory', 'not a quantity', '"1K"'],
    ['resources: { requests: { cpu: -1 } }', 'resources.requests.cpu', 'not a quantity', 'the number -1'],
    ['ports: [{ name: HTTP, containerPort: 80 }]', 'ports[0].name', 'not a port name', '"HTTP"'],
    [
      'ports: [{ name: a-name-of-16-char, containerPort: 80 }]',
      'ports[0].name',
      'not a port name',
      '"a-name-of-16-char"',
    ],
    [
      'readinessProbe: { httpGet: { port: "8080" } }',
      'readinessProbe.httpGet.port',
      'a number in quotes is no port name',
      '"8080"',
    ],
    [
      'readinessProbe: { tcpSocket: { port: 70000 } }',
      'readinessProbe.tcpSocket.port',
      'not a port',
      'the number 70000',
    ],
    ['livenessProbe: { exec: { command: [] } }', 'livenessProbe.exec.command', 'must not be empty', 'a list'],
    [
      'readinessProbe: { periodSeconds: 1 }',
      'readinessProbe',
      'exactly one of httpGet, tcpSocket, exec, grpc must stand here',
      'a map',
    ],
    [
      'livenessProbe: { httpGet: { port: 80 }, tcpSocket: { port: 80 } }',
      'livenessProbe',
      'exactly one of httpGet, tcpSocket, exec, grpc must stand here',
      'a map',
    ],
    [
      'startupProbe: { grpc: { port: 80 }, successThreshold: 2 }',
      'startupProbe.successThreshold',
      'more than 1',
      'the number 2',
    ],
    [
      'lifecycle: { preStop: {} }',
      'lifecycle.preStop',
      'exactly one of httpGet, tcpSocket, exec, sleep must stand here',
      'a map',
    ],
    [
      'env: [{ name: A, valueFrom: {} }]',
      'env[0].valueFrom',
      expect.stringMatching(/^exactly one of configMapKeyRef, .* must stand here$/),
      'a map',
    ],
    ['envFrom: [{ prefix: A_ }]', 'envFrom[0]', 'exactly one of configMapRef, secretRef must stand here', 'a map'],
  ])('is refused for %s', (fields, path, message, found) => {
    expect(container(fields)).toEqual([['SRN1004', path, message, found]]);
  });

  it('is taken with what Kubernetes takes', () => {
    expect(
      container(
        'resources: { limits: { cpu: 0.5, memory: 128Mi }, requests: { cpu: 500m } }, ports: [{ name: http-2, containerPort: 80 }], readinessProbe: { httpGet: { port: http-2 }, successThreshold: 3 }, livenessProbe: { grpc: { port: 80 }, successThreshold: 1 }',
      ),
    ).toEqual([]);
  });
});

it('a strategy counts pods in whole numbers or percent', () => {
  expect(strategy('{ maxSurge: many, maxUnavailable: -1 }')).toEqual([
    ['SRN1004', 'spec.strategy.rollingUpdate.maxSurge', 'not a number of pods', '"many"'],
    ['SRN1004', 'spec.strategy.rollingUpdate.maxUnavailable', 'not a number of pods', 'the number -1'],
  ]);
  expect(strategy('{ maxSurge: 25%, maxUnavailable: 0 }')).toEqual([]);
});
