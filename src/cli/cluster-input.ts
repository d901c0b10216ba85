// What a release is about, read from a cluster: the same set of objects that files would hold.
// Never reads Secrets' or ConfigMaps' contents, and never writes. Called by lint, plan and run.
import { kindOf } from '../api/kinds.ts';
import { type Loaded, noPlaces } from '../api/load.ts';
import type { KubeObject } from '../api/object.ts';
import { ObjectsError } from '../objects/objects.ts';
import type { ClusterConnection } from './connection.ts';

/** Without these nothing can be said. */
const NEEDED: readonly string[] = ['Release', 'ReleasePolicy', 'Service', 'Deployment'];
/** Hosts may be named from any namespace. */
const ROUTES: readonly string[] = ['VirtualService', 'DestinationRule'];
/** Said something about where they can be read, and where they are installed. */
const FURTHER: readonly string[] = [
  'Namespace',
  'HorizontalPodAutoscaler',
  'Gateway',
  'Sidecar',
  'PeerAuthentication',
  'EnvoyFilter',
];

export interface ClusterInput extends Loaded {
  /** Kinds that could not be looked at, and why. */
  readonly unread: readonly string[];
}

/** Of one namespace, with the routes of all; or of all namespaces. */
export async function readCluster(
  { objects }: Pick<ClusterConnection, 'objects'>,
  namespace: string | undefined,
): Promise<ClusterInput> {
  const unread: string[] = [];
  const within = (kind: string) =>
    ROUTES.includes(kind) || kindOf(kind)?.namespaced === false ? undefined : namespace;
  const read = async (kind: string): Promise<readonly KubeObject[]> => {
    try {
      return (await objects.list(kind, within(kind))).items;
    } catch (error) {
      if (!(error instanceof ObjectsError) || !mayBeMissed(kind, error)) throw error;
      if (error.reason === 'Forbidden') unread.push(error.message);
      return [];
    }
  };
  const all = await Promise.all([...NEEDED, ...ROUTES, ...FURTHER].map(read));
  return { objects: all.flat(), places: noPlaces, unread };
}

/** A mesh that is not installed has no routes, and lint says so; what may not be read is told. */
const mayBeMissed = (kind: string, { reason }: ObjectsError): boolean =>
  reason === 'NotFound' ? !NEEDED.includes(kind) : reason === 'Forbidden' && FURTHER.includes(kind);
