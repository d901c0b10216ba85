// Which objects of one namespace have a label: so that a version's pods are found among ten thousand without looking at each.
// Never built before somebody asks by label. Called by view.ts.
import type { KubeObject } from '../api/object.ts';
import { type Labels, selects } from '../api/selector.ts';

export interface LabelIndex {
  add(object: KubeObject): void;
  remove(object: KubeObject): void;
  /** Those with all of these labels, of which there is at least one; in no particular order. */
  find(labels: Labels): readonly KubeObject[];
}

export function createLabelIndex(objects: Iterable<KubeObject>): LabelIndex {
  // Most pairs have one object: a set for each would be most of the memory.
  const byPair = new Map<string, KubeObject | Set<KubeObject>>();

  const all = (pair: string): readonly KubeObject[] => {
    const found = byPair.get(pair);
    return found === undefined ? [] : found instanceof Set ? [...found] : [found];
  };
  const count = (pair: string): number => {
    const found = byPair.get(pair);
    return found instanceof Set ? found.size : found === undefined ? 0 : 1;
  };

  function add(object: KubeObject): void {
    for (const pair of pairsOf(object)) {
      const found = byPair.get(pair);
      if (found === undefined) byPair.set(pair, object);
      else if (found instanceof Set) found.add(object);
      else byPair.set(pair, new Set([found, object]));
    }
  }

  function remove(object: KubeObject): void {
    for (const pair of pairsOf(object)) {
      const found = byPair.get(pair);
      if (found === object) byPair.delete(pair);
      else if (found instanceof Set) {
        found.delete(object);
        if (found.size === 0) byPair.delete(pair);
      }
    }
  }

  for (const object of objects) add(object);
  return {
    add,
    remove,
    find(labels) {
      const pairs = Object.entries(labels).map(pairOf);
      const rarest = pairs.reduce((least, pair) => (count(pair) < count(least) ? pair : least));
      return all(rarest).filter(({ metadata }) => selects(labels, metadata.labels ?? {}));
    },
  };
}

const pairOf = ([key, value]: readonly [string, string]): string => `${key}=${value}`;

const pairsOf = ({ metadata }: KubeObject): readonly string[] => Object.entries(metadata.labels ?? {}).map(pairOf);
