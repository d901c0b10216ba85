// What a check has found: a problem, and whether it forbids to start or is only worth knowing.
// Never decides what to do about it. Made by every check, read by lint.ts and the command line.

import type { KubeObject } from '../api/object.ts';
import type { Path } from '../api/path.ts';
import type { Code } from '../lib/catalogue.ts';
import type { Problem } from '../lib/problem.ts';
import type { Scene } from './scene.ts';

export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly problem: Problem;
}

export interface Words {
  readonly message: string;
  readonly found?: string;
  readonly accepted?: string;
}

export const error = (problem: Problem): Finding => ({ severity: 'error', problem });
export const warning = (problem: Problem): Finding => ({ severity: 'warning', problem });

/** A problem of one field of one object, with its place in the file. */
export const problemAt = (scene: Scene, code: Code, object: KubeObject, path: Path, words: Words): Problem => ({
  code,
  place: scene.places.of(object, path),
  ...words,
});
