// Keeps the users' account: answers from the load, access log from the mesh, crashes from the pods.
// Never decides. Called by rehearse.ts.
import type { Pod } from '../api/kubernetes.ts';
import type { Release } from '../api/release.ts';
import type { Clock } from '../lib/clock.ts';
import { bySubset, type Version } from '../load/attribution.ts';
import type { Load } from '../load/load.ts';
import { accountUsers, type FailedRequest, type Users } from '../load/users.ts';
import type { ReleaseStatus } from '../release/status.ts';
import type { Cluster } from './cluster.ts';
import { watchCrashes } from './crashes.ts';

const LOOK_MS = 50;

export interface Account {
  users(): Users;
  failures(): readonly FailedRequest[];
  /** The versions' subsets and Deployments are known once the release is accepted. */
  follow(status: ReleaseStatus): void;
  close(): void;
}

export function keepAccount(cluster: Cluster, load: Load, release: Release, clock: Clock): Account {
  let subsets = { stable: '', canary: '' };
  let stable: string | undefined;
  const versionOf = ({ metadata }: Pod): Version | undefined => {
    const isOf = (deployment: string) => metadata.ownerReferences?.some(({ name }) => name === deployment);
    if (isOf(release.spec.canary.deployment)) return 'canary';
    return stable !== undefined && isOf(stable) ? 'stable' : undefined;
  };
  const account = accountUsers({ versionOf: (entry) => bySubset(subsets)(entry) });
  const crashes = watchCrashes(versionOf);
  const quiet = [
    load.onAnswers((answers) => account.answers(answers)),
    cluster.mesh.onAccess((entries) => account.access(entries)),
  ];
  const looking = setInterval(() => {
    for (const crash of crashes.look(cluster.pods.list() as readonly Pod[], clock.now())) account.crash(crash);
  }, LOOK_MS);
  return {
    users: () => account.users(),
    failures: () => account.failures(),
    follow({ accepted }) {
      if (accepted === undefined) return;
      subsets = { stable: accepted.identity.stable, canary: accepted.identity.canary };
      stable = accepted.versions.stable.deployment;
    },
    close() {
      clearInterval(looking);
      for (const end of quiet) end();
    },
  };
}
