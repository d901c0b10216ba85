// Objects of which a test may say, for each call, that the API server refuses it.
// Never changes what goes through. Called by tests of the command line.
import { type Objects, ObjectsError, type ObjectsReason } from '../../src/objects/objects.ts';

export function createFaultyObjects(objects: Objects, refuse: (verb: string) => ObjectsReason | undefined): Objects {
  const ask = (verb: string, kind: string): void => {
    const reason = refuse(verb);
    if (reason === 'NotFound') throw new ObjectsError(reason, `the server does not know the kind ${kind}`);
    if (reason !== undefined) throw new ObjectsError(reason, `${verb} ${kind}: away`);
  };
  return {
    ...objects,
    async get(ref) {
      ask('get', ref.kind);
      return objects.get(ref);
    },
    async list(kind, namespace, options) {
      ask('list', kind);
      return objects.list(kind, namespace, options);
    },
    async create(object, options) {
      ask('create', object.kind);
      return objects.create(object, options);
    },
    async update(object, options) {
      ask('update', object.kind);
      return objects.update(object, options);
    },
    async updateStatus(object, options) {
      ask('updateStatus', object.kind);
      return objects.updateStatus(object, options);
    },
    async *watch(kind, resourceVersion, signal) {
      ask('watch', kind);
      yield* objects.watch(kind, resourceVersion, signal);
    },
  };
}
