import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import type { Objects, WatchEvent } from '../objects/objects.ts';
import { PROJECTIONS } from '../objects/projections.ts';
import { internedObjects } from './interned.ts';

const text = JSON.stringify({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x', namespace: 'prod', uid: 'u', labels: { a: 'the same words' } },
  data: { list: ['more', 'more'], long: 'x'.repeat(500), none: null, count: 3, '': '' },
});

/** Every answer is made anew, as those of a server are. */
const server = {
  get: async () => JSON.parse(text),
  list: async (_kind: string, _namespace?: string, { keep = (one: KubeObject) => one } = {}) => ({
    items: [JSON.parse(text), JSON.parse(text)].map(keep),
    resourceVersion: '1',
  }),
  async *watch() {
    yield { type: 'added', object: JSON.parse(text) };
    yield { type: 'bookmark', resourceVersion: '2' };
  },
  create: async () => JSON.parse(text),
  update: async () => Object.freeze(JSON.parse(text)),
  updateStatus: async () => JSON.parse(text),
  remove: async () => {},
} as unknown as Objects;

describe('objects whose equal texts are one', () => {
  const objects = internedObjects(server);
  const given = JSON.parse(text) as KubeObject;

  it('say what they said, from wherever they come', async () => {
    expect(await objects.get({ kind: 'ConfigMap', namespace: 'prod', name: 'x' })).toEqual(given);
    expect(await objects.list('ConfigMap')).toEqual({ items: [given, given], resourceVersion: '1' });
    for (const verb of ['create', 'update', 'updateStatus'] as const) expect(await objects[verb](given)).toEqual(given);
  });

  it('keep of a watch only what the view will keep, and never what a ConfigMap or Secret holds', async () => {
    const events: WatchEvent[] = [];
    for await (const event of objects.watch('ConfigMap', '0', new AbortController().signal)) events.push(event);
    expect(events).toEqual([
      { type: 'added', object: PROJECTIONS['ConfigMap']?.(given) },
      { type: 'bookmark', resourceVersion: '2' },
    ]);
    expect(JSON.stringify(events)).not.toContain('more');
  });

  it('are kept as a list is to be kept', async () => {
    const named = await objects.list('ConfigMap', 'prod', { keep: (one) => ({ ...one, data: {} }) });
    expect(named.items.map(({ data }) => data)).toEqual([{}, {}]);
  });
});
