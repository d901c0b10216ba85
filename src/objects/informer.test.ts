import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KubeObject, refOf } from '../api/object.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { type FaultPlan, PASS, withFaults } from './faults.ts';
import { type Change, startInformer } from './informer.ts';
import { createMemoryObjects } from './memory/memory.ts';
import type { Objects, ObjectsError } from './objects.ts';

/** Retries at once, so that a test waits for events only. */
const impatient: Clock = {
  now: Date.now,
  sleep: () => new Promise((resolve) => setImmediate(resolve)),
};

describe('an informer', () => {
  let objects: Objects;
  let stop: AbortController;
  beforeEach(() => {
    let uids = 0;
    stop = new AbortController();
    objects = createMemoryObjects({
      clock: systemClock,
      uid: () => `uid-${++uids}`,
      kinds: () => ({ hasStatus: true }),
      validate: () => [],
      historyLimit: 8,
    });
  });
  afterEach(() => stop.abort());

  const settings = (name: string, mode = 'calm', namespace = 'prod'): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: { mode },
  });

  function start(plan: FaultPlan = () => PASS) {
    const changes: string[] = [];
    const troubles: ObjectsError[] = [];
    const waiting = new Set<() => void>();
    const informer = startInformer({
      objects: withFaults(objects, plan, impatient).objects,
      kind: 'ConfigMap',
      clock: impatient,
      signal: stop.signal,
      onChange: (change) => {
        changes.push(describeChange(change));
        for (const wake of waiting) wake();
      },
      onTrouble: (error) => troubles.push(error),
    });
    const told = (count: number) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (changes.length >= count) resolve();
        };
        waiting.add(look);
        look();
      });
    return { informer, changes, troubles, told };
  }

  it('shows what exists once synced, then every change, by namespace', async () => {
    const a = await objects.create(settings('a'));
    await objects.create(settings('b', 'calm', 'test'));
    const { informer, changes, told } = start();
    await informer.synced;
    expect(changes).toEqual(['added a calm', 'added b calm']);
    expect(informer.list('test').map((object) => object.metadata.name)).toEqual(['b']);

    await objects.update({ ...a, data: { mode: 'busy' } });
    await objects.remove(refOf(a));
    await told(4);
    expect(changes.slice(2)).toEqual(['modified a calm→busy', 'deleted a busy']);
    expect(informer.get('prod', 'a')).toBeUndefined();
    expect(informer.list()).toHaveLength(1);
  });

  it('resumes where it stood when a watch breaks: nothing lost, nothing told twice', async () => {
    let watches = 0;
    const { informer, changes, troubles, told } = start((call) =>
      call.verb === 'watch' && ++watches % 2 === 1 ? { kind: 'fail', reason: 'Unavailable' } : PASS,
    );
    await informer.synced;
    await objects.create(settings('a'));
    await told(1);
    await objects.create(settings('b'));
    await told(2);
    expect(changes).toEqual(['added a calm', 'added b calm']);
    expect(troubles.map((trouble) => trouble.reason)).toContain('Unavailable');
  });

  it('lists again when its place has expired, and tells exactly the difference', async () => {
    const doomed = await objects.create(settings('doomed'));
    const stays = await objects.create(settings('stays'));
    const replaced = await objects.create(settings('replaced', 'old'));
    await objects.create(settings('untouched'));
    const open = Promise.withResolvers<void>();
    let watches = 0;
    const real = objects;
    objects = {
      ...real,
      async *watch(kind, version, signal) {
        watches += 1;
        if (watches === 1) await open.promise;
        yield* real.watch(kind, version, signal);
      },
    };
    const { informer, changes, troubles, told } = start();
    await informer.synced;
    await objects.remove(refOf(doomed));
    await objects.remove(refOf(replaced));
    await objects.create(settings('replaced', 'new'));
    await objects.update({ ...stays, data: { mode: 'busy' } });
    for (let n = 0; n < 40; n += 1) await objects.create({ ...settings(`noise-${n}`), kind: 'Secret' });
    open.resolve();
    await told(8);
    expect(troubles.map((trouble) => trouble.reason)).toEqual(['Expired']);
    expect(changes.slice(0, 4)).toEqual([
      'added doomed calm',
      'added replaced old',
      'added stays calm',
      'added untouched calm',
    ]);
    expect(changes.slice(4).sort()).toEqual([
      'added replaced new',
      'deleted doomed calm',
      'deleted replaced old',
      'modified stays calm→busy',
    ]);
  });

  it('keeps trying while the server is away at the start', async () => {
    await objects.create(settings('a'));
    let lists = 0;
    const { informer, troubles } = start((call) =>
      call.verb === 'list' && ++lists <= 3 ? { kind: 'fail', reason: 'Unavailable' } : PASS,
    );
    await informer.synced;
    expect(troubles).toHaveLength(3);
    expect(informer.get('prod', 'a')).toBeDefined();
  });

  it('ends quietly with its signal, and what it knew stays readable', async () => {
    await objects.create(settings('a'));
    const { informer } = start();
    await informer.synced;
    stop.abort();
    await informer.done;
    expect(informer.get('prod', 'a')).toBeDefined();
  });

  it('ends with an error that is not the server’s: an injected death, or a bug in who listens', async () => {
    const dead = start((call) => (call.verb === 'list' ? { kind: 'kill', at: 'before' } : PASS));
    await expect(dead.informer.done).rejects.toThrow(/killed/);
    await expect(dead.informer.synced).rejects.toThrow(/ended/);

    await objects.create(settings('a'));
    const informer = startInformer({
      objects,
      kind: 'ConfigMap',
      clock: impatient,
      signal: stop.signal,
      onChange: () => {
        throw new TypeError('a bug');
      },
    });
    await expect(informer.done).rejects.toThrow('a bug');
  });
});

function describeChange(change: Change): string {
  const mode = (object: KubeObject) => object.data?.['mode'];
  const name = change.object.metadata.name;
  return change.type === 'modified'
    ? `modified ${name} ${mode(change.previous)}→${mode(change.object)}`
    : `${change.type} ${name} ${mode(change.object)}`;
}
