// From the names on a command line to objects, each valid in itself.
// Never looks at what they refer to (lint/ does). Called by every command that takes manifests.
import type { Loaded } from '../api/load.ts';
import type { Result } from '../lib/result.ts';
import type { CliContext } from './context.ts';
import { readFiles } from './files.ts';
import { filesOf } from './folder.ts';

/** All problems of all files at once. */
export async function readManifests(context: CliContext, names: readonly string[]): Promise<Result<Loaded>> {
  const files = await readFiles(names, context.stdin);
  if (!files.ok) return files;
  const manifests = filesOf('manifests', files.value, names);
  if (!manifests.ok) return manifests;
  // Loaded when there is something to read: schemas take their time, and `--help` should not.
  const { readObjects } = await import('../api/load.ts');
  return readObjects(manifests.value);
}
