import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kubeconfigFile } from '../../../test/support/kubeconfigs.ts';
import { refusedWith, type ScriptedApi, startScriptedApi } from '../../../test/support/scripted-api.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ObjectsError } from '../objects.ts';
import { type ConnectOptions, connectKubernetes, type KubernetesConnection } from './connect.ts';

const route = (more: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'shop', namespace: 'prod', resourceVersion: '7', ...more },
  spec: { hosts: ['shop'] },
});
const deployment: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'shop', namespace: 'prod', resourceVersion: '7' },
};
const istio = {
  versions: [{ groupVersion: 'networking.istio.io/v1' }, { groupVersion: 'networking.istio.io/v1beta1' }],
};

describe('objects of an API server', () => {
  let api: ScriptedApi;
  let slept: number[];
  let now: number;
  let open: KubernetesConnection[];
  const clock: Clock = {
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
  };
  beforeEach(async () => {
    api = await startScriptedApi(() => ({ status: 500 }));
    slept = [];
    now = 1_000_000;
    open = [];
  });
  afterEach(async () => {
    for (const connection of open) await connection.close();
    await api[Symbol.asyncDispose]();
  });

  async function connect(options: Partial<ConnectOptions> = {}): Promise<KubernetesConnection> {
    using file = kubeconfigFile({ server: api.url });
    const connected = await connectKubernetes({ env: {}, kubeconfig: file.path, clock, ...options });
    if (!connected.ok) throw new Error(JSON.stringify(connected.problems));
    open.push(connected.value);
    return connected.value;
  }

  const refused = async (attempt: Promise<unknown>): Promise<ObjectsError> =>
    attempt.then(
      () => {
        throw new Error('it went through');
      },
      (error: unknown) => error as ObjectsError,
    );

  it('write strictly, under a name of their own, and only try where nothing is to be kept', async () => {
    api.script(({ body }) => ({ status: 200, body }));
    const { objects } = await connect();
    await objects.update(route());
    await objects.updateStatus({ ...route(), status: {} }, { dryRun: true });
    await objects.create(route({ resourceVersion: undefined } as never));
    expect(api.asked.map(({ method, path, query }) => [method, path, query])).toEqual([
      [
        'PUT',
        '/apis/networking.istio.io/v1/namespaces/prod/virtualservices/shop',
        { fieldManager: 'serin', fieldValidation: 'Strict' },
      ],
      [
        'PUT',
        '/apis/networking.istio.io/v1/namespaces/prod/virtualservices/shop/status',
        { fieldManager: 'serin', fieldValidation: 'Strict', dryRun: 'All' },
      ],
      [
        'POST',
        '/apis/networking.istio.io/v1/namespaces/prod/virtualservices',
        { fieldManager: 'serin', fieldValidation: 'Strict' },
      ],
    ]);
  });

  it('take a warning on a route as a refusal, and tell the ones on others’ Deployments', async () => {
    const warnings: string[] = [];
    api.script(({ body }) => ({
      body,
      headers: { warning: ['299 - "unknown field \\"spec.x\\"", 299 - "weights, oddly, sum up to 99"'] },
    }));
    const { objects } = await connect({ onWarning: (warning) => warnings.push(warning) });
    const error = await refused(objects.update(route(), { dryRun: true }));
    expect(error.reason).toBe('Invalid');
    expect(error.message).toContain('unknown field "spec.x"; weights, oddly, sum up to 99');
    await objects.update(deployment);
    expect(warnings).toEqual([
      'Deployment/prod/shop: unknown field "spec.x"',
      'Deployment/prod/shop: weights, oddly, sum up to 99',
    ]);
  });

  it('say who may not do what, on what, and where', async () => {
    const message = 'virtualservices.networking.istio.io "shop" is forbidden: User "alice" cannot update resource';
    api.script(() => refusedWith(403, 'Forbidden', message));
    const error = await refused((await connect()).objects.update(route()));
    expect(error.reason).toBe('Forbidden');
    expect(error.message).toBe(
      `may not update virtualservices.networking.istio.io "shop" in namespace prod: ${message}`,
    );
  });

  it.each([
    [409, 'AlreadyExists', 'AlreadyExists'],
    [409, 'Conflict', 'Conflict'],
    [404, 'NotFound', 'NotFound'],
    [422, 'Invalid', 'Invalid'],
    [400, 'BadRequest', 'Invalid'],
    [401, 'Unauthorized', 'Forbidden'],
    [410, 'Expired', 'Expired'],
    [500, 'InternalError', 'Unavailable'],
    [503, 'ServiceUnavailable', 'Unavailable'],
    [504, 'Timeout', 'Unavailable'],
  ])('understand %i %s as %s', async (code, given, understood) => {
    api.script(() => refusedWith(code, given, 'words', { name: 'shop' }));
    const error = await refused((await connect()).objects.update(route()));
    expect(error).toMatchObject({ name: 'ObjectsError', reason: understood });
    expect(error.message).toContain('words');
  });

  it('understand a proxy’s page of HTML as an outage', async () => {
    api.script(() => ({ status: 502, headers: { 'content-type': 'text/html' }, body: '<html>Bad gateway</html>' }));
    const error = await refused((await connect()).objects.get({ kind: 'Service', namespace: 'prod', name: 'shop' }));
    expect(error.reason).toBe('Unavailable');
    expect(error.message).toContain('Bad gateway');
  });

  it('wait as long as a 429 asks for, then ask again, writes too: it was refused before it was looked at', async () => {
    let times = 0;
    api.script(({ body }) =>
      ++times <= 2
        ? { ...refusedWith(429, 'TooManyRequests', 'later'), headers: { 'retry-after': '3' } }
        : { status: 201, body },
    );
    const { objects } = await connect();
    await objects.create(deployment);
    expect(slept).toEqual([3_000, 3_000]);
    expect(times).toBe(3);
  });

  it('lose patience with a 429 after ten seconds, and say how long the server wants to be left alone', async () => {
    api.script(() => ({ ...refusedWith(429, 'TooManyRequests', 'later'), headers: { 'retry-after': '4' } }));
    const error = await refused((await connect()).objects.create(deployment));
    expect(error).toMatchObject({ reason: 'TooManyRequests', retryAfterMs: 4_000 });
    expect(slept).toEqual([4_000, 4_000]);
  });

  it('ask the guard before each attempt', async () => {
    api.script(() => ({ ...refusedWith(429, 'TooManyRequests', 'later'), headers: { 'retry-after': '1' } }));
    let asked = 0;
    const guard = () => {
      asked += 1;
      if (asked === 2) throw new Error('not any more');
    };
    await expect((await connect()).objects.create(deployment, { guard })).rejects.toThrow('not any more');
    expect(api.asked).toHaveLength(1);
  });

  it('cut a write that is held up on its way for longer than it may be under way', async () => {
    const { objects } = await connect();
    api.script(() => undefined);
    const withinMs = () => 100;
    for (const write of [
      () => objects.create(deployment, { withinMs }),
      () => objects.remove({ kind: 'Deployment', namespace: 'prod', name: 'x' }, { withinMs }),
    ])
      expect(await refused(write())).toMatchObject({
        reason: 'Unavailable',
        message: expect.stringContaining('no answer within 0.1 s'),
      });
  });

  it('never repeat a write whose fate is unknown', async () => {
    api.script((_, response) => void response.destroy());
    const error = await refused((await connect()).objects.create(deployment));
    expect(error.reason).toBe('Unavailable');
    expect(api.asked).toHaveLength(1);
  });

  it('give up on an answer that does not come, whole or in part', async () => {
    const { objects } = await connect({ timeoutMs: 200 });
    api.script(() => undefined);
    expect((await refused(objects.create(deployment))).message).toContain('no answer within 0.2 s');
    api.script((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"half":');
      return undefined;
    });
    expect((await refused(objects.create(deployment))).reason).toBe('Unavailable');
  });

  it('read long lists in pages, each object trimmed as it comes', async () => {
    api.script(({ query }) => ({
      body: {
        metadata: { resourceVersion: '90', ...(query['continue'] === undefined ? { continue: 'next' } : {}) },
        items: [{ metadata: { name: query['continue'] ?? 'first', managedFields: [{}] }, data: { a: 'b' } }],
      },
    }));
    const { objects } = await connect({ pageSize: 1 });
    const { items, resourceVersion } = await objects.list('ConfigMap', undefined, {
      keep: ({ data: _, ...rest }) => rest,
    });
    expect(resourceVersion).toBe('90');
    expect(items).toEqual([
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'first' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'next' } },
    ]);
    expect(api.asked.map(({ query }) => query['limit'])).toEqual(['1', '1']);
  });

  it('begin a list anew, in one piece, when the server forgot it between two pages', async () => {
    api.script(({ query }) => {
      if (query['continue'] !== undefined)
        return refusedWith(410, 'Expired', 'the provided continue parameter is too old');
      if (query['limit'] !== undefined)
        return { body: { metadata: { resourceVersion: '5', continue: 'x' }, items: [{ metadata: { name: 'old' } }] } };
      return { body: { metadata: { resourceVersion: '9' }, items: [{ metadata: { name: 'new' } }] } };
    });
    const { items, resourceVersion } = await (await connect()).objects.list('ConfigMap');
    expect([items.map(({ metadata }) => metadata.name), resourceVersion]).toEqual([['new'], '9']);
  });

  it('read the newest version that both sides know, and ask for it once', async () => {
    api.script(({ path }) => {
      if (path === '/apis/networking.istio.io')
        return { body: { versions: [{ groupVersion: 'networking.istio.io/v1beta1' }] } };
      return { body: { metadata: { resourceVersion: '1' }, items: [{ metadata: { name: 'shop' } }] } };
    });
    const { objects } = await connect();
    const { items } = await objects.list('VirtualService', 'prod');
    await objects.list('VirtualService', 'prod');
    expect(items[0]?.apiVersion).toBe('networking.istio.io/v1beta1');
    expect(api.asked.map(({ path }) => path)).toEqual([
      '/apis/networking.istio.io',
      '/apis/networking.istio.io/v1beta1/namespaces/prod/virtualservices',
      '/apis/networking.istio.io/v1beta1/namespaces/prod/virtualservices',
    ]);
  });

  it('tell a kind that is not installed from an object that does not exist', async () => {
    const { objects } = await connect();
    const ref = { kind: 'VirtualService', namespace: 'prod', name: 'shop' };
    api.script(() => ({ status: 404, headers: { 'content-type': 'text/plain' }, body: '404 page not found' }));
    expect((await refused(objects.get(ref))).message).toContain('does not know the kind VirtualService');
    api.script(({ path }) =>
      path === '/apis/networking.istio.io' ? { body: istio } : { status: 404, body: '404 page not found' },
    );
    expect((await refused(objects.get(ref))).message).toContain('does not know the kind VirtualService');
    api.script(({ path }) =>
      path === '/apis/networking.istio.io'
        ? { body: istio }
        : refusedWith(404, 'NotFound', 'not found', { name: 'shop' }),
    );
    expect(await objects.get(ref)).toBeUndefined();
  });

  it('name no namespace where a kind has none', async () => {
    api.script(() => ({ body: { metadata: { name: 'n1' } } }));
    await (await connect()).objects.get({ kind: 'Node', namespace: 'default', name: 'n1' });
    expect(api.asked[0]?.path).toBe('/api/v1/nodes/n1');
  });

  it('give names that nobody could guess wrong: a slash in one leads nowhere else', async () => {
    api.script(() => refusedWith(404, 'NotFound', 'no', { name: '../x' }));
    await (await connect()).objects.get({ kind: 'Service', namespace: 'prod', name: '../x' });
    expect(api.asked[0]?.path).toBe('/api/v1/namespaces/prod/services/..%2Fx');
  });

  it('tell an Event once per object and fact', async () => {
    const names: string[] = [];
    api.script(({ body }) => {
      const { name } = (body as KubeObject).metadata;
      if (names.includes(name)) return refusedWith(409, 'AlreadyExists', 'exists');
      names.push(name);
      return { status: 201, body };
    });
    const connection = await connect({ reporter: { controller: 'serin.dev/operator', instance: 'pod-1' } });
    const event = {
      regarding: { ...route({ uid: 'u' } as never), kind: 'Release', apiVersion: 'serin.dev/v1alpha1' },
      key: 'attempt 1 rolledBack',
      type: 'Warning' as const,
      reason: 'RolledBack',
      action: 'RollBack',
      note: 'ö'.repeat(2_000),
      at: Date.UTC(2026, 10, 21, 9, 30, 15, 500),
    };
    await connection.emit(event);
    await connection.emit(event);
    await connection.emit({ ...event, key: 'attempt 2 rolledBack' });
    expect(names).toHaveLength(2);
    const { path, body } = api.asked[0] ?? {};
    expect(path).toBe('/apis/events.k8s.io/v1/namespaces/prod/events');
    const sent = body as Record<string, unknown>;
    expect(sent).toMatchObject({
      eventTime: '2026-11-21T09:30:15.500000Z',
      reportingController: 'serin.dev/operator',
      reportingInstance: 'pod-1',
      type: 'Warning',
      reason: 'RolledBack',
      regarding: { kind: 'Release', namespace: 'prod', name: 'shop', uid: 'u' },
    });
    expect(Buffer.byteLength(sent['note'] as string)).toBeLessThanOrEqual(1024);
    expect(sent['note']).toMatch(/^ö+…$/);
  });
});
