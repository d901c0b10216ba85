// Which subset and which Deployment are canary and stable for one release, as far as its objects tell; acceptance's own answer.
// Never reports: the checks subsets.ts, stable.ts and steerable.ts do, each its part.
import type { Deployment } from '../api/kubernetes.ts';
import type { Problem } from '../lib/problem.ts';
import type { Result } from '../lib/result.ts';
import type { Choice } from '../routing/choose.ts';
import { chooseFor } from '../routing/choose-for.ts';
import { type Case, named, type Scene } from './scene.ts';

/** A version of the release; undefined where something before it is missing, so that nothing can be said. */
export interface Pair {
  readonly canary: Result<string> | undefined;
  /** SRN1204 for a Deployment without a subset of its own, SRN1205 where the weight does not tell. */
  readonly stable: Result<string> | undefined;
  readonly stableDeployment: Deployment | undefined;
  readonly choice?: Choice;
  /** Why there is no one DestinationRule to choose from. */
  readonly problems: readonly Problem[];
}

export function pairOf(scene: Scene, one: Case): Pair {
  const nothing = { canary: undefined, stable: undefined, stableDeployment: one.namedStable, problems: [] };
  if (one.service === undefined) return nothing;
  const chosen = chooseFor({ ...scene, release: one.release, service: one.service });
  if (chosen === undefined) return nothing;
  if (!chosen.ok) return { ...nothing, problems: chosen.problems };
  const { canary, stable } = chosen.value;
  const subsetOf = (version: Choice['stable']): Result<string> =>
    version.ok ? { ok: true, value: version.value.subset } : version;
  const isTold = canary.ok && (stable.ok || !stable.problems.every(({ code }) => code === 'SRN1202'));
  return {
    canary: subsetOf(canary),
    // What hinders the canary is told once; a subset that is not defined by its own check.
    stable: isTold ? subsetOf(stable) : undefined,
    stableDeployment: stable.ok ? named(scene.deployments, one.namespace, stable.value.workload.name) : one.namedStable,
    choice: chosen.value,
    problems: [],
  };
}
