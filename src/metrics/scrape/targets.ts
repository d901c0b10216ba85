// Which pods are scraped, and how: from their prometheus.io annotations, as Kubernetes users write them.
// Never looks at the network or a store. Called by the rehearsal at every refresh.
import type { Pod } from '../../api/kubernetes.ts';
import { DEFAULT_NAMESPACE, formatRef, refOf } from '../../api/object.ts';
import type { Problem } from '../../lib/problem.ts';
import { failed, ok, type Result } from '../../lib/result.ts';
import type { Labels } from '../../series/series.ts';
import type { ScrapeTarget } from './target.ts';

export interface PodTargetOptions {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

export interface PodTargets {
  readonly targets: readonly ScrapeTarget[];
  /** Pods that ask to be scraped in a way that cannot be (SRN1901). */
  readonly problems: readonly Problem[];
}

const SCRAPE = 'prometheus.io/scrape';
const PORT = 'prometheus.io/port';
const PATH = 'prometheus.io/path';
const SCHEME = 'prometheus.io/scheme';

/** A target per pod that has `prometheus.io/scrape: "true"`, a running container and a local port. */
export function targetsOfPods(pods: readonly Pod[], options: PodTargetOptions): PodTargets {
  const targets: ScrapeTarget[] = [];
  const problems: Problem[] = [];
  for (const pod of pods) {
    if (pod.metadata.annotations?.[SCRAPE] !== 'true' || !isRunning(pod)) continue;
    const port = metricsPort(pod);
    if (!port.ok) problems.push(...port.problems);
    else if (port.value !== undefined) targets.push(targetOf(pod, port.value, options));
  }
  return { targets, problems };
}

const isRunning = (pod: Pod): boolean =>
  pod.status?.podIP !== undefined &&
  (pod.status.containerStatuses ?? []).some(({ state }) => state?.running !== undefined);

/** The real port behind the annotated container port (else the one named `metrics`, else the only one); undefined: not known yet. */
function metricsPort(pod: Pod): Result<number | undefined> {
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  const wanted = pod.metadata.annotations?.[PORT];
  const named = ports.find(({ name }) => name === 'metrics') ?? (ports.length === 1 ? ports[0] : undefined);
  const port = wanted === undefined ? named : ports.find(({ containerPort }) => String(containerPort) === wanted);
  if (port !== undefined) return ok(port.hostPort);
  return failed({
    code: 'SRN1901',
    place: { object: formatRef(refOf(pod)), path: `metadata.annotations["${PORT}"]` },
    message: 'the pod asks to be scraped, but not at a port that one of its containers has',
    found: wanted ?? 'no such annotation, no port named "metrics", and not exactly one port',
    accepted: `one of: ${ports.map(({ containerPort }) => containerPort).join(', ') || 'no container has a port'}`,
  });
}

function targetOf(pod: Pod, port: number, { intervalMs, timeoutMs }: PodTargetOptions): ScrapeTarget {
  const { annotations, namespace = DEFAULT_NAMESPACE, name } = pod.metadata;
  const path = annotations?.[PATH] ?? '/metrics';
  const instance = `${pod.status?.podIP}:${port}`;
  const url = `${annotations?.[SCHEME] ?? 'http'}://${instance}${path.startsWith('/') ? '' : '/'}${path}`;
  const identity = { job: `${namespace}/${workloadOf(pod)}`, instance, namespace, pod: name };
  return { url, labels: { ...sanitised(pod.metadata.labels ?? {}), ...identity }, intervalMs, timeoutMs };
}

/** The Deployment's name: the owner's own, or a ReplicaSet's without its hash. Pods of nobody go by their app label. */
function workloadOf({ metadata }: Pod): string {
  const owner =
    metadata.ownerReferences?.find(({ controller }) => controller === true) ?? metadata.ownerReferences?.[0];
  const hash = metadata.labels?.['pod-template-hash'];
  if (owner?.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`))
    return owner.name.slice(0, -hash.length - 1);
  return owner?.name ?? metadata.labels?.['app'] ?? metadata.name;
}

/** Prometheus' labelmap: every character but letters, digits and _ becomes _; in name order, so that a clash always ends the same. */
function sanitised(labels: Labels): Labels {
  const pairs = Object.entries(labels).map(([name, value]): [string, string] => [
    name.replace(/[^a-zA-Z0-9_]/g, '_').replace(/^(?=\d)/, '_'),
    value,
  ]);
  return Object.fromEntries(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}
