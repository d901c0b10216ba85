import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentHashOf } from '../api/config-content.ts';
import { type KubeObject, type ObjectRef, refOf } from '../api/object.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { type CachedObjects, type CachedOptions, cachedObjects } from './cached.ts';
import { type FaultPlan, PASS, withFaults } from './faults.ts';
import { createMemoryObjects } from './memory/memory.ts';
import { type Objects, ObjectsError } from './objects.ts';
import { compareVersions } from './versions.ts';
import type { Change } from './view.ts';

/** Retries at once. */
const impatient: Clock = { now: Date.now, sleep: () => new Promise((resolve) => setImmediate(resolve)) };

const memory = (): Objects => {
  let uids = 0;
  return createMemoryObjects({
    clock: systemClock,
    uid: () => `uid-${++uids}`,
    kinds: (kind) => (kind === 'Stranger' ? undefined : { hasStatus: kind !== 'ConfigMap' }),
    validate: () => [],
    historyLimit: 1_000,
  });
};

const rule = (name: string, spec: unknown = {}, namespace = 'prod'): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name, namespace },
  spec,
});
const refTo = (name: string): ObjectRef => ({ kind: 'DestinationRule', namespace: 'prod', name });

describe('cached objects', () => {
  let server: Objects;
  let stop: AbortController;
  beforeEach(() => {
    server = memory();
    stop = new AbortController();
  });
  afterEach(() => stop.abort());

  const cache = (objects: Objects, options: Partial<CachedOptions> = {}): CachedObjects =>
    cachedObjects({ objects, kinds: ['DestinationRule'], clock: impatient, signal: stop.signal, ...options });

  function counted(plan: FaultPlan = () => PASS) {
    const calls: string[] = [];
    const faulty = withFaults(
      server,
      (call) => {
        calls.push(call.verb);
        return plan(call);
      },
      impatient,
    );
    return { objects: faulty.objects, calls };
  }

  /** As a server whose watch is behind: nothing of it arrives until it is let go. */
  function behind(): { readonly objects: Objects; readonly let: () => void } {
    const gate = Promise.withResolvers<void>();
    const objects: Objects = {
      ...server,
      async *watch(kind, version, signal) {
        await Promise.race([gate.promise, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
        yield* server.watch(kind, version, signal);
      },
    };
    return { objects, let: gate.resolve };
  }

  it('read from one list and one watch per kind, whatever is asked and how often', async () => {
    await server.create(rule('a'));
    const { objects, calls } = counted();
    const cached = cache(objects);
    await cached.synced;
    for (let n = 0; n < 20; n += 1) {
      expect((await cached.list('DestinationRule', 'prod')).items).toHaveLength(1);
      expect(await cached.get(refTo('a'))).toBeDefined();
      expect(await cached.get(refTo('nobody'))).toBeUndefined();
    }
    expect(calls.sort()).toEqual(['list', 'watch']);
  });

  it('ask the server each time about kinds that are not watched', async () => {
    const { objects, calls } = counted();
    const cached = cache(objects);
    await cached.synced;
    await cached.list('Lease', 'prod');
    await cached.get({ kind: 'Lease', namespace: 'prod', name: 'x' });
    expect(calls.filter((call) => call !== 'watch')).toEqual(['list', 'list', 'get']);
  });

  it('find by label what the server finds, also after labels have changed', async () => {
    const labelled = (name: string, labels: Record<string, string>, namespace?: string): KubeObject => {
      const bare = rule(name, {}, namespace);
      return { ...bare, metadata: { ...bare.metadata, labels } };
    };
    const cached = cache(server);
    await cached.synced;
    const find = async (labels: Record<string, string>, namespace: string | undefined = 'prod') => {
      const names = async (objects: Objects) =>
        (await objects.list('DestinationRule', namespace, { labels })).items
          .map(({ metadata }) => metadata.name)
          .sort();
      expect(await names(cached)).toEqual(await names(server));
      return names(cached);
    };
    const a = await cached.create(labelled('a', { app: 'x', version: 'v1' }));
    await cached.create(labelled('b', { app: 'x', version: 'v2' }));
    await cached.create(labelled('c', { app: 'x' }, 'test'));
    await cached.create(rule('d'));
    expect(await find({ app: 'x', version: 'v1' })).toEqual(['a']);
    expect(await find({ app: 'x' })).toEqual(['a', 'b']);
    expect(await find({})).toEqual(['a', 'b', 'd']);
    await cached.update({ ...a, metadata: { ...a.metadata, labels: { app: 'y' } } });
    expect(await find({ app: 'x' })).toEqual(['b']);
    expect(await find({ app: 'y' })).toEqual(['a']);
    await cached.remove(refTo('b'));
    expect(await find({ app: 'x' })).toEqual([]);
    const everywhere = await cached.list('DestinationRule', undefined, { labels: { app: 'x' } });
    expect(everywhere.items.map(({ metadata }) => metadata.name)).toEqual(['c']);
  });

  it('wait for the first list before they answer', async () => {
    await server.create(rule('a'));
    expect(await cache(server).get(refTo('a'))).toBeDefined();
  });

  it('show what was written at once, however far behind the watch is, and tell it once', async () => {
    const { objects, let: letGo } = behind();
    const cached = cache(objects);
    const told: string[] = [];
    cached.onChange((change) => told.push(`${change.type} ${(change.object.spec as { v?: number }).v}`));
    await cached.synced;

    const made = await cached.create(rule('a', { v: 1 }));
    expect(await cached.get(refTo('a'))).toEqual(made);
    const changed = await cached.update({ ...made, spec: { v: 2 } });
    expect(await cached.get(refTo('a'))).toEqual(changed);
    await cached.remove(refTo('a'));
    expect(await cached.get(refTo('a'))).toBeUndefined();
    const again = await cached.create(rule('a', { v: 3 }));
    expect(await cached.get(refTo('a'))).toEqual(again);

    letGo();
    const last = await server.create(rule('b', { v: 4 }));
    await settled(cached, last);
    expect(await cached.get(refTo('a'))).toEqual(again);
    expect(told).toEqual(['added 1', 'modified 2', 'deleted 2', 'added 3', 'added 4']);
  });

  it('show an object on its way out until its last finalizer is gone', async () => {
    const { objects } = behind();
    const cached = cache(objects);
    await cached.synced;
    const made = await cached.create({
      ...rule('a'),
      metadata: { ...rule('a').metadata, finalizers: ['serin.dev/x'] },
    });
    await cached.remove(refTo('a'));
    const leaving = await cached.get(refTo('a'));
    expect(leaving?.metadata.deletionTimestamp).toBeDefined();
    expect(leaving?.metadata.uid).toBe(made.metadata.uid);
    await cached.update({
      ...(leaving as KubeObject),
      metadata: { ...(leaving as KubeObject).metadata, finalizers: [] },
    });
    expect(await cached.get(refTo('a'))).toBeUndefined();
  });

  it('keep nothing of a dry run', async () => {
    const cached = cache(server);
    await cached.synced;
    await cached.create(rule('a'), { dryRun: true });
    expect(await cached.get(refTo('a'))).toBeUndefined();
  });

  it('after a conflict show the state that was in the way, so that the next try can succeed', async () => {
    const made = await server.create(rule('a', { v: 1 }));
    const { objects } = behind();
    const cached = cache(objects);
    await cached.synced;
    const theirs = await server.update({ ...made, spec: { v: 2 } });
    await expect(cached.update({ ...made, spec: { v: 3 } })).rejects.toMatchObject({ reason: 'Conflict' });
    expect(await cached.get(refTo('a'))).toEqual(theirs);
  });

  it('do not show again what a late answer still says of an object that is gone', async () => {
    const made = await server.create(rule('a', { v: 1 }));
    const answer = Promise.withResolvers<void>();
    const cached = cache({
      ...server,
      update: async (object, options) => {
        const written = await server.update(object, options);
        await answer.promise;
        return written;
      },
    });
    await cached.synced;
    const writing = cached.update({ ...made, spec: { v: 2 } });
    await new Promise((resolve) => setImmediate(resolve));
    await server.remove(refTo('a'));
    await settled(cached, await server.create(rule('b')));
    answer.resolve();
    await writing;
    expect(await cached.get(refTo('a'))).toBeUndefined();
  });

  it('are ready without a kind that is not installed, and find it once it is', async () => {
    let installed = false;
    const missing = (): never => {
      throw new ObjectsError('NotFound', 'the server does not know the kind');
    };
    const cached = cache({
      ...server,
      list: async (...args) => (installed ? server.list(...args) : missing()),
    });
    await cached.synced;
    expect((await cached.list('DestinationRule')).items).toEqual([]);
    expect(cached.troubles().get('DestinationRule')?.reason).toBe('NotFound');
    installed = true;
    await server.create(rule('a'));
    await settledWhen(async () => (await cached.list('DestinationRule')).items.length === 1);
    expect(cached.troubles().size).toBe(0);
  });

  it('say of a kind that one may not look at why it cannot be read', async () => {
    const cached = cache({
      ...server,
      list: async () => {
        throw new ObjectsError('Forbidden', 'may not list destinationrules');
      },
    });
    await cached.synced;
    await expect(cached.list('DestinationRule')).rejects.toMatchObject({ reason: 'Forbidden' });
    await expect(cached.get(refTo('a'))).rejects.toThrow('may not list destinationrules');
  });

  it('keep of a ConfigMap the hash of what it holds, and refuse to write what they have in part only', async () => {
    const made = await server.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x', namespace: 'prod', labels: { app: 'a' } },
      data: { large: 'y'.repeat(1000) },
    });
    const cached = cache(server, { kinds: ['ConfigMap'] });
    const kept = (await cached.get(refOf(made))) as KubeObject;
    expect(kept.data).toBeUndefined();
    expect(contentHashOf(kept)).toBe(contentHashOf(made));
    await expect(cached.update(kept)).rejects.toThrow(TypeError);
    const { contentHash: before } = kept as KubeObject & { contentHash?: string };
    await server.update({ ...made, data: { large: 'z' } });
    await settledWhen(async () => contentHashOf((await cached.get(refOf(made))) as KubeObject) !== before);
  });

  it('end with a bug of who listens, or an injected death', async () => {
    const cached = cache(server);
    cached.onChange(() => {
      throw new TypeError('a bug');
    });
    await cached.synced;
    await server.create(rule('a'));
    await expect(cached.done).rejects.toThrow('a bug');
  });

  it('tell nothing more to who has stopped listening', async () => {
    const cached = cache(server);
    const [kept, left]: [string[], string[]] = [[], []];
    cached.onChange(({ object }) => kept.push(object.metadata.name));
    const stop = cached.onChange(({ object }) => left.push(object.metadata.name));
    await cached.create(rule('a'));
    stop();
    await cached.create(rule('b'));
    expect([kept, left]).toEqual([['a', 'b'], ['a']]);
  });

  async function settled(cached: CachedObjects, last: KubeObject): Promise<void> {
    await settledWhen(async () => (await cached.get(refOf(last))) !== undefined);
  }
});

