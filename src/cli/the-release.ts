// The one release that a command works on, among the objects of its files.
// Never reads a file. Called by replay.ts and metrics-check.ts.
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { isRelease } from './input.ts';

export interface Purpose {
  /** As in "one release is replayed at a time" and "there is no Release to replay". */
  readonly done: string;
  readonly toDo: string;
  readonly accepted: string;
}

/** SRN2001 for several, SRN1002 for none. */
export function theRelease(
  objects: readonly KubeObject[],
  names: readonly string[],
  { done, toDo, accepted }: Purpose,
): Result<Release> {
  const releases = objects.filter(isRelease);
  const [only] = releases;
  if (only !== undefined && releases.length === 1) return ok(only);
  if (only !== undefined) {
    const found = releases.map((one) => formatRef(refOf(one))).join(', ');
    return failed({ code: 'SRN2001', place: {}, message: `one release is ${done} at a time`, found, accepted });
  }
  const found = names.length === 0 ? 'no files' : names.join(', ');
  return failed({ code: 'SRN1002', place: {}, message: `there is no Release to ${toDo}`, found, accepted });
}
