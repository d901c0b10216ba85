// An order to a release: one field of its spec changed, on the release as it stands, however often somebody else is faster.
// Never waits for what comes of it. Called by pause, resume, abort and promote.
import type { KubeObject } from '../api/object.ts';
import type { ReleaseSpec } from '../api/release.ts';
import { statusOf } from '../controller/status-of.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, type Result } from '../lib/result.ts';
import { ObjectsError } from '../objects/objects.ts';
import { isEnded } from '../release/status.ts';
import { type ClusterFlags, choiceOf, onCluster } from './cluster-flags.ts';
import type { ClusterConnection } from './connection.ts';
import { type CliContext, failWith } from './context.ts';
import { findRelease, type KnownRelease } from './find-release.ts';

export interface Order {
  /** The release's spec with the order in it; undefined when it stands there already. */
  readonly spec: ReleaseSpec | undefined;
  /** What to tell. */
  readonly text: string;
}

/** What an order comes to on a release as it stands, or why it cannot be given. */
export type Give = (release: KnownRelease) => Result<Order>;

/** The controller writes status, not spec: a few tries are always enough. */
const TRIES = 8;

export async function order(context: CliContext, flags: ClusterFlags, name: string, give: Give): Promise<void> {
  await onCluster(context, { ...choiceOf(flags), onlyNamespace: true }, async (cluster) => {
    const told = await ordered(cluster, name, give);
    if (!told.ok) return failWith(context, told.problems);
    context.process.stdout.write(`${name}: ${told.value.text}\n`);
  });
}

async function ordered(cluster: ClusterConnection, name: string, give: Give): Promise<Result<Order>> {
  for (let tries = 1; ; tries++) {
    const release = await findRelease(cluster, name);
    if (!release.ok) return release;
    const given = isEnded(statusOf(release.value)) ? failed(ended(release.value)) : give(release.value);
    if (!given.ok || given.value.spec === undefined) return given;
    try {
      await cluster.objects.update({ ...release.value, spec: given.value.spec } as unknown as KubeObject);
      return given;
    } catch (error) {
      const again = error instanceof ObjectsError && error.reason === 'Conflict' && tries < TRIES;
      if (!again) throw error;
    }
  }
}

export const cannot = (message: string, accepted: string): Problem => ({
  code: 'SRN1808',
  place: {},
  message,
  accepted,
});

function ended(release: KnownRelease): Problem {
  const { phase, endedAt } = statusOf(release);
  return cannot(
    `${release.metadata.name} has ended: ${phase}${endedAt === undefined ? '' : ` at ${endedAt}`}`,
    'a release that is under way; a new one has a new name',
  );
}
