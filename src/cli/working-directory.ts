// Where the containers' commands start on this machine: an image has a working directory, a checkout has to be guessed.
// Never changes the process's own. Called by rehearse.ts.
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Deployment } from '../api/kubernetes.ts';
import type { KubeObject } from '../api/object.ts';

/**
 * The first of: where the user stands, the directories named, the ones above them, in which every relative path of every
 * command exists. Where none has them all, where the user stands.
 */
export async function workingDirectory(
  cwd: string,
  names: readonly string[],
  objects: readonly KubeObject[],
  run: ReadonlyMap<string, string>,
): Promise<string> {
  const paths = relativePaths(objects, run);
  const named = names.filter((name) => name !== '-').map((name) => resolve(cwd, name));
  const candidates = [cwd, ...named, ...named.map(dirname)];
  for (const candidate of new Set(candidates)) {
    const found = await Promise.all(paths.map((path) => exists(resolve(candidate, path))));
    if (found.every(Boolean)) return candidate;
  }
  return cwd;
}

function relativePaths(objects: readonly KubeObject[], run: ReadonlyMap<string, string>): readonly string[] {
  const deployments = objects.filter((object): object is Deployment => object.kind === 'Deployment');
  const words = deployments.flatMap(({ metadata, spec }) => {
    const own = run.get(metadata.name);
    if (own !== undefined) return own.split(/\s+/);
    // With a directory of its own a container's paths are relative to that.
    const containers = spec.template.spec.containers.filter(({ workingDir }) => workingDir === undefined);
    return containers.flatMap(({ command = [], args = [] }) => [...command, ...args]);
  });
  return [...new Set(words.filter((word) => /^[\w.][^\s:=]*\/[^\s:=]*$/.test(word)))];
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
