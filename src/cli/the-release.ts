// The one release that a command works on, among the objects of its files, as the flags change it.
// Never lints: these commands need less than a release does. Called by replay.ts, metrics-check.ts and run-files.ts.
import type { Loaded } from '../api/load.ts';
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import type { Override } from '../replay/overrides.ts';
import type { CliContext } from './context.ts';
import { isRelease } from './input.ts';
import { readManifests } from './manifests.ts';

export interface Purpose {
  /** As in "one release is replayed at a time" and "there is no Release to replay". */
  readonly done: string;
  readonly toDo: string;
  readonly accepted: string;
}

interface Choice {
  readonly names: readonly string[];
  /** As `--set` has them. */
  readonly overrides: readonly string[];
  readonly purpose: Purpose;
}

export async function readTheRelease(
  context: CliContext,
  { names, overrides, purpose }: Choice,
): Promise<Result<Loaded & { readonly release: Release }>> {
  const { override, parseOverride } = await import('../replay/overrides.ts');
  const parsed: Override[] = [];
  for (const text of overrides) {
    const one = parseOverride(text);
    if (!one.ok) return one;
    parsed.push(one.value);
  }
  const loaded = await readManifests(context, names);
  if (!loaded.ok) return loaded;
  const release = theRelease(loaded.value.objects, names, purpose);
  return release.ok ? override(release.value, loaded.value, parsed) : release;
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
