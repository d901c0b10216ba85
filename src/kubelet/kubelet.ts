// Runs Deployments as local processes: composes the Deployment loop, the pods, the guard and the metrics page.
// Never routes traffic, never reads files or the environment, never enforces limits. Called by rehearsal.
import { randomInt } from 'node:crypto';
import type { Deployment, Pod } from '../api/kubernetes.ts';
import type { KubeObject } from '../api/object.ts';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import { startInformer } from '../objects/informer.ts';
import type { Objects } from '../objects/objects.ts';
import { type BackoffSettings, LOCAL_BACKOFF } from './backoff.ts';
import { reconcile } from './deployments.ts';
import type { Env } from './env.ts';
import { startGuard } from './guard.ts';
import { createLocalHome } from './local-home.ts';
import { createLogBook, type LogLine, type LogSink } from './logs.ts';
import { metricsPage } from './page.ts';
import { startPods } from './pods.ts';
import { createPortBook } from './ports.ts';
import { type ReadProcesses, readProcesses } from './process-table.ts';
import { createQueue } from './queue.ts';
import { servePage } from './server.ts';

export interface KubeletOptions {
  readonly objects: Objects;
  readonly clock: Clock;
  /** For the names of pods. */
  readonly random: Random;
  /** Where processes start. */
  readonly cwd: string;
  /** What every process on this machine needs, such as PATH; manifests cannot refer to it. */
  readonly baseEnv: Env;
  /** Addresses of services for this pod; manifests can refer to them and override them. */
  readonly serviceEnv?: (pod: Pod) => Env;
  /** Commands that replace a container's own, by Deployment name; split as a shell would, started without one. */
  readonly run?: ReadonlyMap<string, string>;
  readonly backoff?: BackoffSettings;
  /** Every line that a container prints. */
  readonly onLine?: LogSink;
  /** What a person would want to know: crashes, failed probes, an API server that does not answer. */
  readonly onTrouble?: (message: string) => void;
  /** Resolves when nobody sends to this pod any more; its process is told to end only then, or after the grace period. */
  readonly drained?: (pod: Pod) => Promise<void>;
  readonly readTable?: ReadProcesses;
}

export interface Kubelet {
  /** The Prometheus page with what the pods use and how they are. */
  readonly metricsUrl: string;
  /** The last lines a pod printed, over its restarts and for a while after its end. */
  lastLines(namespace: string, pod: string): readonly string[];
  /** Ends everything it started, each pod within its own grace period or `graceMs`, whichever is shorter. May be called twice. */
  stop(options?: { readonly graceMs?: number }): Promise<void>;
  /** Resolves after `stop`; rejects on a bug, after which nothing more is reconciled. */
  readonly done: Promise<void>;
}

const LINES_KEPT = 200;
const PODS_KEPT = 100;

export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { objects, clock, random, onTrouble = () => {}, onLine = () => {}, run = new Map() } = options;
  const reconciling = new AbortController();
  const watching = new AbortController();
  const guard = startGuard();
  // Never from a seed: two kubelets with the same one would draw the same ports at the same time.
  const ports = createPortBook(() => randomInt(2 ** 32) / 2 ** 32);

  const logs = createLogBook(LINES_KEPT, PODS_KEPT);
  const print = (line: LogLine) => {
    logs.add(line);
    onLine(line);
  };

  const queue = createQueue({
    clock,
    signal: reconciling.signal,
    work: (key) => reconcile(refOfKey(key), { objects, clock, random, ports, run }),
    onTrouble: (key, error) => onTrouble(`Deployment/${key}: ${error.message}`),
  });
  const deployments = startInformer({
    objects,
    clock,
    kind: 'Deployment',
    signal: watching.signal,
    onChange: ({ object }) => queue.add(keyOf(object.metadata.namespace, object.metadata.name)),
    onTrouble: (error) => onTrouble(error.message),
  });
  const retry = { clock, signal: watching.signal, onTrouble: (error: Error) => onTrouble(error.message) };
  const pods = startPods({
    objects,
    clock,
    guard,
    home: createLocalHome({ objects, ports, run, retry }),
    onLine: print,
    onTrouble,
    backoff: options.backoff ?? LOCAL_BACKOFF,
    baseEnv: options.baseEnv,
    serviceEnv: options.serviceEnv ?? (() => ({})),
    cwd: options.cwd,
    drained: options.drained ?? (async () => {}),
    readTable: options.readTable ?? readProcesses(),
    signal: watching.signal,
    onChange: (pod) => {
      const owner = controllerOf(pod);
      if (owner !== undefined) queue.add(owner);
    },
  });
  const server = await servePage(async () =>
    metricsPage(await pods.usage(), deployments.list() as readonly Deployment[]),
  );
  await Promise.all([deployments.synced, pods.informer.synced]);

  const stopped = Promise.withResolvers<void>();
  let stopping: Promise<void> | undefined;
  async function stop(graceMs?: number): Promise<void> {
    reconciling.abort();
    await queue.done.catch(() => {}); // Told through `done`; everything started must be ended all the same.
    await pods.stop(graceMs);
    watching.abort();
    await server.close();
    await guard.close();
    stopped.resolve();
  }

  return {
    metricsUrl: server.url,
    lastLines: logs.of,
    stop: ({ graceMs } = {}) => {
      stopping ??= stop(graceMs);
      return stopping;
    },
    done: Promise.race([
      Promise.all([stopped.promise, queue.done, deployments.done, pods.informer.done]).then(() => {}),
      pods.failed,
    ]),
  };
}

const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? ''}/${name}`;

function refOfKey(key: string) {
  const [namespace = '', name = ''] = key.split('/');
  return { kind: 'Deployment', namespace, name };
}

function controllerOf(pod: KubeObject): string | undefined {
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
  return owner?.kind === 'Deployment' ? keyOf(pod.metadata.namespace, owner.name) : undefined;
}
