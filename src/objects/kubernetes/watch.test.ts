import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kubeconfigFile } from '../../../test/support/kubeconfigs.ts';
import { refusedWith, type ScriptedApi, startScriptedApi } from '../../../test/support/scripted-api.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { ObjectsError, type WatchEvent } from '../objects.ts';
import { connectKubernetes, type KubernetesConnection } from './connect.ts';

const settings = (version: number, name = 'x') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'prod', resourceVersion: String(version), managedFields: [{ manager: 'x' }] },
});
const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;
const bookmark = (version: number): string =>
  line('BOOKMARK', { kind: 'ConfigMap', metadata: { resourceVersion: String(version) } });

describe('a watch of an API server', () => {
  let api: ScriptedApi;
  let stop: AbortController;
  let open: KubernetesConnection[];
  beforeEach(async () => {
    api = await startScriptedApi(() => ({ status: 500 }));
    stop = new AbortController();
    open = [];
  });
  afterEach(async () => {
    stop.abort();
    for (const connection of open) await connection.close();
    await api[Symbol.asyncDispose]();
  });

  async function watch(clock: Clock = systemClock, from = '5'): Promise<AsyncIterator<WatchEvent>> {
    using file = kubeconfigFile({ server: api.url, namespace: 'prod' });
    const connected = await connectKubernetes({ env: {}, kubeconfig: file.path, clock, watchMs: 60_000 });
    if (!connected.ok) throw new Error(JSON.stringify(connected.problems));
    open.push(connected.value);
    return connected.value.objects.watch('ConfigMap', from, stop.signal)[Symbol.asyncIterator]();
  }

  /** What each watch sends, one after the other; the last one stays open. */
  const sends = (...each: readonly ((response: ServerResponse) => void)[]) => {
    let times = 0;
    api.script((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      each[Math.min(times++, each.length - 1)]?.(response);
      return undefined;
    });
  };
  const next = async (events: AsyncIterator<WatchEvent>): Promise<string> => {
    const { value, done } = await events.next();
    if (done === true) return 'end';
    const event = value as WatchEvent;
    return event.type === 'bookmark'
      ? `bookmark ${event.resourceVersion}`
      : `${event.type} ${event.object.metadata.name} ${event.object.metadata.resourceVersion}`;
  };
  /** A clock that stands still until it is told to go on. */
  const silence = () => {
    let now = 0;
    const sleepers = new Set<() => void>();
    const clock: Clock = {
      now: () => now,
      sleep: (_, signal) =>
        new Promise((resolve) => {
          sleepers.add(resolve);
          signal?.addEventListener('abort', () => resolve(), { once: true });
        }),
    };
    const pass = (ms: number) => {
      now += ms;
      for (const wake of sleepers) wake();
    };
    const isListening = async () => {
      while (sleepers.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    return { clock, pass, isListening };
  };
  const froms = (): readonly (string | undefined)[] => api.asked.map(({ query }) => query['resourceVersion']);

  it('asks for bookmarks and an end, tells what comes, and strips what is nobody’s business', async () => {
    sends((response) => {
      const text =
        line('ADDED', settings(6)) + line('MODIFIED', settings(7)) + bookmark(8) + line('DELETED', settings(9));
      // In pieces that are no lines.
      for (let at = 0; at < text.length; at += 37) response.write(text.slice(at, at + 37));
    });
    const events = await watch();
    const first = await events.next();
    expect(first.value).toEqual({
      type: 'added',
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'prod', resourceVersion: '6' } },
    });
    expect([await next(events), await next(events), await next(events)]).toEqual([
      'modified x 7',
      'bookmark 8',
      'deleted x 9',
    ]);
    expect(api.asked[0]?.query).toEqual({
      watch: '1',
      resourceVersion: '5',
      allowWatchBookmarks: 'true',
      timeoutSeconds: '60',
    });
  });

  it('goes on where it stood when the server ends it, the last bookmark counted', async () => {
    sends(
      (response) => response.end(line('ADDED', settings(6)) + bookmark(20)),
      (response) => response.end(line('ADDED', settings(21))),
      () => {},
    );
    const events = await watch();
    expect([await next(events), await next(events), await next(events)]).toEqual([
      'added x 6',
      'bookmark 20',
      'added x 21',
    ]);
    const waiting = events.next();
    while (api.asked.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(froms()).toEqual(['5', '20', '21']);
    stop.abort();
    expect((await waiting).done).toBe(true);
  });

  it('throws away half an event when the connection breaks, and says so', async () => {
    sends((response) => {
      response.write(line('ADDED', settings(6)) + line('ADDED', settings(7)).slice(0, 30), () => response.destroy());
    });
    const events = await watch();
    expect(await next(events)).toBe('added x 6');
    await expect(events.next()).rejects.toMatchObject({ name: 'ObjectsError', reason: 'Unavailable' });
  });

  it('does not ask without end where every watch is ended at once', async () => {
    sends((response) => response.end());
    await expect((await watch()).next()).rejects.toMatchObject({ reason: 'Unavailable' });
    expect(api.asked).toHaveLength(1);
  });

  it('says Expired for 410, whether it comes as an answer or as an event', async () => {
    api.script(() => refusedWith(410, 'Expired', 'too old resource version: 5 (90)'));
    await expect((await watch()).next()).rejects.toMatchObject({ reason: 'Expired' });
    sends((response) => response.write(line('ERROR', refusedWith(410, 'Expired', 'too old').body)));
    await expect((await watch()).next()).rejects.toMatchObject({ reason: 'Expired' });
  });

  it('says Expired when the server’s history went back, as after a restored backup', async () => {
    sends((response) => response.write(bookmark(3)));
    await expect((await watch()).next()).rejects.toMatchObject({ reason: 'Expired' });
    api.script(() =>
      refusedWith(504, 'Timeout', 'Too large resource version', { causes: [{ reason: 'ResourceVersionTooLarge' }] }),
    );
    await expect((await watch()).next()).rejects.toMatchObject({ reason: 'Expired' });
  });

  it('names verb, resource and place when it may not look', async () => {
    api.script(() => refusedWith(403, 'Forbidden', 'no'));
    await expect((await watch()).next()).rejects.toThrow('may not watch configmaps in the cluster');
  });

  it('is cut when it says nothing, not even a bookmark, for longer than it was to last', async () => {
    const { clock, pass, isListening } = silence();
    let speak: (text: string) => void = () => {};
    sends((response) => {
      speak = (text) => response.write(text);
    });
    const events = await watch(clock);
    const first = events.next();
    await isListening();
    pass(65_000);
    speak(bookmark(6));
    expect((await first).value).toEqual({ type: 'bookmark', resourceVersion: '6' });
    const second = events.next().catch((error: unknown) => error);
    pass(65_000);
    let isOver = false;
    void second.then(() => {
      isOver = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    pass(6_000);
    const error = await second;
    expect(error).toBeInstanceOf(ObjectsError);
    expect(error).toMatchObject({ reason: 'Unavailable' });
    expect(String(error)).toContain('said nothing for longer than its own limit');
  });

  it('is cut when it is refused and the refusal never ends', async () => {
    const { clock, pass, isListening } = silence();
    api.script((_, response) => {
      response.writeHead(403, { 'content-type': 'application/json' });
      response.write('{"kind":"Status",');
      return undefined;
    });
    const events = await watch(clock);
    const first = events.next().catch((error: unknown) => error);
    await isListening();
    pass(71_000);
    expect(String(await first)).toContain('said nothing for longer than its own limit');
  });

  it('leaves no connection behind when its reader goes', async () => {
    const closed = Promise.withResolvers<void>();
    sends((response) => {
      response.once('close', () => closed.resolve());
      response.write(line('ADDED', settings(6)));
    });
    const events = await watch();
    await events.next();
    await events.return?.();
    await closed.promise;
  });

  it('begins at the version of a list, never at none', async () => {
    for (const from of ['', '0', 'newest'])
      await expect((await watch(systemClock, from)).next()).rejects.toMatchObject({ reason: 'Invalid' });
    expect(api.asked).toEqual([]);
  });
});
