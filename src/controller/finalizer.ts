// The finalizer by which a release that has touched routes is never deleted before it has put them back.
// Never decides when a release has ended. Called by turn.ts.
import type { KubeObject } from '../api/object.ts';
import type { Release } from '../api/release.ts';
import type { Objects } from '../objects/objects.ts';

const FINALIZER = 'serin.dev/traffic';

export const hasFinalizer = (release: Release): boolean => release.metadata.finalizers?.includes(FINALIZER) === true;

export async function addFinalizer(objects: Objects, release: Release): Promise<void> {
  await objects.update(withFinalizers(release, [...(release.metadata.finalizers ?? []), FINALIZER]));
}

export async function removeFinalizer(objects: Objects, release: Release): Promise<void> {
  const rest = (release.metadata.finalizers ?? []).filter((name) => name !== FINALIZER);
  await objects.update(withFinalizers(release, rest));
}

const withFinalizers = (release: Release, finalizers: readonly string[]): KubeObject =>
  ({ ...release, metadata: { ...release.metadata, finalizers } }) as unknown as KubeObject;
