import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { refOf } from '../api/object.ts';
import { systemClock } from '../lib/clock.ts';
import { Fenced, fencedObjects } from './fenced.ts';
import { createMemoryObjects } from './memory/memory.ts';

describe('fenced objects', () => {
  const settings = (mode: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'x', namespace: 'prod' },
    data: { mode },
  });

  function start() {
    let may = true;
    let uids = 0;
    const server = createMemoryObjects({
      clock: systemClock,
      uid: () => `${++uids}`,
      kinds: () => ({ hasStatus: true }),
      validate: () => [],
    });
    return {
      server,
      fenced: fencedObjects(server, () => may),
      forbid: () => {
        may = false;
      },
    };
  }

  it('let everything through while one may write', async () => {
    const { fenced, server } = start();
    const made = await fenced.create(settings('a'));
    const changed = await fenced.update({ ...made, data: { mode: 'b' } });
    await fenced.updateStatus({ ...changed, status: { seen: true } });
    expect((await fenced.list('ConfigMap', 'prod')).items).toEqual((await server.list('ConfigMap')).items);
    await fenced.remove(refOf(made));
    expect(await fenced.get(refOf(made))).toBeUndefined();
  });

  it('refuse every write from the moment one may not, dry runs too, and still let one read', async () => {
    const { fenced, server, forbid } = start();
    const made = await fenced.create(settings('a'));
    forbid();
    const other = { ...settings('c'), metadata: { name: 'y', namespace: 'prod' } };
    await expect(fenced.create(other)).rejects.toBeInstanceOf(Fenced);
    await expect(fenced.update({ ...made, data: { mode: 'b' } })).rejects.toBeInstanceOf(Fenced);
    await expect(fenced.update(made, { dryRun: true })).rejects.toBeInstanceOf(Fenced);
    await expect(fenced.updateStatus(made)).rejects.toBeInstanceOf(Fenced);
    await expect(fenced.remove(refOf(made))).rejects.toBeInstanceOf(Fenced);
    expect(await fenced.get(refOf(made))).toEqual(made);
    expect((await server.list('ConfigMap')).items).toEqual([made]);
  });

  it('ask last: who lost the right while the write was on its way does not write', async () => {
    const { server } = start();
    let asked = 0;
    const slow = {
      ...server,
      create: async (...args: Parameters<typeof server.create>) => {
        await new Promise((resolve) => setImmediate(resolve));
        return server.create(...args);
      },
    };
    const writing = fencedObjects(slow, () => ++asked > 1).create(settings('a'));
    expect(asked).toBe(0);
    await expect(writing).rejects.toBeInstanceOf(Fenced);
    expect(asked).toBe(1);
    expect((await server.list('ConfigMap')).items).toEqual([]);
  });

  it('say of each write how long it may be under way', async () => {
    const { server } = start();
    const within: (number | undefined)[] = [];
    const seen = {
      ...server,
      create: (...[object, options]: Parameters<typeof server.create>) => {
        within.push(options?.withinMs?.());
        return server.create(object, options);
      },
    };
    await fencedObjects(
      seen,
      () => true,
      () => 4000,
    ).create(settings('a'));
    expect(within).toEqual([4000]);
  });

  it('keep a guard that was there before', async () => {
    const { fenced } = start();
    const guard = () => {
      throw new Error('not now');
    };
    await expect(fenced.create(settings('a'), { guard })).rejects.toThrow('not now');
  });
});
