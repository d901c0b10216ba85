// Who looks at what: each turn's reads are noted, so that a change of an object finds the releases that look at it.
// Never reads by itself and never wakes anybody (controller.ts does). Called by controller.ts.
import type { Deployment } from '../api/kubernetes.ts';
import { formatRef, type KubeObject, refOf } from '../api/object.ts';
import { picks } from '../api/selector.ts';
import type { Change } from '../objects/informer.ts';
import type { Objects } from '../objects/objects.ts';

/** What one turn has read. */
export interface Looks {
  /** Objects by name, found or not; each once, and in order, as are lists. */
  readonly objects: readonly string[];
  /** Lists, by kind and namespace (none: of all). */
  readonly lists: readonly string[];
  /** Of the Deployments among the objects: their pods are all of a list of pods that matters. */
  readonly selectors: readonly Deployment['spec']['selector'][];
}

/** The same objects, and on the side what has been read of them. */
export function noting(objects: Objects): { readonly objects: Objects; looks(): Looks } {
  const seen = new Set<string>();
  const lists = new Set<string>();
  const selectors: Deployment['spec']['selector'][] = [];
  const noted: Objects = {
    ...objects,
    get: async (ref) => {
      seen.add(formatRef(ref));
      const found = await objects.get(ref);
      if (found?.kind === 'Deployment') selectors.push((found as Deployment).spec.selector);
      return found;
    },
    list: (kind, namespace, options) => {
      lists.add(listKey(kind, namespace));
      return objects.list(kind, namespace, options);
    },
  };
  return { objects: noted, looks: () => ({ objects: [...seen].sort(), lists: [...lists].sort(), selectors }) };
}

export interface Concerns {
  /** `name` is the release's; replaces what it looked at before. */
  looked(name: string, looks: Looks): void;
  forget(name: string): void;
  of(change: Change): Concerned;
}

export interface Concerned {
  /** They look at this very object, or at one of its pods. */
  readonly closely: ReadonlySet<string>;
  /** It is in a list that they have read, among much else. */
  readonly loosely: ReadonlySet<string>;
}

/** People's orders: they are found by listing, and each of them counts. */
const ORDERS = 'Approval';

export function createConcerns(): Concerns {
  const looksOf = new Map<string, Looks>();
  const byKey = createIndex();

  const forget = (name: string): void => {
    const looks = looksOf.get(name);
    looksOf.delete(name);
    for (const key of looks?.objects ?? []) byKey.remove(key, name);
    for (const key of looks?.lists ?? []) byKey.remove(key, name);
  };

  /** Of pods only their own, once it is known whose they are. */
  const looksAtPod = (name: string, { object, ...change }: Change): boolean => {
    const selectors = looksOf.get(name)?.selectors ?? [];
    const states = 'previous' in change ? [object, change.previous] : [object];
    return selectors.some((selector) => states.some(({ metadata }) => picks(selector, metadata.labels ?? {})));
  };

  return {
    looked(name, looks) {
      const before = looksOf.get(name);
      if (before !== undefined && sameKeys(before.objects, looks.objects) && sameKeys(before.lists, looks.lists)) {
        looksOf.set(name, { ...before, selectors: looks.selectors });
        return;
      }
      forget(name);
      looksOf.set(name, looks);
      for (const key of looks.objects) byKey.add(key, name);
      for (const key of looks.lists) byKey.add(key, name);
    },
    forget,
    of(change) {
      const { kind, namespace } = refOf(change.object);
      const closely = new Set(byKey.get(formatRef(refOf(change.object))));
      const loosely = new Set<string>();
      for (const key of [listKey(kind, namespace), listKey(kind)])
        for (const name of byKey.get(key)) {
          if (kind === 'Pod') {
            if (looksAtPod(name, change)) closely.add(name);
          } else if (kind === ORDERS) closely.add(name);
          else if (!closely.has(name)) loosely.add(name);
        }
      return { closely, loosely };
    },
  };
}

const listKey = (kind: string, namespace?: string): string => `${kind}/${namespace ?? ''}/`;

const sameKeys = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((key, index) => key === b[index]);

/** Most keys have one name: a set for each would be most of the memory. */
function createIndex() {
  const names = new Map<string, string | Set<string>>();
  return {
    get(key: string): Iterable<string> {
      const found = names.get(key);
      return found === undefined ? [] : typeof found === 'string' ? [found] : found;
    },
    add(key: string, name: string): void {
      const found = names.get(key);
      if (found === undefined) names.set(key, name);
      else if (typeof found !== 'string') found.add(name);
      else if (found !== name) names.set(key, new Set([found, name]));
    },
    remove(key: string, name: string): void {
      const found = names.get(key);
      if (found === name) names.delete(key);
      else if (found !== undefined && typeof found !== 'string') {
        found.delete(name);
        if (found.size === 0) names.delete(key);
      }
    },
  };
}

/** Kinds whose status says nothing to a turn: others write it, or this controller itself. */
const BY_SPEC: ReadonlySet<string> = new Set(['Release', 'VirtualService', 'DestinationRule']);

/** Whether a change may matter to a turn at all. */
export function matters(change: Change): boolean {
  if (change.type !== 'modified' || !BY_SPEC.has(change.object.kind)) return true;
  return !sameOrders(change.object, change.previous);
}

const sameOrders = ({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean =>
  a.uid === b.uid && a.generation === b.generation && a.deletionTimestamp === b.deletionTimestamp;
