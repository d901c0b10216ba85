// The order in which Istio lets objects speak when several could: the oldest first, then by name.
// Pure. Called by compile.ts and policy.ts. Source: pilot/pkg/model/config.go (sortByCreationComparator).
import type { KubeObject } from '../api/object.ts';
import { namespaceOf } from './services.ts';

export const oldestFirst = <T extends KubeObject>(objects: readonly T[]): readonly T[] =>
  [...objects].sort((a, b) => {
    const [x, y] = [keyOf(a), keyOf(b)];
    return x < y ? -1 : x > y ? 1 : 0;
  });

const keyOf = (object: KubeObject): string =>
  [object.metadata.creationTimestamp ?? '', object.metadata.name, namespaceOf(object)].join('\0');
