// Objects whose equal texts are one: thousands of releases say the same kinds, reasons, labels and messages again and again.
// Never changes what an object says. Between the connection and the watched view; composed by operator.ts.
import type { KubeObject } from '../api/object.ts';
import type { Objects, WatchEvent } from '../objects/objects.ts';
import { PROJECTIONS } from '../objects/projections.ts';

/** Longer ones are seldom said twice. */
const LONGEST = 200;
/** What is said once only must not stay for ever: then it begins anew. */
const MOST = 200_000;
/** Each object's own. */
const UNIQUE: ReadonlySet<string> = new Set(['uid', 'resourceVersion', 'name', 'podIP']);

export function internedObjects(objects: Objects): Objects {
  const texts = new Map<string, string>();

  const shared = (text: string): string => {
    if (text.length > LONGEST) return text;
    const known = texts.get(text);
    if (known !== undefined) return known;
    if (texts.size >= MOST) texts.clear();
    texts.set(text, text);
    return text;
  };

  /** In place: an answer is nobody else's yet. One that is frozen is shared already. */
  const share = (value: Record<string, unknown> | unknown[]): void => {
    if (Object.isFrozen(value)) return;
    for (const [key, inner] of Object.entries(value))
      if (typeof inner === 'string') {
        if (!UNIQUE.has(key)) (value as Record<string, unknown>)[key] = shared(inner);
      } else if (typeof inner === 'object' && inner !== null) share(inner as Record<string, unknown>);
  };

  const interned = <Value extends KubeObject | undefined>(object: Value): Value => {
    if (object !== undefined) share(object as unknown as Record<string, unknown>);
    return object;
  };

  async function* told(events: AsyncIterable<WatchEvent>): AsyncIterable<WatchEvent> {
    for await (const event of events) {
      if (event.type === 'bookmark') yield event;
      // What nobody keeps, such as what a Secret holds, is not to stay here either.
      else yield { ...event, object: interned(PROJECTIONS[event.object.kind]?.(event.object) ?? event.object) };
    }
  }

  return {
    get: async (ref) => interned(await objects.get(ref)),
    list: (kind, namespace, { keep, ...options } = {}) =>
      objects.list(kind, namespace, { ...options, keep: (object) => interned(keep?.(object) ?? object) }),
    watch: (kind, resourceVersion, signal) => told(objects.watch(kind, resourceVersion, signal)),
    create: async (object, options) => interned(await objects.create(object, options)),
    update: async (object, options) => interned(await objects.update(object, options)),
    updateStatus: async (object, options) => interned(await objects.updateStatus(object, options)),
    remove: (ref, options) => objects.remove(ref, options),
  };
}
