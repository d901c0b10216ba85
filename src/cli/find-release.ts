// Releases of a cluster by name, or the problem with suggestions where there is none of that name.
// Never writes. Called by the commands that are about one release.
import { formatRef, refOf } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import { closest } from '../api/suggest.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import type { ReleaseStatus } from '../release/status.ts';
import type { ClusterConnection } from './connection.ts';

export type KnownRelease = Release<ReleaseStatus>;

/** In the order of their names; of all namespaces without one. */
export async function releasesOf({ objects }: ClusterConnection, namespace?: string): Promise<readonly KnownRelease[]> {
  const { items } = await objects.list('Release', namespace);
  const name = (one: KnownRelease) => formatRef(refOf(one));
  return (items as unknown as readonly KnownRelease[]).toSorted((a, b) => (name(a) < name(b) ? -1 : 1));
}

/** SRN1802 with what there is instead. */
export async function findRelease(cluster: ClusterConnection, name: string): Promise<Result<KnownRelease>> {
  const here = await releasesOf(cluster, cluster.namespace);
  const found = here.find(({ metadata }) => metadata.name === name);
  return found === undefined ? failed(unknownRelease(cluster, name, here)) : ok(found);
}

function unknownRelease({ namespace }: ClusterConnection, name: string, here: readonly KnownRelease[]): Problem {
  const names = here.map(({ metadata }) => metadata.name);
  const near = closest(name, names);
  return {
    code: 'SRN1802',
    place: {},
    message: `no Release \`${name}\` in namespace ${namespace}${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    found: JSON.stringify(name),
    accepted: names.length === 0 ? 'another namespace with -n: there is no release here' : names.join(', '),
  };
}
