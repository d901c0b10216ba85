// What every Objects must do, as a suite with the implementation as its parameter: memory today, a real kube-apiserver later.
// Never uses a shortcut into an implementation: only the port. Called by each implementation's test file.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KubeObject, ObjectRef } from '../../src/api/object.ts';
import { refOf } from '../../src/api/object.ts';
import { type Objects, ObjectsError, type ObjectsReason, type WatchEvent } from '../../src/objects/objects.ts';

export interface ObjectsUnderTest {
  readonly objects: Objects;
  /** Empty, and nobody else's. */
  readonly namespace: string;
  /** A resourceVersion that history no longer reaches back to; it may write to bring that about. */
  readonly tooOld: () => Promise<string>;
  close(): Promise<void>;
}

export function objectsContract(name: string, makeObjects: () => Promise<ObjectsUnderTest>): void {
  describe(`${name} keeps the contract of Objects`, () => {
    let under: ObjectsUnderTest;
    let objects: Objects;
    beforeEach(async () => {
      under = await makeObjects();
      objects = under.objects;
    });
    afterEach(() => under.close());

    const configMap = (mode: string, more: Partial<KubeObject['metadata']> = {}): KubeObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'checkout-settings', namespace: under.namespace, ...more },
      data: { mode },
    });

    describe('create', () => {
      it('stamps uid, creationTimestamp, resourceVersion and generation, and keeps the rest', async () => {
        const created = await objects.create(deployment(under.namespace));
        expect(created.metadata.uid).toMatch(/\S/);
        expect(created.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        expect(created.metadata.resourceVersion).toMatch(/^\d+$/);
        expect(created.metadata.generation).toBe(1);
        expect(created.metadata.labels).toEqual({ app: 'checkout-service', version: 'v1' });
        expect(await objects.get(refOf(created))).toEqual(created);
      });

      it('refuses a second object of the same name, and leaves the first as it was', async () => {
        const first = await objects.create(configMap('first'));
        await refused('AlreadyExists', objects.create(configMap('second')));
        expect(await objects.get(refOf(first))).toEqual(first);
      });

      it('gives an object made anew under an old name another uid', async () => {
        const first = await objects.create(configMap('first'));
        await objects.remove(refOf(first));
        const second = await objects.create(configMap('second'));
        expect(second.metadata.uid).not.toBe(first.metadata.uid);
      });

      it('ignores a status given with the object', async () => {
        const created = await objects.create({ ...release(under.namespace), status: { phase: 'Promoted' } });
        expect(phaseOf(created)).toBeUndefined();
      });

      it('refuses an unknown field and stores nothing', async () => {
        const wrong = deployment(under.namespace);
        const spec = { ...(wrong.spec as object), replcas: 3 };
        const error = await refused('Invalid', objects.create({ ...wrong, spec }));
        expect(error.message).toContain('replcas');
        expect(await objects.get(refOf(wrong))).toBeUndefined();
      });

      it('refuses an object that brings a resourceVersion', async () => {
        await refused('Invalid', objects.create(configMap('x', { resourceVersion: '1' })));
      });

      it.each(['Checkout', 'check_out', '-x', 'a..b', 'x'.repeat(254), ''])('refuses the name "%s"', async (name) => {
        await refused('Invalid', objects.create({ ...configMap('x'), metadata: { name, namespace: under.namespace } }));
      });

      it('refuses labels that no selector could name', async () => {
        await refused('Invalid', objects.create(configMap('x', { labels: { app: 'not a value' } })));
        await refused('Invalid', objects.create(configMap('x', { labels: { 'no key': 'a' } })));
      });

      it('refuses annotations of more than 256 KiB in all, and a ConfigMap of more than 1 MiB', async () => {
        const annotations = { 'serin.dev/a': 'x'.repeat(200_000), 'serin.dev/b': 'x'.repeat(70_000) };
        await refused('Invalid', objects.create(configMap('x', { annotations })));
        await refused('Invalid', objects.create(configMap('x'.repeat(1_100_000))));
      });

      it('refuses an object larger than the store takes', async () => {
        const made = await objects.create(release(under.namespace));
        await refused('Invalid', objects.updateStatus({ ...made, status: { message: 'x'.repeat(1_700_000) } }));
      });

      it('refuses a Deployment whose selector would not find its own pods', async () => {
        const wrong = deployment(under.namespace);
        const spec = { ...(wrong.spec as object), selector: { matchLabels: { app: 'somebody-else' } } };
        await refused('Invalid', objects.create({ ...wrong, spec }));
      });

      it('keeps of a Secret what was given as text in base64 only', async () => {
        const secret: KubeObject & { readonly stringData: object } = {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'db', namespace: under.namespace },
          data: { user: 'YWRh' },
          stringData: { password: 'örtlich' },
        };
        const stored = await objects.create(secret);
        expect(stored).not.toHaveProperty('stringData');
        expect(stored.data).toEqual({ user: 'YWRh', password: 'w7ZydGxpY2g=' });
      });

      it('writes nothing when its guard says no', async () => {
        const guard = () => {
          throw new Error('not any more');
        };
        await expect(objects.create(configMap('x'), { guard })).rejects.toThrow('not any more');
        const made = await objects.create(configMap('x'));
        await expect(objects.update({ ...made, data: { mode: 'y' } }, { guard })).rejects.toThrow('not any more');
        await expect(objects.remove(refOf(made), { guard })).rejects.toThrow('not any more');
        expect(await objects.get(refOf(made))).toEqual(made);
      });

      it('refuses an unknown kind', async () => {
        const stranger = {
          apiVersion: 'nobody.example/v1',
          kind: 'Stranger',
          metadata: { name: 'x', namespace: under.namespace },
        };
        await refused('NotFound', objects.create(stranger));
        await refused('NotFound', objects.list('Stranger'));
      });

      it('keeps nothing on a dry run, but answers and refuses as if written', async () => {
        const answer = await objects.create(configMap('x'), { dryRun: true });
        expect(answer.metadata.uid).toMatch(/\S/);
        expect(await objects.get(refOf(answer))).toBeUndefined();
        await objects.create(configMap('x'));
        await refused('AlreadyExists', objects.create(configMap('x'), { dryRun: true }));
      });
    });

    describe('get and list', () => {
      it('answers undefined for what does not exist', async () => {
        expect(await objects.get({ kind: 'ConfigMap', namespace: under.namespace, name: 'nobody' })).toBeUndefined();
      });

      it('lists one namespace, and one kind', async () => {
        await objects.create(configMap('x'));
        await objects.create(deployment(under.namespace));
        const { items, resourceVersion } = await objects.list('ConfigMap', under.namespace);
        const names = items.filter((item) => item.metadata.name === 'checkout-settings').map((item) => item.kind);
        expect(names).toEqual(['ConfigMap']);
        expect(resourceVersion).toMatch(/^\d+$/);
      });

      it('lists those that have all labels asked for', async () => {
        const two = { app: 'checkout', version: 'v2' };
        await objects.create(configMap('a', { name: 'a', labels: two }));
        await objects.create(configMap('b', { name: 'b', labels: { app: 'checkout', version: 'v1' } }));
        await objects.create(configMap('c', { name: 'c' }));
        const named = async (labels: Record<string, string>) =>
          (await objects.list('ConfigMap', under.namespace, { labels })).items.map(({ metadata }) => metadata.name);
        expect(await named(two)).toEqual(['a']);
        expect(await named({ app: 'checkout' })).toEqual(['a', 'b']);
        expect(await named({ app: 'nobody' })).toEqual([]);
      });

      it('keeps of each listed object what it is told to', async () => {
        await objects.create(configMap('x'));
        const keep = ({ data: _, ...rest }: KubeObject) => rest;
        const { items } = await objects.list('ConfigMap', under.namespace, { keep });
        expect(items.map((item) => [item.metadata.name, item.data])).toEqual([['checkout-settings', undefined]]);
      });
    });

    describe('update', () => {
      it('leaves out what the object given leaves out', async () => {
        const first = await objects.create(configMap('calm', { annotations: { note: 'x' }, labels: { app: 'a' } }));
        const { annotations: _, ...metadata } = first.metadata;
        const second = await objects.update({ ...first, metadata });
        expect(second.metadata.annotations).toBeUndefined();
        expect(second.metadata.labels).toEqual({ app: 'a' });
      });

      it('refuses to change which pods a Deployment is of', async () => {
        const first = await objects.create(deployment(under.namespace));
        const other = { app: 'checkout-service' };
        await refused(
          'Invalid',
          objects.update({ ...first, spec: { ...(first.spec as object), selector: { matchLabels: other } } }),
        );
      });

      it('refuses to change a ConfigMap that was declared immutable', async () => {
        const first = await objects.create({ ...configMap('calm'), immutable: true } as KubeObject);
        await refused('Invalid', objects.update({ ...first, data: { mode: 'busy' } }));
        await refused('Invalid', objects.update({ ...first, immutable: false } as KubeObject));
        await objects.update(withMeta(first, { labels: { app: 'a' } }));
      });

      it('bumps the generation of a Deployment for new annotations too', async () => {
        const first = await objects.create(deployment(under.namespace));
        const noted = await objects.update(withMeta(first, { annotations: { note: 'x' } }));
        expect(noted.metadata.generation).toBe(2);
      });

      it('is silent when a status is what it was', async () => {
        const first = await objects.create(release(under.namespace));
        const running = await objects.updateStatus({ ...first, status: { phase: 'Running' } });
        const again = await objects.updateStatus({ ...running, status: { phase: 'Running' } });
        expect(again.metadata.resourceVersion).toBe(running.metadata.resourceVersion);
      });

      it('takes an object at its current resourceVersion and answers with a new one', async () => {
        const first = await objects.create(configMap('calm'));
        const second = await objects.update({ ...first, data: { mode: 'busy' } });
        expect(second.data).toEqual({ mode: 'busy' });
        expect(second.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
        expect(await objects.get(refOf(first))).toEqual(second);
      });

      it('refuses a stale resourceVersion, and one that is missing', async () => {
        const first = await objects.create(configMap('calm'));
        const second = await objects.update({ ...first, data: { mode: 'busy' } });
        await refused('Conflict', objects.update({ ...first, data: { mode: 'lost' } }));
        await refused('Conflict', objects.update(configMap('blind')));
        expect(await objects.get(refOf(first))).toEqual(second);
      });

      it('lets exactly one of two racing writers win', async () => {
        const first = await objects.create(configMap('calm'));
        const outcomes = await Promise.allSettled(
          ['a', 'b'].map((mode) => objects.update({ ...first, data: { mode } })),
        );
        expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
      });

      it('refuses a write that was meant for another object of that name', async () => {
        const first = await objects.create(configMap('calm'));
        const other = withMeta(first, { uid: 'ffffffff-0000-4000-8000-000000000000' });
        await refused('Conflict', objects.update({ ...other, data: { mode: 'lost' } }));
      });

      it('refuses two owners that both are the controller', async () => {
        const first = await objects.create(release(under.namespace, 'first'));
        const second = await objects.create(release(under.namespace, 'second'));
        const owners = [first, second].map((owner) => ({ ...ownerOf(owner), controller: true }));
        await refused('Invalid', objects.create(configMap('calm', { ownerReferences: owners })));
      });

      it('says NotFound when the object is gone', async () => {
        const first = await objects.create(configMap('calm'));
        await objects.remove(refOf(first));
        await refused('NotFound', objects.update(first));
      });

      it('is silent when nothing changes: same resourceVersion, no event', async () => {
        const first = await objects.create(configMap('calm'));
        const again = await objects.update(first);
        expect(again.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
        const events = await eventsOf(objects, 'ConfigMap', versionOf(first), async () => {
          await objects.update({ ...first, data: { mode: 'busy' } });
          return 1;
        });
        expect(events.map((event) => event.type)).toEqual(['modified']);
      });

      it('bumps generation when the spec changes, and only then', async () => {
        const first = await objects.create(deployment(under.namespace));
        const labelled = await objects.update(withMeta(first, { labels: { ...first.metadata.labels, team: 'money' } }));
        expect(labelled.metadata.generation).toBe(1);
        const scaled = await objects.update({ ...labelled, spec: { ...(labelled.spec as object), replicas: 5 } });
        expect(scaled.metadata.generation).toBe(2);
      });

      it('leaves status alone, and updateStatus leaves all else alone', async () => {
        const first = await objects.create(release(under.namespace));
        const running = await objects.updateStatus({
          ...withMeta(first, { labels: { stray: 'yes' } }),
          spec: { ...(first.spec as object), paused: true },
          status: { phase: 'Running' },
        });
        expect(phaseOf(running)).toBe('Running');
        expect(running.spec).toEqual(first.spec);
        expect(running.metadata.labels).toEqual(first.metadata.labels);
        expect(running.metadata.generation).toBe(1);
        const paused = await objects.update({
          ...running,
          spec: { ...(first.spec as object), paused: true },
          status: { phase: 'Promoted' },
        });
        expect(phaseOf(paused)).toBe('Running');
        expect(paused.metadata.generation).toBe(2);
      });

      it('refuses a status written on stale knowledge', async () => {
        const first = await objects.create(release(under.namespace));
        await objects.updateStatus({ ...first, status: { phase: 'Running' } });
        await refused('Conflict', objects.updateStatus({ ...first, status: { phase: 'Promoted' } }));
      });

      it('keeps what only the server writes', async () => {
        const first = await objects.create(deployment(under.namespace));
        const forged = await objects.update(
          withMeta(first, { creationTimestamp: '1999-01-01T00:00:00Z', generation: 77, labels: { forged: 'yes' } }),
        );
        expect(forged.metadata.creationTimestamp).toBe(first.metadata.creationTimestamp);
        expect(forged.metadata.generation).toBe(1);
      });

      it('refuses an unknown field', async () => {
        const first = await objects.create(deployment(under.namespace));
        await refused('Invalid', objects.update({ ...first, spec: { ...(first.spec as object), replcas: 1 } }));
      });

      it('keeps nothing on a dry run, but refuses as if written', async () => {
        const first = await objects.create(deployment(under.namespace));
        const answer = await objects.update(scaledTo(first, 9), { dryRun: true });
        expect((answer.spec as { replicas: number }).replicas).toBe(9);
        expect(await objects.get(refOf(first))).toEqual(first);
        await objects.update(scaledTo(first, 4));
        await refused('Conflict', objects.update(scaledTo(first, 9), { dryRun: true }));
      });
    });

    describe('what is stored', () => {
      it('cannot be changed through an object that was written or read', async () => {
        const given = configMap('calm', { labels: { app: 'checkout-service' } });
        const created = await objects.create(given);
        (given.data as Record<string, string>)['mode'] = 'tampered';
        tamper(created);
        tamper(await objects.get(refOf(created)));
        tamper((await objects.list('ConfigMap', under.namespace)).items[0]);
        expect((await objects.get(refOf(created)))?.data).toEqual({ mode: 'calm' });
      });
    });

    describe('remove', () => {
      it('removes what has no finalizer, and says NotFound afterwards', async () => {
        const first = await objects.create(configMap('calm'));
        await objects.remove(refOf(first));
        expect(await objects.get(refOf(first))).toBeUndefined();
        await refused('NotFound', objects.remove(refOf(first)));
      });

      it('refuses to remove another object than the one meant', async () => {
        const first = await objects.create(configMap('calm'));
        await refused('Conflict', objects.remove(refOf(first), { uid: 'ffffffff-0000-4000-8000-000000000000' }));
        await objects.remove(refOf(first), { uid: first.metadata.uid ?? '' });
        expect(await objects.get(refOf(first))).toBeUndefined();
      });

      it('only marks while finalizers stand, and is gone with the last of them', async () => {
        const first = await objects.create(
          withMeta(release(under.namespace), { finalizers: ['serin.dev/a', 'serin.dev/b'] }),
        );
        await objects.remove(refOf(first));
        const marked = await present(objects, refOf(first));
        expect(marked.metadata.deletionTimestamp).toMatch(/Z$/);
        expect(marked.metadata.generation).toBe(2);

        await objects.remove(refOf(first));
        expect((await present(objects, refOf(first))).metadata.deletionTimestamp).toBe(
          marked.metadata.deletionTimestamp,
        );

        await refused('Invalid', objects.update(withMeta(marked, { finalizers: ['serin.dev/a', 'serin.dev/late'] })));
        const half = await objects.update(withMeta(marked, { finalizers: ['serin.dev/b'] }));
        expect(await objects.get(refOf(first))).toEqual(half);
        await objects.update(withMeta(half, { finalizers: [] }));
        expect(await objects.get(refOf(first))).toBeUndefined();
      });

      it('takes dependants along, in the background', async () => {
        const owner = await objects.create(release(under.namespace));
        const owned = await objects.create(configMap('calm', { ownerReferences: [ownerOf(owner)] }));
        await objects.remove(refOf(owner));
        await gone(objects, refOf(owned));
      });

      it('keeps a dependant that has another owner, without the dangling reference', async () => {
        const first = await objects.create(release(under.namespace, 'first'));
        const second = await objects.create(release(under.namespace, 'second'));
        const owned = await objects.create(configMap('calm', { ownerReferences: [ownerOf(first), ownerOf(second)] }));
        await objects.remove(refOf(first));
        const left = await until(async () => {
          const now = await present(objects, refOf(owned));
          return now.metadata.ownerReferences?.length === 1 ? now : undefined;
        });
        expect(left.metadata.ownerReferences?.[0]?.uid).toBe(second.metadata.uid);
      });

      it('lets a dependant with a finalizer finish first', async () => {
        const owner = await objects.create(release(under.namespace));
        const owned = await objects.create(
          configMap('calm', { ownerReferences: [ownerOf(owner)], finalizers: ['serin.dev/a'] }),
        );
        await objects.remove(refOf(owner));
        const marked = await until(async () => {
          const now = await present(objects, refOf(owned));
          return now.metadata.deletionTimestamp === undefined ? undefined : now;
        });
        await objects.update(withMeta(marked, { finalizers: [] }));
        expect(await objects.get(refOf(owned))).toBeUndefined();
      });
    });

    describe('watch', () => {
      it('tells every change of its kind after the list, in order', async () => {
        const { resourceVersion } = await objects.list('ConfigMap', under.namespace);
        const events = await eventsOf(objects, 'ConfigMap', resourceVersion, async () => {
          const first = await objects.create(configMap('calm'));
          await objects.create(deployment(under.namespace));
          await objects.update({ ...first, data: { mode: 'busy' } });
          await objects.remove(refOf(first));
          return 3;
        });
        expect(events.map((event) => [event.type, event.object.data?.['mode']])).toEqual([
          ['added', 'calm'],
          ['modified', 'busy'],
          ['deleted', 'busy'],
        ]);
        const versions = events.map((event) => Number(event.object.metadata.resourceVersion));
        expect(versions).toEqual([...versions].sort((a, b) => a - b));
        expect(new Set(versions).size).toBe(3);
      });

      it('tells the way out of an object: marked, changed, then once that it is gone', async () => {
        const first = await objects.create(withMeta(release(under.namespace), { finalizers: ['serin.dev/a'] }));
        const events = await eventsOf(objects, 'Release', versionOf(first), async () => {
          await objects.remove(refOf(first));
          const marked = await present(objects, refOf(first));
          const noted = await objects.update(withMeta(marked, { labels: { leaving: 'yes' } }));
          await objects.update(withMeta(noted, { finalizers: [] }));
          await objects.create(release(under.namespace));
          return 4;
        });
        expect(events.map(({ type, object }) => [type, object.metadata.labels?.['leaving']])).toEqual([
          ['modified', undefined],
          ['modified', 'yes'],
          ['deleted', 'yes'],
          ['added', undefined],
        ]);
      });

      it('resumes after the resourceVersion of any event, without loss or repetition', async () => {
        const first = await objects.create(configMap('0'));
        let last = first;
        for (const mode of ['1', '2', '3', '4']) last = await objects.update({ ...last, data: { mode } });
        let from = versionOf(first);
        const seen: string[] = [];
        for (let round = 0; round < 4; round += 1) {
          const [event] = await eventsOf(objects, 'ConfigMap', from, async () => 1);
          if (event === undefined) throw new Error('no event');
          seen.push(event.object.data?.['mode'] ?? '');
          from = versionOf(event.object);
        }
        expect(seen).toEqual(['1', '2', '3', '4']);
      });

      it('ends with its signal', async () => {
        const { resourceVersion } = await objects.list('ConfigMap', under.namespace);
        const stop = new AbortController();
        const all = collect(objects, 'ConfigMap', resourceVersion, stop.signal, () => {});
        stop.abort();
        expect(await all).toEqual([]);
      });

      it('says Expired when the history no longer reaches back, so that nothing is missed unnoticed', async () => {
        const from = await under.tooOld();
        await refused(
          'Expired',
          collect(objects, 'ConfigMap', from, new AbortController().signal, () => {}),
        );
      });
    });
  });
}

