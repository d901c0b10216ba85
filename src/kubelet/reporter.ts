// Keeps one Pod's status in step with what the kubelet knows of it: the latest view is written, older ones may be skipped.
// Never decides what the view is. Called by pod.ts.
import type { Pod } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import type { Objects } from '../objects/objects.ts';
import { addressOf, type PodView, podStatus } from './pod-status.ts';
import { type RetryOptions, untilWritten } from './retry.ts';

export interface Reporter {
  /** Resolves when this view, or a later one, stands in the object, or the object is gone. */
  report(view: PodView): Promise<void>;
}

export interface ReporterOptions extends RetryOptions {
  readonly objects: Objects;
}

/** `pod` has its address already. */
export function createReporter(pod: Pod, options: ReporterOptions): Reporter {
  let wanted: PodView | undefined;
  let writing: Promise<void> | undefined;

  async function writeAll(): Promise<void> {
    while (wanted !== undefined) {
      const view = wanted;
      await untilWritten(() => write(view), options);
      if (wanted === view) wanted = undefined;
    }
    writing = undefined;
  }

  async function write(view: PodView): Promise<void> {
    const now = (await options.objects.get(refOf(pod))) as Pod | undefined;
    if (now === undefined || now.metadata.uid !== pod.metadata.uid) return;
    await options.objects.updateStatus({ ...now, status: podStatus(now, view, options.clock.now(), addressOf(pod)) });
  }

  return {
    report(view) {
      wanted = view;
      writing ??= writeAll();
      return writing;
    },
  };
}
