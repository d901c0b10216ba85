// How often containers began anew since the last look, and for how long pods were there: by the cluster's objects, not by samples.
// Never decides whether that is too often. Called by reading.ts.
import type { OfVersions } from '../../analysis/blocks/blocks.ts';
import type { News, UptimeCursor } from '../../analysis/comparative/comparisons.ts';
import type { Place } from './looks.ts';
import type { Restarts } from './restarts.ts';

/** Undefined between two ends of a block. */
export function lookAtUptime(
  { spans, setting, now }: Place,
  before: UptimeCursor | undefined,
  { canary, stable }: OfVersions<Restarts>,
): News['uptime'] {
  const cursor: UptimeCursor = { at: now, canary: canary.restarts, stable: stable.restarts };
  const span = spans.at(-1);
  if (before === undefined) return { blocks: [], cursor };
  // The clock was ahead: what has begun anew since then counts in the next block.
  if (before.at > now) return { blocks: [], cursor: { ...before, at: now } };
  if (now - before.at < setting.lengths.gauges) return undefined;
  if (span === undefined || span.to !== undefined || before.at < span.from) return { blocks: [], cursor };
  const seconds = (now - before.at) / 1000;
  const uptime = {
    // What pods that have gone since had counted is not there any more.
    canary: { podSeconds: canary.pods * seconds, restarts: Math.max(0, canary.restarts - before.canary) },
    stable: { podSeconds: stable.pods * seconds, restarts: Math.max(0, stable.restarts - before.stable) },
  };
  return { blocks: [{ from: before.at, to: now, span, uptime }], cursor };
}
