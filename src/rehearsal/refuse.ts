// What cannot be rehearsed on this machine, told before anything is started.
// Never checks what lint checks. Called by cli/rehearse.ts with the linted objects; pure.
import type { Deployment } from '../api/kubernetes.ts';
import type { Places } from '../api/load.ts';
import { formatRef, type KubeObject, type ObjectRef, refOf } from '../api/object.ts';
import { parsePath } from '../api/path.ts';
import { closest } from '../api/suggest.ts';
import { checkKubelet } from '../kubelet/check.ts';
import { at, type Problem } from '../lib/problem.ts';
import { checkMesh } from '../mesh/check.ts';

export interface RefuseInput {
  readonly objects: readonly KubeObject[];
  readonly places: Places;
  /** Deployments whose commands the command line replaces. */
  readonly run: ReadonlyMap<string, string>;
}

export function refusals({ objects, places, run }: RefuseInput): readonly Problem[] {
  const deployments = objects.filter(({ kind }) => kind === 'Deployment') as unknown as readonly Deployment[];
  const ofPods = deployments.flatMap((deployment) => {
    const find = (ref: ObjectRef) => objects.find((object) => formatRef(refOf(object)) === formatRef(ref));
    return checkKubelet(deployment, { run, find }).map((problem) =>
      at(problem, places.of(deployment, parsePath(problem.place.path ?? ''))),
    );
  });
  return [...releaseProblems(objects), ...runProblems(deployments, run), ...ofPods, ...checkMesh(objects)];
}

function releaseProblems(objects: readonly KubeObject[]): readonly Problem[] {
  const releases = objects.filter(({ kind }) => kind === 'Release').map(({ metadata }) => metadata.name);
  if (releases.length === 1) return [];
  return [
    {
      code: 'SRN1201',
      place: {},
      message: 'a rehearsal runs one release at a time',
      found: releases.length === 0 ? 'no Release' : `${releases.length} releases: ${releases.join(', ')}`,
      accepted: 'a directory with exactly one Release',
    },
  ];
}

function runProblems(deployments: readonly Deployment[], run: ReadonlyMap<string, string>): readonly Problem[] {
  const names = deployments.map(({ metadata }) => metadata.name);
  return [...run.keys()]
    .filter((name) => !names.includes(name))
    .map((name) => {
      const near = closest(name, names);
      return {
        code: 'SRN2001',
        place: { path: '--run' },
        message: `there is no Deployment \`${name}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
        found: name,
        accepted: names.join(', '),
      };
    });
}
