// From the names on a command line to checked objects: read, validated, references looked up; or the problems, told.
// Never decides what to do with them. Called by lint, plan and rehearse.
import type { Loaded } from '../api/load.ts';
import type { KubeObject } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import type { Problem } from '../lib/problem.ts';
import type { Result } from '../lib/result.ts';
import { failed, ok } from '../lib/result.ts';
import { type CliContext, printWarnings } from './context.ts';
import { readManifests } from './manifests.ts';

export interface Input extends Loaded {
  /** Told already. */
  readonly warnings: readonly Problem[];
}

/** Schema and references both have to hold; references are only looked up among objects that are whole. */
export async function readInput(context: CliContext, names: readonly string[]): Promise<Result<Input>> {
  const loaded = await readManifests(context, names);
  if (!loaded.ok) return loaded;
  const { findings } = await import('../lint/lint.ts');
  const found = findings(loaded.value.objects, loaded.value.places);
  const of = (severity: string) => found.filter((one) => one.severity === severity).map(({ problem }) => problem);
  printWarnings(context, of('warning'));
  const errors = of('error');
  return errors.length > 0 ? failed(...errors) : ok({ ...loaded.value, warnings: of('warning') });
}

/** A positional or flag that names files. */
export const FILES_BRIEF = 'Files or directories with manifests (*.yaml, *.yml, *.json), - for standard input';

export const fileName = (name: string): string => {
  if (name === '') throw new Error('a name of a file or directory');
  return name;
};

export const isRelease = (object: KubeObject): object is Release => object.kind === 'Release';