async function settledWhen(isSettled: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000;
  while (!(await isSettled())) {
    if (Date.now() > deadline) throw new Error('not within 5 s');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

type Step = {
  readonly who: 'own' | 'other';
  readonly verb: 'create' | 'update' | 'remove' | 'finalize';
  readonly name: string;
};
type Harm = 'none' | 'cut' | 'expired';

describe('over any course of writes, late answers, cut watches and lists anew', () => {
  const steps = fc.array(
    fc.record({
      who: fc.constantFrom<Step['who'][]>('own', 'own', 'other'),
      verb: fc.constantFrom<Step['verb'][]>('create', 'update', 'update', 'remove', 'finalize'),
      name: fc.constantFrom('a', 'b'),
    }),
    { minLength: 1, maxLength: 25 },
  );
  const harms = fc.array(fc.constantFrom<Harm[]>('none', 'none', 'none', 'cut', 'expired'), { maxLength: 30 });

  it('cached objects never go back, show own writes at once, and end up as the server', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), steps, harms, async (scheduler, course, ills) => {
        const server = memory();
        const stop = new AbortController();
        const left = [...ills];
        const late = async <Value>(answer: Promise<Value>): Promise<Value> => {
          answer.catch(() => {});
          await scheduler.schedule(Promise.resolve());
          return answer;
        };
        const slow: Objects = {
          get: (ref) => late(server.get(ref)),
          list: (kind, namespace, options) => late(server.list(kind, namespace, options)),
          async *watch(kind, version, signal) {
            for await (const event of server.watch(kind, version, signal)) {
              await late(Promise.resolve());
              const harm = left.shift() ?? 'none';
              if (harm === 'cut') throw new ObjectsError('Unavailable', 'cut');
              if (harm === 'expired') throw new ObjectsError('Expired', 'too old');
              yield event;
            }
          },
          create: (object, options) => late(server.create(object, options)),
          update: (object, options) => late(server.update(object, options)),
          updateStatus: (object, options) => late(server.updateStatus(object, options)),
          remove: (ref, options) => late(server.remove(ref, options)),
        };
        const cached = cachedObjects({
          objects: slow,
          kinds: ['DestinationRule'],
          clock: impatient,
          signal: stop.signal,
        });
        const replay = new Map<string, KubeObject>();
        cached.onChange((change) => follow(replay, change));
        const inTurn = async (step: Step) => {
          await late(Promise.resolve());
          await take(step, cached, server);
        };
        const working = Promise.all(course.map(inTurn));
        // Idle for some rounds: a retry takes one.
        for (let idle = 0; idle < 5 || (await isPending(working)); idle += 1) {
          if (scheduler.count() > 0) {
            idle = 0;
            await scheduler.waitOne();
          }
          await new Promise((resolve) => setImmediate(resolve));
        }
        await working;
        const names = async (objects: Objects) => (await objects.list('DestinationRule')).items.map(identity).sort();
        const truth = await names(server);
        expect(await names(cached)).toEqual(truth);
        expect([...replay.values()].map(identity).sort()).toEqual(truth);
        stop.abort();
        while (scheduler.count() > 0) await scheduler.waitOne();
      }),
      { numRuns: 500 },
    );
  });

  /** Each step on the state its taker knows: refusals are as good an outcome as any. */
  async function take({ who, verb, name }: Step, cached: CachedObjects, server: Objects): Promise<void> {
    const objects = who === 'own' ? cached : server;
    try {
      const known = await objects.get(refTo(name));
      if (verb === 'create') await shown(cached, server, await objects.create(rule(name)), who);
      else if (known === undefined) return;
      else if (verb === 'remove') await objects.remove(refTo(name));
      else {
        const finalizers = (known.metadata.finalizers ?? []).length > 0 ? [] : ['serin.dev/x'];
        const metadata = verb === 'finalize' ? { ...known.metadata, finalizers } : known.metadata;
        const next = { ...known, metadata, spec: { v: `${known.metadata.resourceVersion}` } };
        await shown(cached, server, await objects.update(next), who);
      }
    } catch (error) {
      if (!(error instanceof ObjectsError)) throw error;
    }
  }

  async function shown(cached: CachedObjects, server: Objects, written: KubeObject, who: Step['who']): Promise<void> {
    if (who !== 'own') return;
    const there = (await server.get(refOf(written)))?.metadata.uid;
    const seen = await cached.get(refOf(written));
    // Removed, and perhaps made anew, in the meantime: then the view may show any of it.
    if (there !== written.metadata.uid || seen === undefined || seen.metadata.uid !== there) {
      expect(there === written.metadata.uid && seen === undefined).toBe(false);
      return;
    }
    expect(compareVersions(seen.metadata.resourceVersion, written.metadata.resourceVersion)).toBeGreaterThanOrEqual(0);
  }

  function follow(replay: Map<string, KubeObject>, change: Change): void {
    const { name } = change.object.metadata;
    const known = replay.get(name);
    if (change.type === 'deleted') {
      expect(known?.metadata.uid).toBe(change.object.metadata.uid);
      replay.delete(name);
      return;
    }
    expect(change.type).toBe(known === undefined ? 'added' : 'modified');
    if (change.type === 'modified') {
      expect(change.previous).toBe(known);
      expect(change.object.metadata.uid).toBe(known?.metadata.uid);
      expect(compareVersions(change.object.metadata.resourceVersion, known?.metadata.resourceVersion)).toBeGreaterThan(
        0,
      );
    }
    replay.set(name, change.object);
  }

  const identity = ({ metadata }: KubeObject) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`;

  const isPending = (work: Promise<unknown>): Promise<boolean> =>
    Promise.race([work.then(() => false), new Promise<boolean>((resolve) => setImmediate(() => resolve(true)))]);
});
