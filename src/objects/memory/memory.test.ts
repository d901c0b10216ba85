import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectsContract } from '../../../test/support/objects-contract.ts';
import { kindOf, validate as validateStrictly } from '../../api/kinds.ts';
import { type KubeObject, refOf } from '../../api/object.ts';
import type { Problem } from '../../lib/problem.ts';
import { type Objects, ObjectsError, type WatchEvent } from '../objects.ts';
import { createMemoryObjects, type MemoryOptions } from './memory.ts';

const statuses: Readonly<Record<string, boolean>> = {
  Deployment: true,
  Release: true,
  ConfigMap: false,
  Secret: false,
};

/** Stands for the strict schemas: it knows one misspelt field. */
const validate = (object: KubeObject): readonly Problem[] =>
  JSON.stringify(object).includes('replcas')
    ? [{ code: 'SRN1003', place: { path: 'spec.replcas' }, message: 'unknown field' }]
    : [];

function memory(options: Partial<MemoryOptions> = {}): Objects {
  let uids = 0;
  return createMemoryObjects({
    clock: { now: () => Date.UTC(2026, 10, 21, 9, 30, 15, 500), sleep: async () => {} },
    uid: () => `00000000-0000-4000-8000-${String(++uids).padStart(12, '0')}`,
    kinds: (kind) => (kind in statuses ? { hasStatus: statuses[kind] ?? false } : undefined),
    validate,
    ...options,
  });
}

const settings = (name: string, data: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'prod' },
  data,
});

objectsContract('the memory API server with the real schemas', async () => {
  const objects = memory({ historyLimit: 64, kinds: kindOf, validate: validateStrictly });
  return {
    objects,
    namespace: 'prod',
    tooOld: async () => {
      for (let n = 0; n < 200; n += 1) await objects.create(settings(`noise-${n}`));
      return '1';
    },
    close: async () => {},
  };
});

describe('the memory API server beyond the contract', () => {
  it('counts resourceVersion up by one over all kinds', async () => {
    const objects = memory();
    const versions = [];
    for (const name of ['a', 'b', 'c']) versions.push((await objects.create(settings(name))).metadata.resourceVersion);
    expect(versions).toEqual(['1', '2', '3']);
  });

  it('puts objects without a namespace into the default one and leaves empty labels out', async () => {
    const created = await memory().create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', labels: {} } });
    expect(created.metadata).toEqual({
      name: 'x',
      namespace: 'default',
      uid: '00000000-0000-4000-8000-000000000001',
      creationTimestamp: '2026-11-21T09:30:15Z',
      resourceVersion: '1',
    });
  });

  it('treats an undefined field as absent: such an update changes nothing', async () => {
    const objects = memory();
    const made = await objects.create({ ...settings('x'), kind: 'Release', spec: { service: 'a' } });
    const same = await objects.update({ ...made, spec: { service: 'a', policy: undefined } });
    expect(same).toBe(made);
  });

  it('encodes a secret given as stringData, and never stores the plain text', async () => {
    const secret = { ...settings('db'), kind: 'Secret', data: { user: 'YWRh' }, stringData: { password: 'örtlich' } };
    const stored = await memory().create(secret);
    expect(stored).not.toHaveProperty('stringData');
    expect(stored.data).toEqual({ user: 'YWRh', password: Buffer.from('örtlich').toString('base64') });
  });

  it('bumps a Deployment for new annotations too, as apps/v1 does', async () => {
    const objects = memory();
    const made = await objects.create({ ...settings('web'), kind: 'Deployment', spec: { replicas: 1 } });
    const noted = await objects.update({ ...made, metadata: { ...made.metadata, annotations: { note: 'x' } } });
    expect(noted.metadata.generation).toBe(2);
  });

  it('refuses an object larger than etcd takes', async () => {
    const attempt = memory().create(settings('big', { text: 'x'.repeat(1_600_000) }));
    await expect(attempt).rejects.toThrow(/too large/);
  });

  it('collects a dependant whose owner never existed', async () => {
    const objects = memory();
    const orphan = await objects.create({
      ...settings('orphan'),
      metadata: {
        name: 'orphan',
        namespace: 'prod',
        ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid: 'none' }],
      },
    });
    await Promise.resolve();
    expect(await objects.get(refOf(orphan))).toBeUndefined();
  });

  it('keeps a quiet watch alive with bookmarks while other kinds are busy', async () => {
    const objects = memory({ historyLimit: 16, bookmarkEvery: 8 });
    const stop = new AbortController();
    const seen: WatchEvent[] = [];
    const watching = (async () => {
      for await (const event of objects.watch('Release', '0', stop.signal)) seen.push(event);
    })();
    for (let n = 0; n < 40; n += 1) {
      await objects.create(settings(`noise-${n}`));
      await new Promise((resolve) => setImmediate(resolve));
    }
    stop.abort();
    await watching;
    expect(seen).toEqual([8, 16, 24, 32, 40].map((version) => ({ type: 'bookmark', resourceVersion: `${version}` })));
  });

  it('drops a reader that is too slow rather than growing', async () => {
    const objects = memory({ historyLimit: 8 });
    const events = objects.watch('ConfigMap', '0', new AbortController().signal)[Symbol.asyncIterator]();
    await objects.create(settings('first'));
    await events.next();
    for (let n = 0; n < 40; n += 1) await objects.create(settings(`noise-${n}`));
    await expect(events.next()).rejects.toMatchObject({ reason: 'Expired' });
  });

  it('refuses a watch from a resourceVersion that was never given out', async () => {
    const events = memory().watch('ConfigMap', '99', new AbortController().signal)[Symbol.asyncIterator]();
    await expect(events.next()).rejects.toMatchObject({ reason: 'Invalid' });
  });
});

type Step = { readonly verb: 'create' | 'update' | 'touch' | 'remove'; readonly name: string; readonly value: string };

describe('over any course of writes', () => {
  const steps = fc.array(
    fc.record({
      verb: fc.constantFrom<Step['verb'][]>('create', 'update', 'touch', 'remove'),
      name: fc.constantFrom('a', 'b', 'c'),
      value: fc.constantFrom('x', 'y', 'z'),
    }),
    { maxLength: 40 },
  );

  it('what a watch tells, replayed, is what a list shows', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (course) => {
        const objects = memory();
        for (const step of course) await apply(objects, step);
        const { items, resourceVersion } = await objects.list('ConfigMap');
        const replayed = new Map<string, KubeObject>();
        const stop = new AbortController();
        if (resourceVersion === '0') return;
        for await (const event of objects.watch('ConfigMap', '0', stop.signal)) {
          if (event.type === 'bookmark') continue;
          if (event.type === 'deleted') replayed.delete(event.object.metadata.name);
          else replayed.set(event.object.metadata.name, event.object);
          if (event.object.metadata.resourceVersion === resourceVersion) stop.abort();
        }
        expect([...replayed.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))).toEqual(items);
      }),
    );
  });
});

async function apply(objects: Objects, step: Step): Promise<void> {
  const ref = { kind: 'ConfigMap', namespace: 'prod', name: step.name };
  const now = await objects.get(ref);
  try {
    if (step.verb === 'create') await objects.create(settings(step.name, { value: step.value }));
    else if (step.verb === 'remove') await objects.remove(ref);
    else if (now !== undefined)
      await objects.update({ ...now, data: step.verb === 'touch' ? now.data! : { value: step.value } });
  } catch (error) {
    if (!(error instanceof ObjectsError)) throw error;
  }
}
