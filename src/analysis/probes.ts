// Requests that the kubelet's own probes make: they are counted like users' requests, and are not traffic (design.md §5).
// Never reads samples. Called by gather, which subtracts the rate from what it reads.
import type { PodTemplateSpec, Service } from '../api/kubernetes.ts';
import type { Container, Probe } from '../api/pod.ts';

type Port = number | string;

/** Kubernetes' default of `periodSeconds`. */
const DEFAULT_PERIOD_S = 10;

/** Kubernetes' default of `failureThreshold`. */
const DEFAULT_FAILURES = 3;

const PORT_ANNOTATION = 'prometheus.io/port';

/**
 * Requests per second that the probes of one ready pod make on ports where users' requests are counted: those that the Service
 * leads to, but not the metrics port (unless it is the only one). Startup probes are over by then (see startupProbes); exec, TCP and gRPC are no HTTP requests.
 */
export function probeRate(template: PodTemplateSpec, service: Service): number {
  const counted = countedPorts(template, service);
  return template.spec.containers
    .flatMap((container) =>
      [container.readinessProbe, container.livenessProbe].map((probe) => rateOf(probe, container, counted)),
    )
    .reduce((sum, rate) => sum + rate, 0);
}

/** Those that come while a container starts, before the others: at this rate, and for so long after its start at most. */
export interface StartupProbes {
  readonly perSecond: number;
  readonly lastsMs: number;
}

export function startupProbes(template: PodTemplateSpec, service: Service): StartupProbes | undefined {
  const counted = countedPorts(template, service);
  let all: StartupProbes | undefined;
  for (const container of template.spec.containers) {
    const { startupProbe: probe } = container;
    const rate = rateOf(probe, container, counted);
    if (probe === undefined || rate === 0) continue;
    const lastsMs = ((probe.failureThreshold || DEFAULT_FAILURES) / rate + (probe.initialDelaySeconds ?? 0)) * 1000;
    all = { perSecond: rate + (all?.perSecond ?? 0), lastsMs: Math.max(lastsMs, all?.lastsMs ?? 0) };
  }
  return all;
}

function rateOf(probe: Probe | undefined, container: Container, counted: ReadonlySet<number>): number {
  if (probe?.httpGet === undefined) return 0;
  const port = resolve(probe.httpGet.port, container);
  if (port === undefined || !counted.has(port)) return 0;
  return 1 / (probe.periodSeconds || DEFAULT_PERIOD_S);
}

function countedPorts({ metadata, spec }: PodTemplateSpec, service: Service): ReadonlySet<number> {
  const targets = (service.spec?.ports ?? []).map(({ port, targetPort }) => targetPort ?? port);
  const ports = new Set(
    spec.containers.flatMap((container) =>
      targets.map((target) => resolve(target, container)).filter((port) => port !== undefined),
    ),
  );
  const metrics = Number(metadata?.annotations?.[PORT_ANNOTATION]);
  if (ports.size > 1) ports.delete(metrics);
  return ports;
}

/** A port by its number, or by its name in the container; numbers may come as text. */
function resolve(port: Port, container: Container): number | undefined {
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  return named ?? (/^\d+$/.test(String(port)) ? Number(port) : undefined);
}
