import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { waitFor } from '../../test/support/wait.ts';
import { kinds, validate } from '../api/kinds.ts';
import type { KubeObject } from '../api/object.ts';
import { systemClock } from '../lib/clock.ts';
import { createMemoryObjects } from '../objects/memory/memory.ts';
import type { Objects } from '../objects/objects.ts';
import { followObjects } from './view.ts';

const memory = () =>
  createMemoryObjects({ clock: systemClock, uid: randomUUID, kinds: (kind) => kinds[kind], validate });
const service = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'demo' },
  spec: { selector: { app: name }, ports: [{ port: 80 }] },
});
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('the view of the objects', () => {
  it('tells of nothing before it is complete, though one list comes long before another', async () => {
    const objects = memory();
    await objects.create(service('one'));
    const held = Promise.withResolvers<void>();
    const slow: Objects = {
      ...objects,
      async list(kind, namespace) {
        if (kind === 'Pod') await held.promise;
        return objects.list(kind, namespace);
      },
    };
    const stop = new AbortController();
    let told = 0;
    const following = followObjects(slow, systemClock, stop.signal, () => {
      told += 1;
    });
    for (let turns = 0; turns < 5; turns++) await turn();
    expect(told).toBe(0);
    held.resolve();
    const view = await following;
    expect(view.all()).toHaveLength(1);
    await objects.create(service('two'));
    await waitFor('the news', () => told === 1);
    stop.abort();
    await view.done;
  });

  it('that has ended keeps nobody waiting', async () => {
    const objects = memory();
    const stop = new AbortController();
    const view = await followObjects(objects, systemClock, stop.signal, () => {});
    stop.abort();
    await view.done;
    await objects.create(service('late'));
    await view.caughtUp();
    expect(view.all()).toEqual([]);
  });
});
