// One running pod for each Pod object that is the kubelet's, from its creation to the removal of its finalizer.
// Never decides how many there should be (deployments.ts does). Called by kubelet.ts.
import type { Pod } from '../api/kubernetes.ts';
import { type KubeObject, refOf } from '../api/object.ts';
import { type Change, type Informer, startInformer } from '../objects/informer.ts';
import type { PodUsage } from './page.ts';
import { type PodDeps, type PodRun, runPod } from './pod.ts';
import type { PortBook } from './ports.ts';
import type { ReadProcesses } from './process-table.ts';
import { untilWritten } from './retry.ts';
import { shellSplit } from './shell-split.ts';
import { POD_FINALIZER } from './template.ts';
import { createUsage, type Usage } from './usage.ts';

export interface PodsOptions extends Omit<PodDeps, 'argv' | 'members'> {
  readonly ports: PortBook;
  readonly readTable: ReadProcesses;
  /** Commands that replace the container's own, by Deployment name. */
  readonly run: ReadonlyMap<string, string>;
  readonly onChange: (pod: KubeObject) => void;
  /** Ends the watching; pods are ended by `stop`. */
  readonly signal: AbortSignal;
}

export interface Pods {
  readonly informer: Informer;
  /** What each pod has used by now. */
  usage(): Promise<readonly PodUsage[]>;
  /** Ends all pods in good order, within `graceMs` if given; their objects go too. */
  stop(graceMs?: number): Promise<void>;
  /** Rejects on the first bug. */
  readonly failed: Promise<never>;
}

const RELEASED_WITHIN_MS = 1000;

interface Entry {
  readonly run: PodRun;
  readonly usage: Usage;
  /** When the process has ended and the object is gone. */
  readonly gone: Promise<void>;
}

export function startPods(options: PodsOptions): Pods {
  const { objects, clock, ports } = options;
  const entries = new Map<string, Entry>();
  const failed = Promise.withResolvers<never>();
  const retry = {
    clock,
    signal: options.signal,
    onTrouble: (error: Error) => options.onTrouble(error.message),
  };
  let stopping = false;

  function onChange(change: Change): void {
    const pod = change.object as Pod;
    const { uid = '', deletionTimestamp, finalizers = [] } = pod.metadata;
    const known = entries.get(uid);
    if (known !== undefined && (change.type === 'deleted' || deletionTimestamp !== undefined)) known.run.leave();
    else if (known === undefined && change.type !== 'deleted' && finalizers.includes(POD_FINALIZER)) adopt(change, pod);
    options.onChange(pod);
  }

  function adopt(change: Change, pod: Pod): void {
    // A pod that is there already, or on its way out, is of an earlier kubelet: its process and ports are gone.
    const isNew = change.type === 'added' && pod.status?.containerStatuses === undefined;
    if (stopping || !isNew || pod.metadata.deletionTimestamp !== undefined) void release(pod).catch(failed.reject);
    else start(pod);
  }

  function start(pod: Pod): void {
    const { uid = '' } = pod.metadata;
    const [container] = pod.spec.containers;
    if (container === undefined) throw new Error(`the pod ${pod.metadata.name} has no container`);
    const usage = createUsage();
    const argv = commandFor(pod, options.run);
    const members = () => takeStock(usage, run);
    const run: PodRun = runPod(pod, container, { ...options, ...argv, members });
    const gone = run.ended.then(async () => {
      for (const port of container.ports ?? []) ports.giveBack(port.hostPort ?? 0);
      await release(pod);
      entries.delete(uid);
    });
    gone.catch(failed.reject);
    entries.set(uid, { run, usage, gone });
  }

  async function takeStock(usage: Usage, run: PodRun): Promise<readonly number[]> {
    try {
      usage.observe(await options.readTable(), run.root());
    } catch (error) {
      options.onTrouble(`the process table cannot be read: ${(error as Error).message}`);
    }
    return usage.members();
  }

  /** Nothing of it runs any more: let the object go. */
  async function release(pod: Pod): Promise<void> {
    await untilWritten(async () => {
      const now = await objects.get(refOf(pod));
      if (now === undefined || now.metadata.uid !== pod.metadata.uid) return;
      if (now.metadata.deletionTimestamp === undefined)
        await objects.remove(refOf(pod), { uid: now.metadata.uid ?? '' });
      const marked = (await objects.get(refOf(pod))) ?? now;
      const finalizers = (marked.metadata.finalizers ?? []).filter((finalizer) => finalizer !== POD_FINALIZER);
      await objects.update({ ...marked, metadata: { ...marked.metadata, finalizers } });
    }, retry);
  }

  const informer = startInformer({ ...retry, objects, kind: 'Pod', onChange });

  return {
    informer,
    failed: failed.promise,
    async usage() {
      const table = await options.readTable();
      return (informer.list() as readonly Pod[]).flatMap((pod) => {
        const entry = entries.get(pod.metadata.uid ?? '');
        if (entry === undefined) return [];
        entry.usage.observe(table, entry.run.root());
        return [{ pod, cpuSeconds: entry.usage.cpuSeconds(), memoryBytes: entry.usage.memoryBytes() }];
      });
    },
    async stop(graceMs) {
      stopping = true;
      const last = [...entries.values()];
      for (const { run } of last) run.leave(graceMs);
      await Promise.all(last.map(({ run }) => run.ended));
      // The processes are what matters; their objects may stay when the API server has gone before.
      const done = new AbortController();
      const released = Promise.all(last.map(({ gone }) => gone)).then(() => done.abort());
      await Promise.race([released, clock.sleep(RELEASED_WITHIN_MS, done.signal)]);
    },
  };
}

function commandFor(pod: Pod, run: ReadonlyMap<string, string>): { readonly argv?: readonly string[] } {
  const owner = pod.metadata.ownerReferences?.find((reference) => reference.controller === true);
  const command = run.get(owner?.name ?? '');
  if (command === undefined) return {};
  const split = shellSplit(command);
  // Checked before any pod is made (checkKubelet).
  if (!split.ok) throw new Error(`the command for ${owner?.name} cannot be split`);
  return { argv: split.value };
}
