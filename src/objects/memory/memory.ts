// An honest small API server in memory, behind the port `Objects`: it keeps the rules that a controller can trip over.
// Never defaults or interprets a spec, never runs anything. Called by rehearsal and tests; the contract is in test/support.
import { formatRef, type KubeObject, type ObjectRef, refOf } from '../../api/object.ts';
import { selects } from '../../api/selector.ts';
import type { Clock } from '../../lib/clock.ts';
import { formatProblem, SerinError } from '../../lib/problem.ts';
import { type ListOptions, type Objects, ObjectsError, type RemoveOptions, type WriteOptions } from '../objects.ts';
import { forCreate, forDeletion, forStatus, forUpdate, type ServedKind } from './admission.ts';
import { createCollector } from './collector.ts';
import { createHistory } from './history.ts';
import { overTheWire, sameJson } from './json.ts';
import { kindProblems } from './kind-rules.ts';
import { refusals, type Validate } from './refusals.ts';
import { createStore } from './store.ts';
import { watchHistory } from './watch.ts';

export interface MemoryOptions {
  readonly clock: Clock;
  readonly uid: () => string;
  /** What is served; anything else is not found, as an unknown resource is. */
  readonly kinds: (kind: string) => ServedKind | undefined;
  /** Strict checking against the kind's schema. */
  readonly validate: Validate;
  /** At least so many changes can be watched from afterwards; older ones are `Expired`. */
  readonly historyLimit?: number;
  readonly bookmarkEvery?: number;
}

export function createMemoryObjects(options: MemoryOptions): Objects {
  const history = createHistory(options.historyLimit ?? 4096);
  const store = createStore(history);
  const collector = createCollector(store, { remove: removeNow, disown: (object) => void store.put(object) });
  // RFC 3339 with whole seconds, as metav1.Time.
  const timestamp = () => `${new Date(options.clock.now()).toISOString().slice(0, 19)}Z`;

  function served(kind: string): ServedKind {
    const known = options.kinds(kind);
    if (known === undefined) throw new ObjectsError('NotFound', `the server does not know the kind "${kind}"`);
    return known;
  }

  /** The stored object a write is meant for, if the write was made in knowledge of its latest state. */
  function current(given: KubeObject): KubeObject {
    const stored = store.get(refOf(given));
    if (stored === undefined) throw new ObjectsError('NotFound', `${formatRef(refOf(given))} does not exist`);
    const { resourceVersion, uid } = given.metadata;
    if (resourceVersion !== stored.metadata.resourceVersion || (uid !== undefined && uid !== stored.metadata.uid))
      throw new ObjectsError(
        'Conflict',
        `${formatRef(refOf(given))} was changed meanwhile: it is at resourceVersion ${stored.metadata.resourceVersion}, the write was for ${resourceVersion ?? 'none'}`,
      );
    return stored;
  }

  function refuseInvalid(object: KubeObject, previous?: KubeObject): void {
    const wire = overTheWire(object);
    const problems = [
      ...refusals(wire.value, previous, wire.bytes),
      ...options.validate(wire.value, previous),
      ...kindProblems(wire.value, previous),
    ];
    if (problems.length > 0)
      throw new ObjectsError('Invalid', problems.map(formatProblem).join('\n'), { cause: new SerinError(problems) });
  }

  function replace(next: KubeObject, stored: KubeObject, dryRun: boolean): KubeObject {
    refuseInvalid(next, stored);
    if (dryRun) return overTheWire(next).value;
    if (sameJson(overTheWire(next).value, stored)) return stored;
    const { deletionTimestamp, finalizers } = next.metadata;
    if (deletionTimestamp !== undefined && finalizers === undefined) return dropped(next);
    const written = store.put(next);
    collector.written(written);
    return written;
  }

  function dropped(object: KubeObject): KubeObject {
    const last = store.drop(object);
    collector.gone(last);
    return last;
  }

  function removeNow(stored: KubeObject): void {
    if ((stored.metadata.finalizers ?? []).length === 0) return void dropped(stored);
    const marked = forDeletion(stored, timestamp());
    if (marked !== stored) store.put(marked);
  }

  return {
    async get(ref: ObjectRef) {
      served(ref.kind);
      return store.get(ref);
    },
    async list(kind, namespace, { keep = (object) => object, labels = {} }: ListOptions = {}) {
      served(kind);
      const items = store.list(kind, namespace).filter(({ metadata }) => selects(labels, metadata.labels ?? {}));
      return { items: items.map(keep), resourceVersion: String(history.version()) };
    },
    async *watch(kind, resourceVersion, signal) {
      served(kind);
      const bookmarkEvery = options.bookmarkEvery ?? 1024;
      yield* watchHistory(history, { kind, from: resourceVersion, bookmarkEvery, signal });
    },
    async create(sent, { dryRun = false, guard = pass }: WriteOptions = {}) {
      guard();
      const given = overTheWire(sent).value;
      const known = served(given.kind);
      if (given.metadata.resourceVersion !== undefined)
        throw new ObjectsError('Invalid', `${formatRef(refOf(given))}: an object to be created has no resourceVersion`);
      const object = forCreate(given, known, { uid: options.uid(), creationTimestamp: timestamp() });
      refuseInvalid(object);
      if (store.get(refOf(object)) !== undefined)
        throw new ObjectsError('AlreadyExists', `${formatRef(refOf(object))} exists already`);
      if (dryRun) return overTheWire(object).value;
      const written = store.put(object);
      collector.written(written);
      return written;
    },
    async update(sent, { dryRun = false, guard = pass }: WriteOptions = {}) {
      guard();
      const given = overTheWire(sent).value;
      const known = served(given.kind);
      const stored = current(given);
      return replace(forUpdate(given, stored, known), stored, dryRun);
    },
    async updateStatus(sent, { dryRun = false, guard = pass }: WriteOptions = {}) {
      guard();
      const given = overTheWire(sent).value;
      if (!served(given.kind).hasStatus)
        throw new ObjectsError('NotFound', `the kind "${given.kind}" has no status subresource`);
      const stored = current(given);
      return replace(forStatus(given, stored), stored, dryRun);
    },
    async remove(ref, { uid, guard = pass }: RemoveOptions = {}) {
      guard();
      served(ref.kind);
      const stored = store.get(ref);
      if (stored === undefined) throw new ObjectsError('NotFound', `${formatRef(ref)} does not exist`);
      if (uid !== undefined && uid !== stored.metadata.uid)
        throw new ObjectsError('Conflict', `${formatRef(ref)} is another object than the one to remove`);
      removeNow(stored);
    },
  };
}

const pass = (): void => {};
