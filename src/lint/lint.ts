// The checks over a set of objects that are valid each by itself: do they fit together?
// Never reads a file and never validates one object (api/ does both). Called by `serin lint`, `plan` and `rehearse` before anything starts.
import type { Places } from '../api/load.ts';
import type { KubeObject } from '../api/object.ts';
import type { Problem } from '../lib/problem.ts';
import { affinity } from './affinity.ts';
import { comparative } from './comparative.ts';
import { delegates } from './delegates.ts';
import type { Finding } from './finding.ts';
import { gates } from './gates.ts';
import { isolation } from './isolation.ts';
import { mesh } from './mesh.ts';
import { metrics } from './metrics.ts';
import { oneRelease } from './one-release.ts';
import { ports } from './ports.ts';
import { references } from './references.ts';
import { regexes } from './regexes.ts';
import { routeSubsets } from './route-subsets.ts';
import { routes } from './routes.ts';
import { type Scene, sceneOf } from './scene.ts';
import { selectors } from './selectors.ts';
import { stable } from './stable.ts';
import { steerable } from './steerable.ts';
import { subsets } from './subsets.ts';
import { unreachable } from './unreachable.ts';

export type { Finding } from './finding.ts';

export interface Check {
  readonly name: string;
  readonly run: (scene: Scene) => readonly Finding[];
}

/** Each says one thing; a check keeps silent where an earlier one has told what is missing. */
export const checks: readonly Check[] = [
  { name: 'references', run: references },
  { name: 'oneRelease', run: oneRelease },
  { name: 'routes', run: routes },
  { name: 'delegates', run: delegates },
  { name: 'regexes', run: regexes },
  { name: 'subsets', run: subsets },
  { name: 'stable', run: stable },
  { name: 'routeSubsets', run: routeSubsets },
  { name: 'selectors', run: selectors },
  { name: 'ports', run: ports },
  { name: 'gates', run: gates },
  { name: 'comparative', run: comparative },
  { name: 'metrics', run: metrics },
  { name: 'steerable', run: steerable },
  { name: 'mesh', run: mesh },
  { name: 'isolation', run: isolation },
  { name: 'affinity', run: affinity },
  { name: 'unreachable', run: unreachable },
];

/** All findings, errors and warnings, in the order of the checks; each thing is told once. */
export function findings(objects: readonly KubeObject[], places: Places): readonly Finding[] {
  const scene = sceneOf(objects, places);
  const all = checks.flatMap((check) => check.run(scene));
  return [...new Map(all.map((finding) => [JSON.stringify(finding.problem), finding])).values()];
}

/** What forbids to start. */
export const lint = (objects: readonly KubeObject[], places: Places): readonly Problem[] =>
  findings(objects, places)
    .filter(({ severity }) => severity === 'error')
    .map(({ problem }) => problem);
