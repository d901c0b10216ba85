// Check: every regular expression of a VirtualService or of a preview is one of RE2 (SRN1004), as Envoy reads it.
// Never matches a request; whether the embedded mesh routes by it is the mesh's to say.
import type { KubeObject } from '../api/object.ts';
import { isMap, type Path } from '../api/path.ts';
import { fullMatch } from '../routing/regex.ts';
import { error, type Finding, problemAt } from './finding.ts';
import type { Scene } from './scene.ts';

export const regexes = (scene: Scene): readonly Finding[] =>
  [...scene.virtualServices, ...scene.policies, ...scene.cases.map(({ release }) => release)].flatMap((object) =>
    patternsOf(object.spec, ['spec'])
      .filter(({ pattern }) => fullMatch(pattern) === undefined)
      .map(({ path, pattern }) => unreadable(scene, object, path, pattern)),
  );

interface Pattern {
  readonly path: Path;
  readonly pattern: string;
}

/** Wherever Istio's contract has one: conditions on texts, origins of CORS, rewrites. Metadata and maps of labels hold none. */
function patternsOf(value: unknown, path: Path): readonly Pattern[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => patternsOf(item, [...path, index]));
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const here = [...path, key];
    const isPattern = key === 'regex' || (key === 'match' && path.at(-1) === 'uriRegexRewrite');
    return isPattern && typeof inner === 'string' ? [{ path: here, pattern: inner }] : patternsOf(inner, here);
  });
}

const unreadable = (scene: Scene, object: KubeObject, path: Path, pattern: string): Finding =>
  error(
    problemAt(scene, 'SRN1004', object, path, {
      message: 'not a regular expression of RE2',
      found: JSON.stringify(pattern.slice(0, 80)),
      accepted: 'RE2 syntax: no look-around, no back references',
    }),
  );
