// Watched objects among which there is one release only: the controller drives that one and leaves all others alone.
// Never hides another release from whoever looks into its namespace (two on one service must see each other). Called by run.ts.
import { formatRef, type ObjectRef, refOf } from '../api/object.ts';
import type { Watched } from '../controller/loop-deps.ts';

export function onlyOne(objects: Watched, ref: ObjectRef): Watched {
  const isOther = (object: Parameters<typeof refOf>[0]): boolean =>
    object.kind === 'Release' && formatRef(refOf(object)) !== formatRef(ref);
  return {
    ...objects,
    async list(kind, namespace, options) {
      const all = await objects.list(kind, namespace, options);
      if (kind !== 'Release' || namespace !== undefined) return all;
      return { ...all, items: all.items.filter((object) => !isOther(object)) };
    },
    onChange: (listener) =>
      objects.onChange((change) => {
        if (!isOther(change.object)) listener(change);
      }),
  };
}
