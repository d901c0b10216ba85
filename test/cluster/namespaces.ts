// Namespaces for one test each, on a real API server: made, and emptied of what tests put there.
// Never waits for a namespace to be gone (that takes Kubernetes ten seconds). Called by test/cluster.
import { randomBytes } from 'node:crypto';
import { refOf } from '../../src/api/object.ts';
import { type Objects, ObjectsError } from '../../src/objects/objects.ts';

export async function freshNamespace(objects: Objects, prefix = 'test'): Promise<string> {
  const name = `${prefix}-${randomBytes(5).toString('hex')}`;
  await objects.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  return name;
}

const KINDS = ['Release', 'ReleasePolicy', 'Deployment', 'ConfigMap', 'Secret'];

/** Nobody is told of finalizers: they are taken off. */
export async function emptied(objects: Objects, namespace: string): Promise<void> {
  for (const kind of KINDS) {
    for (const item of (await objects.list(kind, namespace)).items) {
      try {
        if ((item.metadata.finalizers ?? []).length > 0)
          await objects.update({ ...item, metadata: { ...item.metadata, finalizers: [] } });
        await objects.remove(refOf(item));
      } catch (error) {
        if (!(error instanceof ObjectsError) || error.reason !== 'NotFound') throw error;
      }
    }
  }
}
