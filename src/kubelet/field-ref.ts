// The downward API: a pod's own fields as environment variables.
// Never reads anything but the pod. Called by env.ts, and by check.ts to refuse paths it does not know.
import type { Pod } from '../api/kubernetes.ts';
import { failed, ok, type Result } from '../lib/result.ts';

const FIELDS: Readonly<Record<string, (pod: Pod) => string | undefined>> = {
  'metadata.name': (pod) => pod.metadata.name,
  'metadata.namespace': (pod) => pod.metadata.namespace,
  'metadata.uid': (pod) => pod.metadata.uid,
  'spec.nodeName': (pod) => pod.spec.nodeName,
  'spec.serviceAccountName': (pod) => pod.spec.serviceAccountName ?? 'default',
  'status.hostIP': (pod) => pod.status?.hostIP ?? LOOPBACK,
  'status.hostIPs': (pod) => pod.status?.hostIP ?? LOOPBACK,
  'status.podIP': (pod) => pod.status?.podIP ?? LOOPBACK,
  'status.podIPs': (pod) => pod.status?.podIP ?? LOOPBACK,
};
const KEYED = /^metadata\.(labels|annotations)\['([^']+)'\]$/;

/** Every pod here listens on the loopback address, each on ports of its own. */
export const LOOPBACK = '127.0.0.1';

/** For messages. */
export const FIELDS_ACCEPTED = `${Object.keys(FIELDS).join(', ')}, metadata.labels['…'], metadata.annotations['…']`;

export const knowsField = (path: string): boolean => Object.hasOwn(FIELDS, path) || KEYED.test(path);

export function readField(pod: Pod, path: string): Result<string | undefined> {
  const [, map, key] = KEYED.exec(path) ?? [];
  if (key !== undefined) return ok(pod.metadata[map === 'labels' ? 'labels' : 'annotations']?.[key] ?? '');
  const field = FIELDS[path];
  if (field !== undefined) return ok(field(pod));
  return failed({
    code: 'SRN1701',
    place: { path: 'valueFrom.fieldRef.fieldPath' },
    message: 'this field of a pod is not available on one machine',
    found: path,
    accepted: FIELDS_ACCEPTED,
  });
}
