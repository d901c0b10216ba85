// What one process keeps of a release between its turns, for speed alone: the gates as planned, and the running totals since
// the status was last written. Never holds what a restart would miss: that begins from the stored status. Called by turn.ts.
import type { KubeObject } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { sameJson } from '../lib/fingerprint.ts';
import type { ReleaseStatus } from '../release/status.ts';
import { type PlanGates, planGates, planningOnce } from './gates.ts';
import { statusOf } from './status-of.ts';

export interface ReleaseMemory {
  readonly gatesOf: PlanGates;
  /** Whether room is worth more than time: then the gates are planned at each turn, and not kept. */
  frugal: boolean;
  /** How long running totals may stay unwritten, milliseconds; undefined: as short as the heart would have it. */
  checkpointMs: number | undefined;
  /** The status as it has run on in this process; as it is stored, when somebody else has written it since. */
  recall(release: Release): ReleaseStatus;
  /** `stored`: the object that holds what was last written; `running`: what has become of it. */
  keep(stored: KubeObject, running: ReleaseStatus): void;
}

/** For the turns of one release; one that is made anew under its name begins afresh. */
export function createMemory(): ReleaseMemory {
  let once: PlanGates | undefined;
  let kept: { readonly stored: KubeObject; readonly running: ReleaseStatus } | undefined;
  const memory: ReleaseMemory = {
    gatesOf: (plan, versions) => {
      once = memory.frugal ? undefined : (once ?? planningOnce());
      return (once ?? planGates)(plan, versions);
    },
    frugal: false,
    checkpointMs: undefined,
    recall(release) {
      if (kept === undefined || kept.stored.metadata.uid !== release.metadata.uid) return statusOf(release);
      const { stored, running } = kept;
      const { resourceVersion } = release.metadata;
      // Orders change the object, and not its status.
      const same = stored.metadata.resourceVersion === resourceVersion || sameJson(stored.status, release.status);
      kept = same ? { stored: release as unknown as KubeObject, running } : undefined;
      return kept?.running ?? statusOf(release);
    },
    keep(stored, running) {
      kept = { stored, running };
    },
  };
  return memory;
}

/** For a single turn: nothing is remembered. */
export const noMemory = (): ReleaseMemory => ({ ...createMemory(), keep: () => {} });
