import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type KubeObject, refOf } from '../../src/api/object.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { formatProblem } from '../../src/lib/problem.ts';
import { type CachedObjects, cachedObjects } from '../../src/objects/cached.ts';
import {
  type ConnectOptions,
  connectKubernetes,
  type KubernetesConnection,
} from '../../src/objects/kubernetes/connect.ts';
import type { Objects, ObjectsError } from '../../src/objects/objects.ts';
import { makeCertificates } from '../support/certificates.ts';
import { waitFor } from '../support/wait.ts';
import { type ApiProxy, PASS, startApiProxy } from './api-proxy.ts';
import { type RunningApiServer, startApiServer } from './api-server.ts';
import { freshNamespace } from './namespaces.ts';
import { clusterTools } from './tools.ts';
import { kubeconfigText } from './users.ts';

describe('objects on a real API server', () => {
  let server: RunningApiServer;
  let direct: KubernetesConnection;
  let folder: string;
  let namespace: string;
  let stop: AbortController;
  let open: AsyncDisposable[];

  beforeAll(async () => {
    const tools = clusterTools();
    if ('reason' in tools) throw new Error(tools.reason);
    server = await startApiServer({ manifests: [tools.istioCrds] });
    folder = mkdtempSync(join(tmpdir(), 'serin-under-harm-'));
    direct = await connectTo({ env: server.env });
  }, 120_000);
  afterAll(async () => {
    await direct?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    stop = new AbortController();
    open = [];
    namespace = await freshNamespace(direct.objects);
  });
  afterEach(async () => {
    stop.abort();
    for (const one of open.toReversed()) await one[Symbol.asyncDispose]();
  });

  async function connectTo(options: Partial<ConnectOptions>): Promise<KubernetesConnection> {
    const connected = await connectKubernetes({ env: {}, clock: systemClock, ...options });
    if (!connected.ok) throw new Error(connected.problems.map(formatProblem).join('\n'));
    return connected.value;
  }

  async function connect(options: Partial<ConnectOptions>): Promise<KubernetesConnection> {
    const connection = await connectTo(options);
    open.push(connection);
    return connection;
  }

  async function throughProxy(options: Partial<ConnectOptions> = {}) {
    const proxy = await startApiProxy({ url: server.url, ca: server.pki.caText });
    open.push(proxy);
    const path = join(folder, `${namespace}.proxied`);
    writeFileSync(path, kubeconfigText({ server: proxy.url, user: 'admin', token: server.tokens.admin }));
    const connection = await connect({ kubeconfig: path, namespace, ...options });
    return { proxy, connection };
  }

  const cache = (
    objects: Objects,
    kinds = ['ConfigMap', 'DestinationRule'],
    troubles: ObjectsError[] = [],
  ): CachedObjects =>
    cachedObjects({
      objects,
      kinds,
      clock: systemClock,
      signal: stop.signal,
      keep: {},
      onTrouble: (_, error) => troubles.push(error),
    });

  const settings = (name: string, mode: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: { mode },
  });
  const rule = (name: string, host: string): KubeObject => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name, namespace },
    spec: { host },
  });

  const snapshot = async (objects: Objects, kind: string): Promise<readonly string[]> =>
    (await objects.list(kind, namespace)).items
      .map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.resourceVersion}`)
      .sort();

  const agree = (cached: CachedObjects, kind: string, withinMs = 20_000) =>
    waitFor(
      `the cached ${kind}s are the server's`,
      async () => {
        const [ours, theirs] = [await snapshot(cached, kind), await snapshot(direct.objects, kind)];
        return ours.join() === theirs.join();
      },
      withinMs,
    );

  const lists = (proxy: ApiProxy): number =>
    proxy.asked.filter(({ method, isWatch, path }) => method === 'GET' && !isWatch && path.endsWith('configmaps'))
      .length;

  /** Somebody else's writes: each object is made, changed and removed, some are left. */
  async function bustle(rounds: number, names = 'x'): Promise<void> {
    for (let round = 0; round < rounds; round += 1) {
      const made = await direct.objects.create(settings(`${names}-${round}`, 'a'));
      const changed = await direct.objects.update({ ...made, data: { mode: 'b' } });
      if (round % 3 !== 0) await direct.objects.remove(refOf(changed));
    }
  }

  it('are shown as they are through watches that are cut every fraction of a second, without listing anew', async () => {
    const { proxy, connection } = await throughProxy({ onlyNamespace: true });
    let watches = 0;
    proxy.harm(({ isWatch }) => {
      if (!isWatch) return PASS;
      watches += 1;
      return { kind: 'cutAfter', ms: 20 + ((watches * 37) % 150) };
    });
    const cached = cache(connection.objects, ['ConfigMap']);
    await cached.synced;
    const own = async () => {
      for (let n = 0; n < 30; n += 1) {
        const made = await cached.create(settings(`own-${n}`, 'a'));
        const changed = await cached.update({ ...made, data: { mode: 'b' } });
        expect((await cached.get(refOf(made)))?.metadata.resourceVersion).toBe(changed.metadata.resourceVersion);
        if (n % 2 === 0) {
          await cached.remove(refOf(made));
          expect(await cached.get(refOf(made))).toBeUndefined();
        }
      }
    };
    const others = async () => {
      for (let round = 0; watches < 12; round += 1) await bustle(5, `x-${round}`);
    };
    await Promise.all([others(), own()]);
    await agree(cached, 'ConfigMap');
    expect(lists(proxy)).toBe(1);
  });

  it('are shown as they are after the API server was killed and came back, and after it forgot where the watch stood', async () => {
    const { proxy, connection } = await throughProxy({ onlyNamespace: true });
    const troubles: ObjectsError[] = [];
    const cached = cache(connection.objects, ['ConfigMap'], troubles);
    await cached.synced;
    await bustle(3);
    await agree(cached, 'ConfigMap');
    proxy.harm(({ isWatch }) => (isWatch ? { kind: 'answer', status: 503 } : PASS));
    proxy.cutAll();
    await bustle(3, 'y');
    await direct.objects.remove({ kind: 'ConfigMap', namespace, name: 'x-0' });
    await server.apiServer.stop();
    await waitFor('the outage is noticed', () => cached.troubles().get('ConfigMap')?.reason === 'Unavailable');
    await expect(cached.create(settings('lost', 'a'))).rejects.toMatchObject({ reason: 'Unavailable' });
    expect((await cached.list('ConfigMap', namespace)).items.length).toBeGreaterThan(0);
    await server.apiServer.restart();
    await server.ready();
    const known = await snapshot(direct.objects, 'ConfigMap');
    proxy.harm(() => PASS);
    await agree(cached, 'ConfigMap');
    expect(await snapshot(cached, 'ConfigMap')).toEqual(known);
    expect(troubles.map(({ reason }) => reason)).toContain('Expired');
    await waitFor('it is well again', () => cached.troubles().size === 0);
  });

  it('are read again after an API server stood still: late is unavailable, never wrong', async () => {
    const connection = await connect({ env: server.env, namespace, onlyNamespace: true, timeoutMs: 500 });
    const cached = cache(connection.objects, ['ConfigMap']);
    await cached.synced;
    const made = await cached.create(settings('x', 'a'));
    server.apiServer.freeze();
    try {
      await expect(connection.objects.get(refOf(made))).rejects.toMatchObject({ reason: 'Unavailable' });
      await expect(cached.update({ ...made, data: { mode: 'b' } })).rejects.toThrow('no answer within 0.5 s');
      expect(await cached.get(refOf(made))).toEqual(made);
    } finally {
      server.apiServer.thaw();
    }
    await waitFor('it answers', () => direct.objects.get(refOf(made)));
    await direct.objects.create(settings('y', 'a'));
    await agree(cached, 'ConfigMap');
  });

  it('come through a watch that falls silent: it is cut after its own time limit, and resumed', async () => {
    const { proxy, connection } = await throughProxy({ onlyNamespace: true, watchMs: 1_000 });
    const troubles: ObjectsError[] = [];
    let muted = 0;
    proxy.harm(({ isWatch }) => (isWatch && ++muted === 1 ? { kind: 'mute' } : PASS));
    const cached = cache(connection.objects, ['ConfigMap'], troubles);
    await cached.synced;
    await bustle(4);
    await agree(cached, 'ConfigMap');
    expect(troubles.map(({ message }) => message).join()).toMatch(/said nothing|reached/);
    expect(lists(proxy)).toBe(1);
  });

  it('get through a storm of 429, and through answers that come late', async () => {
    const { proxy, connection } = await throughProxy();
    let asked = 0;
    proxy.harm(() =>
      ++asked % 3 === 0
        ? { kind: 'late', ms: 300 }
        : asked % 3 === 1
          ? PASS
          : { kind: 'answer', status: 429, headers: { 'retry-after': '1' } },
    );
    const made = await connection.objects.create(settings('x', 'a'));
    const changed = await connection.objects.update({ ...made, data: { mode: 'b' } });
    await connection.objects.remove(refOf(changed));
    expect(await direct.objects.get(refOf(made))).toBeUndefined();
    expect(asked).toBeGreaterThan(3);
  });

  it('say Unavailable of a write whose answer was lost, and that of it nothing is known; a second try finds out', async () => {
    const { proxy, connection } = await throughProxy();
    proxy.harm(() => ({ kind: 'loseAnswer' }));
    await expect(connection.objects.create(settings('x', 'a'))).rejects.toMatchObject({ reason: 'Unavailable' });
    expect(proxy.asked).toHaveLength(1);
    proxy.harm(() => PASS);
    await expect(connection.objects.create(settings('x', 'a'))).rejects.toMatchObject({ reason: 'AlreadyExists' });
  });

  it('know who asks: by token, by client certificate, as a pod', async () => {
    const names = [];
    for (const kubeconfig of Object.values(server.kubeconfigs))
      names.push(await (await connect({ kubeconfig })).whoAmI());
    expect(names).toEqual(['admin', 'system:serviceaccount:serin-system:serin-operator', 'alice', 'bob']);

    const authority = { cert: server.pki.ca, key: server.pki.caKey };
    const carol = makeCertificates(folder).signed('carol', authority, 'DNS:carol');
    const byCertificate = kubeconfigText({ server: server.url, ca: server.pki.ca, user: 'carol', token: '' }).replace(
      /token: ""/,
      `client-certificate: ${carol.cert}\n      client-key: ${carol.key}`,
    );
    const path = join(folder, 'carol.kubeconfig');
    writeFileSync(path, byCertificate);
    expect(await (await connect({ kubeconfig: path })).whoAmI()).toBe('carol');

    await server.kubectl('create', 'serviceaccount', 'robot', '-n', namespace);
    const token = await server.kubectl('create', 'token', 'robot', '-n', namespace);
    for (const [name, text] of [
      ['token', token],
      ['namespace', namespace],
      ['ca.crt', readFileSync(server.pki.ca, 'utf8')],
    ] as const)
      writeFileSync(join(folder, name), text);
    const { hostname, port } = new URL(server.url);
    const pod = await connect({
      env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port },
      serviceAccountFolder: folder,
    });
    expect(await pod.whoAmI()).toBe(`system:serviceaccount:${namespace}:robot`);
    expect(pod.namespace).toBe(namespace);
  });

  it('say what one may not do, and let one look where one may', async () => {
    const alice = await connect({ kubeconfig: server.kubeconfigs.alice, namespace, onlyNamespace: true });
    await expect(alice.objects.list('ConfigMap', namespace)).rejects.toThrow(
      `may not list configmaps in namespace ${namespace}: configmaps is forbidden: User "alice"`,
    );
    const cached = cache(alice.objects, ['ConfigMap']);
    await cached.synced;
    await expect(cached.get({ kind: 'ConfigMap', namespace, name: 'x' })).rejects.toMatchObject({
      reason: 'Forbidden',
    });
    const inside = ['-n', namespace];
    await server.kubectl('create', 'role', 'look', '--verb=get,list,watch', '--resource=configmaps', ...inside);
    await server.kubectl('create', 'rolebinding', 'look', '--role=look', '--group=releasers', ...inside);
    await waitFor('she may', async () => (await alice.objects.list('ConfigMap').catch(() => undefined)) !== undefined);
    await expect(alice.objects.list('ConfigMap', 'default')).rejects.toMatchObject({ reason: 'Forbidden' });
  });

  it('are refused with an unknown field, by Istio’s schema too', async () => {
    const wrong = { ...rule('shop', 'shop'), spec: { host: 'shop', subsetz: [] } };
    await expect(direct.objects.create(wrong)).rejects.toMatchObject({ reason: 'Invalid' });
    await expect(direct.objects.create(wrong)).rejects.toThrow('spec.subsetz');
  });

  it('are listed in pages, and watched over all namespaces', async () => {
    const small = await connect({ env: server.env, pageSize: 2 });
    const cached = cache(small.objects, ['DestinationRule']);
    for (const name of ['a', 'b', 'c', 'd', 'e']) await direct.objects.create(rule(name, name));
    await agree(cached, 'DestinationRule');
    const elsewhere = await freshNamespace(direct.objects);
    await direct.objects.create({ ...rule('f', 'f'), metadata: { name: 'f', namespace: elsewhere } });
    await waitFor('the other namespace is seen', () =>
      cached.get({ kind: 'DestinationRule', namespace: elsewhere, name: 'f' }),
    );
  });

  it('are what Events speak of, once for each fact', async () => {
    const regarding = await direct.objects.create(settings('x', 'a'));
    const event = {
      regarding,
      key: 'step 1',
      type: 'Normal' as const,
      reason: 'StepStarted',
      action: 'Shift',
      note: 'step 1 of 3 has begun',
      at: Date.now(),
    };
    await direct.emit(event);
    await direct.emit(event);
    const told = await server.kubectl(
      'get',
      'events',
      '-n',
      namespace,
      '-o',
      'jsonpath={range .items[*]}{.reason} {.message}{"\\n"}{end}',
    );
    expect(told).toBe('StepStarted step 1 of 3 has begun\n');
  });
});
