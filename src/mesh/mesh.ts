// The embedded data plane: watches objects, compiles them, and has a proxy process apply them.
// Never writes objects; a configuration with problems is not applied, the last good one stays. Called by rehearsal/.
import type { DestinationRule, VirtualService } from '../api/istio.ts';
import type { Pod, Service } from '../api/kubernetes.ts';
import { DEFAULT_NAMESPACE, type KubeObject } from '../api/object.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { type Problem, SerinError } from '../lib/problem.ts';
import type { Objects } from '../objects/objects.ts';
import { checkMesh } from './check.ts';
import { type MeshEnd, startProxy } from './child.ts';
import { compileMesh, type MeshObjects, serviceKey } from './compile.ts';
import type { CallerConfig } from './config.ts';
import type { AccessEntry, ProxyStats } from './messages.ts';
import { namespaceOf, portsOf } from './services.ts';
import { followObjects } from './view.ts';
import { describeWorkload } from './workload.ts';

export type { MeshEnd } from './child.ts';
export type { AccessEntry, ClusterStats, ProxyStats } from './messages.ts';

export interface MeshOptions {
  readonly objects: Objects;
  readonly clock?: Clock;
  /** Decides, request by request, which version and which mirrors are chosen. */
  readonly seed: number;
  /** Lines for people: what was refused, and when it was well again. */
  readonly log: (line: string) => void;
}

/** Who calls: its pod labels decide `sourceLabels` conditions. */
export interface Caller {
  readonly labels: Readonly<Record<string, string>>;
  /** Default: the called service's. */
  readonly namespace?: string;
  /** Names the caller in metrics; default: its `app` label. */
  readonly workload?: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Mesh {
  /** Where that caller reaches a port (number or name; default: the first) of a service. The same every time. SRN1201 when there is none. */
  address(service: string, namespace: string, caller?: Caller, port?: number | string): Promise<Address>;
  /** Reads the objects anew; when it resolves, all requests from then on are routed by them, or by the last good ones. */
  applied(): Promise<number>;
  /** Every request and copy at its end, in batches of some 50 ms. Returns how to stop listening. */
  onAccess(listener: (entries: readonly AccessEntry[]) => void): () => void;
  /** Resolves when the listeners have had all entries of requests that ended before. */
  flushAccess(): Promise<void>;
  stats(): Promise<ProxyStats>;
  /** Prometheus text: Istio's request metrics, Envoy's cluster statistics. */
  readonly metricsUrl: string;
  /** Why the present objects are not applied; empty when they are. */
  problems(): readonly Problem[];
  onProblems(listener: (problems: readonly Problem[]) => void): () => void;
  /** Of the proxy process, for whoever measures its CPU time. */
  readonly pid: number;
  /** The proxy's end. Never rejects. */
  readonly ended: Promise<MeshEnd>;
  close(): Promise<void>;
}

/** Resolves when the objects of now are applied. Throws SerinError with everything that is not supported. */
export async function startMesh(options: MeshOptions): Promise<Mesh> {
  const { objects, clock = systemClock, seed, log } = options;
  const stop = new AbortController();
  const listeners = new Set<(problems: readonly Problem[]) => void>();
  const addresses = new Map<string, Promise<Address>>();
  let problems: readonly Problem[] = [];
  let applied = '';
  let version = 0;
  let current: MeshObjects = { services: [], virtualServices: [], destinationRules: [], pods: [] };
  let latest: Promise<number> = Promise.resolve(0);

  const proxy = await startProxy(seed);

  function take(): void {
    const all = view.all();
    const found = checkMesh(all);
    report(found);
    if (found.length > 0) return;
    const next = sorted(all);
    const compiled = compileMesh(next);
    current = next;
    const text = JSON.stringify(compiled);
    if (text === applied) return;
    applied = text;
    version += 1;
    latest = proxy.configure({ version, ...compiled });
    // The proxy's death is told by `ended`, and by whoever waits for `applied`.
    latest.catch(() => {});
  }

  function report(found: readonly Problem[]): void {
    if (JSON.stringify(found) === JSON.stringify(problems)) return;
    problems = found;
    const [first] = found;
    if (first === undefined) log('the mesh applies the objects again');
    else log(`the mesh keeps the last good routes: ${new SerinError(found).message}`);
    for (const listener of listeners) listener(found);
  }

  const view = await followObjects(objects, clock, stop.signal, () => take());
  take();
  if (problems.length > 0) {
    stop.abort();
    await proxy.close();
    throw new SerinError(problems);
  }
  await latest;

  async function open(service: string, namespace: string, caller: Caller, port?: number | string): Promise<Address> {
    const found = current.services.find(
      (candidate) => candidate.metadata.name === service && namespaceOf(candidate) === namespace,
    );
    const chosen = found && portsOf(found).find((one) => port === undefined || one.port === port || one.name === port);
    if (found === undefined || chosen === undefined) throw missing(service, namespace, port);
    await latest;
    return {
      host: '127.0.0.1',
      port: await proxy.listen(serviceKey(found, chosen.port), callerConfig(caller, namespace)),
    };
  }

  return {
    address(service, namespace, caller = { labels: {} }, port) {
      const key = JSON.stringify([service, namespace, callerConfig(caller, namespace), port]);
      const known = addresses.get(key);
      if (known !== undefined) return known;
      const opening = open(service, namespace, caller, port);
      addresses.set(key, opening);
      opening.catch(() => addresses.delete(key));
      return opening;
    },
    async applied() {
      await view.caughtUp();
      take();
      return await latest;
    },
    onAccess: proxy.onAccess,
    flushAccess: proxy.flushAccess,
    stats: proxy.stats,
    metricsUrl: `http://127.0.0.1:${proxy.metricsPort}/metrics`,
    problems: () => problems,
    onProblems(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    pid: proxy.pid,
    ended: proxy.ended,
    async close() {
      stop.abort();
      try {
        await view.done;
      } finally {
        await proxy.close();
      }
    },
  };
}

function sorted(all: readonly KubeObject[]): MeshObjects {
  const of = <T extends KubeObject>(kind: T['kind']) => all.filter((object): object is T => object.kind === kind);
  return {
    services: of<Service>('Service'),
    virtualServices: of<VirtualService>('VirtualService'),
    destinationRules: of<DestinationRule>('DestinationRule'),
    pods: of<Pod>('Pod'),
  };
}

function callerConfig({ labels, namespace, workload }: Caller, called: string): CallerConfig {
  const place = namespace ?? called;
  const name = workload ?? labels['app'] ?? 'unknown';
  return { labels, namespace: place, workload: describeWorkload(labels, place, name) };
}

const missing = (service: string, namespace: string, port: number | string | undefined): SerinError =>
  new SerinError([
    {
      code: 'SRN1201',
      place: { object: `Service/${namespace || DEFAULT_NAMESPACE}/${service}` },
      message:
        port === undefined ? 'the mesh knows no such Service with a port' : `the mesh knows no port ${port} of it`,
    },
  ]);
