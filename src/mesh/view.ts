// All objects the mesh reads, as one view that follows the API server.
// Never compiles. Called by mesh.ts.
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import type { Clock } from '../lib/clock.ts';
import { type Change, startInformer } from '../objects/informer.ts';
import type { Objects } from '../objects/objects.ts';

const KINDS = ['Service', 'VirtualService', 'DestinationRule', 'Pod'] as const;

export interface View {
  all(): readonly KubeObject[];
  /** Resolves when everything that was written before the call is in the view, or has been overtaken there. */
  caughtUp(): Promise<void>;
  /** Rejects when a watch ends by a defect rather than by the signal. */
  readonly done: Promise<void>;
}

/** Resolves when the view is complete; from then on `onChange` comes, once for several changes of one moment. */
export async function followObjects(
  objects: Objects,
  clock: Clock,
  signal: AbortSignal,
  onChange: () => void,
): Promise<View> {
  const awaited = new Set<(change: Change) => void>();
  let told = false;
  let complete = false;
  const changed = (change: Change): void => {
    for (const look of [...awaited]) look(change);
    if (told || !complete) return;
    told = true;
    setImmediate(() => {
      told = false;
      if (!signal.aborted) onChange();
    });
  };
  const informers = KINDS.map((kind) => startInformer({ objects, kind, clock, signal, onChange: changed }));
  await Promise.all(informers.map(({ synced }) => synced));
  complete = true;
  const all = () => informers.flatMap((informer) => informer.list());

  return {
    all,
    async caughtUp() {
      const lists = await Promise.all(KINDS.map((kind) => objects.list(kind)));
      const missing = missed(
        all(),
        lists.flatMap(({ items }) => items),
      );
      if (missing.size === 0) return;
      await new Promise<void>((resolve) => {
        const end = (): void => {
          awaited.delete(look);
          signal.removeEventListener('abort', end);
          resolve();
        };
        const look = (change: Change): void => {
          const key = keyOf(change.object);
          const wanted = missing.get(key);
          if (wanted !== undefined && (change.type === 'deleted' || versionOf(change.object) >= wanted)) {
            missing.delete(key);
          }
          if (missing.size === 0) end();
        };
        awaited.add(look);
        signal.addEventListener('abort', end);
        if (signal.aborted) end();
      });
    },
    done: Promise.all(informers.map(({ done }) => done)).then(() => {}),
  };
}

/** What the view has not seen yet: by object the version to wait for, or its deletion. */
function missed(view: readonly KubeObject[], listed: readonly KubeObject[]): Map<string, bigint> {
  const missing = new Map(listed.map((object) => [keyOf(object), versionOf(object)]));
  for (const object of view) {
    const key = keyOf(object);
    const wanted = missing.get(key);
    if (wanted === undefined) missing.set(key, DELETED);
    else if (versionOf(object) >= wanted) missing.delete(key);
  }
  return missing;
}

/** Above every version: only its deletion will do. */
const DELETED = 1n << 128n;

const keyOf = (object: KubeObject): string => `${formatRef(refOf(object))} ${object.metadata.uid ?? ''}`;

/** Versions of one kind grow (KEP-5504), so that a later state counts as seen too. */
const versionOf = (object: KubeObject): bigint => BigInt(object.metadata.resourceVersion ?? '0');
