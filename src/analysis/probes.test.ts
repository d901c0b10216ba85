import { describe, expect, it } from 'vitest';
import type { PodTemplateSpec, Service } from '../api/kubernetes.ts';
import type { Container } from '../api/pod.ts';
import { probeRate, startupProbes } from './probes.ts';

const ports: Container['ports'] = [
  { name: 'http', containerPort: 8080 },
  { name: 'metrics', containerPort: 9090 },
];
const template = (container: Partial<Container>, annotations: Record<string, string> = {}): PodTemplateSpec => ({
  metadata: { annotations },
  spec: { containers: [{ name: 'app', ports, ...container }] },
});
const service = (...targets: (number | string)[]): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'checkout' },
  spec: { ports: targets.map((targetPort, index) => ({ port: 80 + index, targetPort })) },
});
const http = (port: number | string, periodSeconds?: number) => ({
  httpGet: { port, path: '/healthz' },
  ...(periodSeconds === undefined ? {} : { periodSeconds }),
});

describe('probeRate', () => {
  it('adds up readiness and liveness on the port that users reach, by number or name', () => {
    const probes = { readinessProbe: http('http', 2), livenessProbe: http(8080) };
    expect(probeRate(template(probes), service(8080))).toBeCloseTo(0.6);
    expect(probeRate(template(probes), service('http'))).toBeCloseTo(0.6);
  });

  it('takes a period of zero as the default, as Kubernetes does', () => {
    expect(probeRate(template({ readinessProbe: http(8080, 0) }), service(8080))).toBeCloseTo(0.1);
  });

  it('leaves out probes of the metrics port, of other ports, of startup, and those that are no HTTP requests', () => {
    const probes: Partial<Container> = {
      readinessProbe: http('metrics', 1),
      livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
      startupProbe: http(8080, 1),
    };
    expect(probeRate(template(probes), service('http'))).toBe(0);
    expect(probeRate(template({ readinessProbe: http('unknown', 1) }), service('http'))).toBe(0);
  });

  it('leaves out the metrics port also where the Service leads to it, unless it is the only one', () => {
    const probed = template({ readinessProbe: http(9090, 1) }, { 'prometheus.io/port': '9090' });
    expect(probeRate(probed, service('http', 'metrics'))).toBe(0);
    expect(probeRate(probed, service('metrics'))).toBe(1);
  });
});

describe('startupProbes', () => {
  it('come at their own rate, for as long as Kubernetes lets a start last', () => {
    const startupProbe = { ...http(8080, 2), failureThreshold: 30, initialDelaySeconds: 5 };
    expect(startupProbes(template({ startupProbe }), service(8080))).toEqual({ perSecond: 0.5, lastsMs: 65_000 });
    expect(startupProbes(template({ startupProbe: http(8080) }), service(8080))).toEqual({
      perSecond: 0.1,
      lastsMs: 30_000,
    });
  });

  it('are none on a port where nothing is counted', () => {
    expect(startupProbes(template({ startupProbe: http('metrics', 1) }), service(8080))).toBeUndefined();
    expect(startupProbes(template({ readinessProbe: http(8080) }), service(8080))).toBeUndefined();
  });
});
