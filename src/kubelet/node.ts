// The kubelet of a real cluster: registers its node and runs the pods that the cluster's own controllers make, as local processes.
// Never makes or scales pods, never routes traffic. Composed by the test cluster; one machine is kubelet.ts.
import type { Deployment } from '../api/kubernetes.ts';
import type { KubeObject } from '../api/object.ts';
import type { Clock } from '../lib/clock.ts';
import { toTime } from '../lib/time.ts';
import { startInformer } from '../objects/informer.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import type { AddressBook } from './address-book.ts';
import { type BackoffSettings, LOCAL_BACKOFF } from './backoff.ts';
import type { Env } from './env.ts';
import { startGuard } from './guard.ts';
import type { LogSink } from './logs.ts';
import { watchMemory } from './memory.ts';
import { createNodeHome, type NodeApi, type NodeDescription } from './node-home.ts';
import { metricsPage } from './page.ts';
import { startPods } from './pods.ts';
import { readProcesses } from './process-table.ts';
import { servePage } from './server.ts';

export interface NodeOptions {
  readonly objects: Objects;
  readonly api: NodeApi;
  readonly node: NodeDescription;
  readonly addresses: AddressBook;
  readonly clock: Clock;
  /** Where processes start. */
  readonly cwd: string;
  /** What every process needs, such as PATH. Each gets POD_IP beside it, and the same as HOST: all pods are on one machine, so
   *  none may listen on all addresses. */
  readonly baseEnv: Env;
  readonly backoff?: BackoffSettings;
  /** Why an image cannot be had. */
  readonly refuseImage?: (image: string) => string | undefined;
  readonly onLine?: LogSink;
  readonly onTrouble?: (message: string) => void;
  /** Where the metrics page is served; a free port when left out. */
  readonly metricsPort?: number;
}

export interface RunningNode {
  readonly metricsUrl: string;
  stop(options?: { readonly graceMs?: number }): Promise<void>;
  /** Resolves after `stop`; rejects on a bug. */
  readonly done: Promise<void>;
}

export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { objects, clock, node, onTrouble = () => {} } = options;
  const watching = new AbortController();
  const retry = { clock, signal: watching.signal, onTrouble: (error: Error) => onTrouble(error.message) };
  const guard = startGuard();
  await register(objects, node, clock);
  const deployments = startInformer({ ...retry, objects, kind: 'Deployment' });
  const pods = startPods({
    objects,
    clock,
    guard,
    home: createNodeHome({ objects, api: options.api, node, addresses: options.addresses, retry }),
    memory: watchMemory(clock),
    backoff: options.backoff ?? LOCAL_BACKOFF,
    baseEnv: options.baseEnv,
    serviceEnv: (pod) => ({ HOST: pod.status?.podIP ?? '', POD_IP: pod.status?.podIP ?? '' }),
    cwd: options.cwd,
    // Nobody here knows who still sends: as on any node, that is what preStop is for.
    drained: async () => {},
    readTable: readProcesses(),
    onLine: options.onLine ?? (() => {}),
    onTrouble,
    onChange: () => {},
    signal: watching.signal,
    ...(options.refuseImage === undefined ? {} : { refuseImage: options.refuseImage }),
  });
  const page = async () => metricsPage(await pods.usage(), deployments.list() as readonly Deployment[]);
  const server = await servePage(page, options.metricsPort);
  await Promise.all([deployments.synced, pods.informer.synced]);

  const stopped = Promise.withResolvers<void>();
  return {
    metricsUrl: server.url,
    async stop({ graceMs } = {}) {
      await pods.stop(graceMs);
      watching.abort();
      await server.close();
      await guard.close();
      stopped.resolve();
    },
    done: Promise.race([
      Promise.all([stopped.promise, deployments.done, pods.informer.done]).then(() => {}),
      pods.failed,
    ]),
  };
}

async function register(objects: Objects, node: NodeDescription, clock: Clock): Promise<void> {
  const { name, labels, capacity } = node;
  const object: KubeObject = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: {} };
  let known: KubeObject | undefined;
  try {
    known = await objects.create(object);
  } catch (error) {
    if (!(error instanceof ObjectsError && error.reason === 'AlreadyExists')) throw error;
    known = await objects.get({ kind: 'Node', namespace: '', name });
  }
  if (known === undefined) throw new Error(`the node ${name} is gone already`);
  const now = toTime(clock.now());
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'KubeletReady',
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
  const addresses = [{ type: 'InternalIP', address: node.address }];
  await objects.updateStatus({ ...known, status: { conditions: [ready], addresses, capacity, allocatable: capacity } });
}
