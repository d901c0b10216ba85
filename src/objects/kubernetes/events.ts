// Kubernetes Events (events.k8s.io/v1): what `kubectl describe` and `kubectl get events` tell of a release.
// Never twice for one fact: the Event's name follows from the object and the fact. Called through connect.ts.
import type { Event } from '../../api/cluster-kinds.ts';
import { type KubeObject, refOf } from '../../api/object.ts';
import type { Millis } from '../../lib/clock.ts';
import { fingerprint } from '../../lib/fingerprint.ts';
import { toMicroTime } from '../../lib/time.ts';
import { type Objects, ObjectsError } from '../objects.ts';

export interface ReleaseEvent {
  /** What it is about. */
  readonly regarding: KubeObject;
  /** The fact, for example `attempt 2, rolledBack`: told again under the same key it is not told again. */
  readonly key: string;
  readonly type: 'Normal' | 'Warning';
  /** UpperCamelCase. */
  readonly reason: string;
  /** What Serin did. */
  readonly action: string;
  readonly note: string;
  readonly at: Millis;
}

export interface Reporter {
  /** For example `serin.dev/operator`. */
  readonly controller: string;
  /** Which of its replicas. */
  readonly instance: string;
}

const MAX_NOTE = 1024;
const MAX_SHORT = 128;
const MAX_NAME = 253;

export async function emitEvent(objects: Objects, reporter: Reporter, event: ReleaseEvent): Promise<void> {
  try {
    await objects.create(eventObject(reporter, event));
  } catch (error) {
    if (!(error instanceof ObjectsError) || error.reason !== 'AlreadyExists') throw error;
  }
}

function eventObject(reporter: Reporter, event: ReleaseEvent): Event {
  const { regarding } = event;
  const { uid, resourceVersion, name } = regarding.metadata;
  const { namespace } = refOf(regarding);
  const mark = fingerprint([uid, event.key]);
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `${name.slice(0, MAX_NAME - mark.length - 1).replace(/\.+$/, '')}.${mark}`, namespace },
    eventTime: toMicroTime(event.at),
    reportingController: reporter.controller,
    reportingInstance: reporter.instance.slice(0, MAX_SHORT),
    type: event.type,
    reason: event.reason.slice(0, MAX_SHORT),
    action: event.action.slice(0, MAX_SHORT),
    note: shortened(event.note),
    regarding: { apiVersion: regarding.apiVersion, kind: regarding.kind, name, namespace, uid, resourceVersion },
  };
}

/** At most so many bytes, never half a character. */
function shortened(note: string): string {
  if (Buffer.byteLength(note) <= MAX_NOTE) return note;
  const room = Buffer.from(note).subarray(0, MAX_NOTE - 3);
  return `${new TextDecoder().decode(room, { stream: true })}…`;
}
