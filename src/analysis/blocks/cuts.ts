// At which times of the grid both versions can be cut, and whom a look still waits for.
// Never counts (target.ts does): a cut follows from when samples are, never from what they say. Called by closing.ts.
import type { Millis } from '../../lib/clock.ts';
import { type OfVersions, type PodFacts, VERSIONS, type Version } from './samples.ts';
import { type Presence, presenceAt, type Target } from './target.ts';
import type { Frame } from './targets.ts';

/** Somebody whose next scrape has not come, so that the block cannot be closed. */
export interface Waiting {
  readonly version: Version;
  readonly pod: string;
  /** Its last scrape, or the start of a pod that was never scraped. */
  readonly since: Millis;
  /** For longer than a scrape may take: what comes next makes one longer block with what is pending. */
  readonly missing: boolean;
}

export interface Live {
  readonly targets: readonly Target[];
  /** Pods that have started, and were never scraped. */
  readonly unscraped: readonly PodFacts[];
}

export interface Cuts {
  /** Ascending; each block ends at one and begins at the one before. */
  readonly times: readonly Millis[];
  readonly waiting: readonly Waiting[];
}

/**
 * A cut needs every target of both versions there, or away. Within somebody's gap there is none, unless so much is pending
 * that many targets' gaps would otherwise keep blocks open for ever: then it is cut within a gap that has come to its end.
 */
export function cutsAfter(at: Millis, lengthMs: number, live: OfVersions<Live>, frame: Frame): Cuts {
  const { timing, to } = frame;
  const all = VERSIONS.flatMap((version) => live[version].targets.map((target) => ({ version, target })));
  const times: Millis[] = [];
  let from = at;
  for (let time = at + lengthMs; time <= to; time += lengthMs) {
    const presences = all.map(({ target }) => presenceAt(target, time, timing, to));
    const waiting = [...awaited(all, presences, frame), ...unborn(live, time, frame)];
    if (waiting.length > 0) return { times, waiting };
    if (presences.includes('between') && time - from < timing.goneMs) continue;
    times.push(time);
    from = time;
  }
  return { times, waiting: [] };
}

interface TargetOf {
  readonly version: Version;
  readonly target: Target;
}

function awaited(all: readonly TargetOf[], presences: readonly Presence[], { timing, to }: Frame): readonly Waiting[] {
  return all
    .filter((_, index) => presences[index] === 'unknown')
    .map(({ version, target: { pod, times } }) => {
      const since = times.at(-1) as number;
      return { version, pod, since, missing: to - since > timing.missingMs };
    });
}

/** Its first scrape may count back from its time by `missingMs`, and not to before its start. */
function unborn(live: OfVersions<Live>, time: Millis, { timing, to }: Frame): readonly Waiting[] {
  return VERSIONS.flatMap((version) =>
    live[version].unscraped
      .map(({ name, startedAt = Infinity }) => ({ version, pod: name, since: startedAt }))
      .filter(({ since }) => since < time && to < time + timing.missingMs && to <= since + timing.goneMs)
      .map((one) => ({ ...one, missing: to - one.since > timing.missingMs })),
  );
}
