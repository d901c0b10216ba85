// One running pod for each Pod object that belongs here (home.ts says which), from its first sight until its object is let go.
// Never decides how many there should be (deployments.ts does, or a real cluster). Called by kubelet.ts and node.ts.
import type { Pod } from '../api/kubernetes.ts';
import type { KubeObject } from '../api/object.ts';
import { type Change, type Informer, startInformer } from '../objects/informer.ts';
import type { PodHome } from './home.ts';
import type { MemoryWatch } from './memory.ts';
import type { PodUsage } from './page.ts';
import { type PodDeps, type PodRun, runPod } from './pod.ts';
import type { ReadProcesses } from './process-table.ts';
import { createUsage, type Usage } from './usage.ts';

export interface PodsOptions extends Omit<PodDeps, 'argv' | 'members' | 'overMemory'> {
  readonly home: PodHome;
  /** Enforces the limits of memory; nobody does when left out. */
  readonly memory?: MemoryWatch;
  readonly readTable: ReadProcesses;
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
  readonly usage: Usage;
  root(): number | undefined;
  leave(graceMs?: number): void;
  /** When its process has ended. */
  readonly ended: Promise<void>;
  /** When its object is gone as well. */
  readonly gone: Promise<void>;
}

export function startPods(options: PodsOptions): Pods {
  const { objects, clock, home } = options;
  const entries = new Map<string, Entry>();
  const failed = Promise.withResolvers<never>();
  let stopping = false;

  function onChange(change: Change): void {
    const pod = change.object as Pod;
    const { uid = '', deletionTimestamp } = pod.metadata;
    const known = entries.get(uid);
    if (known !== undefined) {
      if (change.type === 'deleted') known.leave();
      else if (deletionTimestamp !== undefined) known.leave(graceOf(pod));
    } else if (change.type !== 'deleted') {
      const judgement = home.judge(change, pod);
      if (judgement === 'release' || (judgement === 'run' && stopping)) void home.release(pod).catch(failed.reject);
      else if (judgement === 'run') start(pod);
    }
    options.onChange(pod);
  }

  function start(pod: Pod): void {
    const { uid = '' } = pod.metadata;
    const usage = createUsage();
    let run: PodRun | undefined;
    let leaving: { readonly graceMs: number | undefined } | undefined;
    const root = () => run?.root();

    async function live(): Promise<Pod | undefined> {
      const settled = await home.settle(pod);
      if (settled === undefined) return undefined;
      run = begin(settled, usage, root);
      if (leaving !== undefined) run.leave(leaving.graceMs);
      await run.ended;
      return settled;
    }
    const lived = live();
    const gone = lived.then(async (settled) => {
      if (settled !== undefined) await home.release(settled);
      entries.delete(uid);
    });
    gone.catch(failed.reject);
    entries.set(uid, {
      usage,
      root,
      leave(graceMs) {
        leaving = { graceMs };
        run?.leave(graceMs);
      },
      ended: lived.then(() => {}),
      gone,
    });
  }

  function begin(pod: Pod, usage: Usage, root: () => number | undefined): PodRun {
    const [container] = pod.spec.containers;
    if (container === undefined) throw new Error(`the pod ${pod.metadata.name} has no container`);
    const argv = home.argv(pod);
    const members = () => takeStock(usage, root());
    const used = async () => {
      await members();
      return usage.memoryBytes();
    };
    const { memory } = options;
    return runPod(pod, container, {
      ...options,
      ...(argv === undefined ? {} : { argv }),
      ...(memory === undefined ? {} : { overMemory: (of, signal) => memory(of, used, signal) }),
      members,
    });
  }

  async function takeStock(usage: Usage, root: number | undefined): Promise<readonly number[]> {
    try {
      usage.observe(await options.readTable(), root);
    } catch (error) {
      options.onTrouble(`the process table cannot be read: ${(error as Error).message}`);
    }
    return usage.members();
  }

  const informer = startInformer({
    objects,
    clock,
    signal: options.signal,
    onTrouble: (error) => options.onTrouble(error.message),
    kind: 'Pod',
    onChange,
  });

  return {
    informer,
    failed: failed.promise,
    async usage() {
      const table = await options.readTable();
      return (informer.list() as readonly Pod[]).flatMap((pod) => {
        const entry = entries.get(pod.metadata.uid ?? '');
        if (entry === undefined) return [];
        entry.usage.observe(table, entry.root());
        return [{ pod, cpuSeconds: entry.usage.cpuSeconds(), memoryBytes: entry.usage.memoryBytes() }];
      });
    },
    async stop(graceMs) {
      stopping = true;
      const last = [...entries.values()];
      for (const entry of last) entry.leave(graceMs);
      await Promise.all(last.map(({ ended }) => ended));
      // The processes are what matters; their objects may stay when the API server has gone before.
      const done = new AbortController();
      const released = Promise.all(last.map(({ gone }) => gone)).then(() => done.abort());
      await Promise.race([released, clock.sleep(RELEASED_WITHIN_MS, done.signal)]);
    },
  };
}

/** What whoever deleted the pod asked for; the pod's own grace period when it is not said. */
function graceOf({ metadata }: Pod): number | undefined {
  const { deletionGracePeriodSeconds: seconds } = metadata as { readonly deletionGracePeriodSeconds?: number };
  return seconds === undefined ? undefined : seconds * 1000;
}
