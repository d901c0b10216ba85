// A connection of the command line to memory objects, as somebody of a name.
// Never a real cluster; apply is create or replace. Called by tests of commands on a cluster.
import type { KubeObject } from '../../src/api/object.ts';
import { refOf } from '../../src/api/object.ts';
import type { ClusterConnection, Connect } from '../../src/cli/connection.ts';
import { ok } from '../../src/lib/result.ts';
import { type Objects, ObjectsError } from '../../src/objects/objects.ts';

export interface MemoryConnectionOptions {
  readonly objects: Objects;
  readonly namespace?: string;
  readonly who?: string;
  /** Fields of these objects belong to another writer. */
  readonly owned?: Readonly<Record<string, string>>;
}

export function memoryConnect({
  objects,
  namespace = 'prod',
  who = 'alice',
  owned = {},
}: MemoryConnectionOptions): Connect {
  return async (choice) => {
    const connection: ClusterConnection = {
      objects,
      namespace: choice.namespace ?? namespace,
      server: 'https://memory.test',
      whoAmI: async () => who,
      apply: (object, options) => applied(objects, object, owned, options?.dryRun === true),
      close: async () => {},
    };
    return ok(connection);
  };
}

async function applied(
  objects: Objects,
  object: KubeObject,
  owned: Readonly<Record<string, string>>,
  dryRun: boolean,
): Promise<KubeObject> {
  const ref = refOf(object);
  const owner = owned[`${ref.kind}/${ref.name}`];
  if (owner !== undefined)
    throw new ObjectsError('Conflict', `patch ${ref.name}: Apply failed with 1 conflict: ${owner}`);
  const standing = await objects.get(ref);
  if (standing === undefined) return objects.create(object, { dryRun });
  const metadata = { ...standing.metadata, labels: { ...standing.metadata.labels, ...object.metadata.labels } };
  return objects.update(
    { ...standing, ...object, metadata, ...(standing.status === undefined ? {} : { status: standing.status }) },
    { dryRun },
  );
}
