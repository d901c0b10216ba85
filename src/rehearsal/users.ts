// Keeps the users' account: answers from the load, access log from the mesh, crashes from the pods.
// Never decides. Called by rehearse.ts.
import type { Pod } from '../api/kubernetes.ts';
import type { Clock } from '../lib/clock.ts';
import { bySubset } from '../load/attribution.ts';
import type { Load } from '../load/load.ts';
import { accountUsers, type FailedRequest, type Users } from '../load/users.ts';
import type { ReleaseStatus } from '../release/status.ts';
import type { Cluster } from './cluster.ts';
import { watchCrashes } from './crashes.ts';

const LOOK_MS = 50;

export interface Account {
  users(): Users;
  failures(): readonly FailedRequest[];
  /** The subsets' names are known once the release is accepted. */
  follow(status: ReleaseStatus): void;
  close(): void;
}

export function keepAccount(cluster: Cluster, load: Load, clock: Clock): Account {
  let subsets = { stable: '', canary: '' };
  const account = accountUsers({ versionOf: (entry) => bySubset(subsets)(entry) });
  const crashes = watchCrashes();
  const quiet = [
    load.onAnswers((answers) => account.answers(answers)),
    cluster.mesh.onAccess((entries) => account.access(entries)),
  ];
  const looking = setInterval(() => {
    for (const pod of cluster.pods.list() as readonly Pod[]) {
      for (const crash of crashes.look(pod, clock.now())) account.crash(crash);
    }
  }, LOOK_MS);
  return {
    users: () => account.users(),
    failures: () => account.failures(),
    follow({ accepted }) {
      if (accepted !== undefined) subsets = { stable: accepted.identity.stable, canary: accepted.identity.canary };
    },
    close() {
      clearInterval(looking);
      for (const end of quiet) end();
    },
  };
}
