// Who else drives releases in a cluster: an operator, by its Lease; another `serin run`, by the Lease of the release.
// Never takes a Lease by force. Called by run-release.ts.
import type { Lease } from '../api/cluster-kinds.ts';
import { refOf } from '../api/object.ts';
import type { Clock } from '../lib/clock.ts';
import type { Problem } from '../lib/problem.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';

/** The Lease of the operator, in whatever namespace it runs. */
export const OPERATOR_LEASE = 'serin-operator';

/** The Lease of who runs one release by hand. */
export const runLease = (release: string): string => `serin-run-${release}`.slice(0, 253);

/** An operator that is alive would drive the same release. Where Leases may not be looked at there is none to be known of: told as unread. */
export async function operatorProblem(
  objects: Objects,
  clock: Clock,
  unread: (why: string) => void,
): Promise<Problem | undefined> {
  const leases = await leasesOf(objects, unread);
  const held = leases.find((lease) => lease.metadata.name === OPERATOR_LEASE && isFresh(lease, clock.now()));
  if (held === undefined) return undefined;
  return {
    code: 'SRN1809',
    place: {},
    message: `an operator drives the releases of this cluster (${held.spec?.holderIdentity}, in ${refOf(held).namespace})`,
    accepted: 'its work: kubectl apply -f the files, then serin watch RELEASE',
  };
}

async function leasesOf(objects: Objects, unread: (why: string) => void): Promise<readonly Lease[]> {
  try {
    return (await objects.list('Lease')).items as readonly Lease[];
  } catch (error) {
    if (!(error instanceof ObjectsError) || error.reason !== 'Forbidden') throw error;
    unread(error.message);
    return [];
  }
}

/** Held, and renewed within its time; half as much again for clocks that differ. */
export function isFresh({ spec = {} }: Lease, now: number): boolean {
  const { holderIdentity = '', renewTime = '', leaseDurationSeconds = 0 } = spec;
  const age = now - Date.parse(renewTime);
  return holderIdentity !== '' && age < leaseDurationSeconds * 1500;
}

export const anotherRun = (holder: string | undefined): Problem => ({
  code: 'SRN1809',
  place: {},
  message: `another serin run drives this release${holder === undefined || holder === '' ? '' : ` (${holder})`}`,
  accepted: 'its end, or serin watch RELEASE',
});