const labels = { app: 'checkout-service', version: 'v1' };

function deployment(namespace: string): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'checkout-service-v1', namespace, labels },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'app', image: 'checkout:1', ports: [{ containerPort: 8080, name: 'http' }] }] },
      },
    },
  };
}

function release(namespace: string, name = 'checkout-v2'): KubeObject {
  return {
    apiVersion: 'serin.dev/v1alpha1',
    kind: 'Release',
    metadata: { name, namespace },
    spec: { service: 'checkout-service', canary: { deployment: 'checkout-service-v2' }, policy: 'web' },
  };
}

const withMeta = (object: KubeObject, metadata: Partial<KubeObject['metadata']>): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, ...metadata },
});

const scaledTo = (object: KubeObject, replicas: number): KubeObject => ({
  ...object,
  spec: { ...(object.spec as object), replicas },
});

const ownerOf = (owner: KubeObject) => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid ?? '',
});

const versionOf = (object: KubeObject): string => object.metadata.resourceVersion ?? '';

const phaseOf = (object: KubeObject): unknown => (object.status as { phase?: string } | undefined)?.phase;

/** A frozen object throws, a copy takes it: either way the store must not notice. */
function tamper(object: KubeObject | undefined): void {
  try {
    (object?.data as Record<string, string>)['mode'] = 'tampered';
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
  }
}

