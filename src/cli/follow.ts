// One Release of a cluster as it changes, whatever becomes of the connection; ends when it is gone or the signal aborts.
// Never reads anything else, never writes. Called by watch.ts and run-release.ts.
import { formatRef, type ObjectRef, refOf } from '../api/object.ts';
import type { Clock } from '../lib/clock.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import type { KnownRelease } from './find-release.ts';

export interface FollowOptions {
  readonly objects: Objects;
  readonly ref: ObjectRef;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The API server cannot be reached; told once for each time. */
  readonly onTrouble: (error: ObjectsError) => void;
}

const RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15_000;

/** The release as it stands, then every change of it. */
export async function* follow(options: FollowOptions): AsyncGenerator<KnownRelease> {
  const { objects, ref, clock, signal, onTrouble } = options;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const { items, resourceVersion } = await objects.list(ref.kind, ref.namespace);
      const standing = items.find((one) => formatRef(refOf(one)) === formatRef(ref));
      if (standing === undefined) return;
      failures = 0;
      yield standing as unknown as KnownRelease;
      for await (const event of objects.watch(ref.kind, resourceVersion, signal)) {
        if (event.type === 'bookmark' || formatRef(refOf(event.object)) !== formatRef(ref)) continue;
        if (event.type === 'deleted') return;
        yield event.object as unknown as KnownRelease;
      }
    } catch (error) {
      if (!(error instanceof ObjectsError) || !passes(error)) throw error;
      if (error.reason !== 'Expired' && failures === 0) onTrouble(error);
      failures += 1;
      await clock.sleep(error.retryAfterMs ?? Math.min(RETRY_MS * 2 ** (failures - 1), LONGEST_RETRY_MS), signal);
    }
  }
}

const passes = ({ reason }: ObjectsError): boolean =>
  reason === 'Expired' || reason === 'Unavailable' || reason === 'TooManyRequests';