async function refused(reason: ObjectsReason, attempt: Promise<unknown>): Promise<ObjectsError> {
  const outcome = await attempt.then(
    () => 'it went through',
    (error: unknown) => error,
  );
  if (!(outcome instanceof ObjectsError))
    throw new Error(`expected ${reason}, got ${String(outcome)}`, { cause: outcome });
  expect(outcome.reason).toBe(reason);
  return outcome;
}

async function present(objects: Objects, ref: ObjectRef): Promise<KubeObject> {
  const object = await objects.get(ref);
  if (object === undefined) throw new Error(`${ref.name} is gone`);
  return object;
}

const gone = (objects: Objects, ref: ObjectRef) =>
  until(async () => ((await objects.get(ref)) === undefined ? true : undefined));

/** Polls, since some effects come in the background on every implementation. */
async function until<Value>(probe: () => Promise<Value | undefined>): Promise<Value> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const value = await probe();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('it did not happen within 10 s');
}

type ChangeEvent = Exclude<WatchEvent, { readonly type: 'bookmark' }>;

/** Watches from there while `act` runs, until as many changes have come as it says. */
async function eventsOf(
  objects: Objects,
  kind: string,
  from: string,
  act: () => Promise<number>,
): Promise<ChangeEvent[]> {
  const stop = new AbortController();
  let wanted = Number.POSITIVE_INFINITY;
  let have = 0;
  const enough = () => {
    if (have >= wanted) stop.abort();
  };
  const all = collect(objects, kind, from, stop.signal, () => {
    have += 1;
    enough();
  });
  all.catch(() => {});
  wanted = await act();
  enough();
  return (await all).slice(0, wanted);
}

async function collect(
  objects: Objects,
  kind: string,
  from: string,
  signal: AbortSignal,
  onEvent: () => void,
): Promise<ChangeEvent[]> {
  const events: ChangeEvent[] = [];
  for await (const event of objects.watch(kind, from, signal)) {
    if (event.type === 'bookmark') continue;
    events.push(event);
    onEvent();
  }
  return events;
}
