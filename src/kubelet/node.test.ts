// A node on the memory objects; with a real API server and its controllers it is tested in test/cluster/cluster.test.ts.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ServerFixture, serverFixture } from '../../test/support/server-fixture.ts';
import { waitFor } from '../../test/support/wait.ts';
import { kindOf, validate } from '../api/kinds.ts';
import type { ContainerStatus, Pod } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import { systemClock } from '../lib/clock.ts';
import { createMemoryObjects } from '../objects/memory/memory.ts';
import type { Objects } from '../objects/objects.ts';
import { createAddressBook } from './address-book.ts';
import { type RunningNode, startNode } from './node.ts';
import type { NodeApi } from './node-home.ts';

describe('a node', () => {
  let fixture: ServerFixture;
  let objects: Objects;
  let node: RunningNode;
  let lines: string[];
  let bound: string[];
  let discarded: string[];
  const api: NodeApi = {
    async bind(pod, name) {
      bound.push(`${pod.metadata.name} to ${name}`);
      const now = (await objects.get(refOf(pod))) as Pod;
      await objects.update({ ...now, spec: { ...now.spec, nodeName: name } });
    },
    async discard(pod) {
      discarded.push(pod.metadata.name);
      if ((await objects.get(refOf(pod))) !== undefined) await objects.remove(refOf(pod));
    },
  };
  beforeEach(async () => {
    let uids = 0;
    fixture = serverFixture();
    lines = [];
    bound = [];
    discarded = [];
    objects = createMemoryObjects({ clock: systemClock, uid: () => `uid-${++uids}`, kinds: kindOf, validate });
    node = await startNode({
      objects,
      api,
      node: {
        name: 'node-1',
        address: '127.0.9.9',
        labels: { disk: 'plain' },
        capacity: { cpu: '2', memory: '1Gi', pods: '10' },
      },
      // All of 127.0.0.0/8 is this machine.
      addresses: createAddressBook('127.0.9'),
      clock: systemClock,
      cwd: fixture.dir,
      baseEnv: { PATH: process.env['PATH'] ?? '' },
      refuseImage: (image) => (image.startsWith('missing') ? 'not found' : undefined),
      onLine: ({ pod, text }) => lines.push(`${pod}: ${text}`),
    });
  });
  afterEach(async () => {
    await node.stop();
    await node.done;
    fixture[Symbol.dispose]();
  });

  const create = async (name: string, container: object, spec: object = {}): Promise<Pod> =>
    (await objects.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'prod' },
      spec: { containers: [{ name: 'app', image: 'app', ...container }], ...spec },
    })) as Pod;

  const seen = (pod: Pod, what: string, look: (status: ContainerStatus | undefined, pod: Pod) => boolean) =>
    waitFor(what, async () => {
      const now = (await objects.get(refOf(pod))) as Pod | undefined;
      return now !== undefined && look(now.status?.containerStatuses?.[0], now) && now;
    });

  it('registers itself', async () => {
    expect(await objects.get({ kind: 'Node', namespace: 'default', name: 'node-1' })).toMatchObject({
      metadata: { labels: { disk: 'plain' } },
      status: { conditions: [{ type: 'Ready', status: 'True' }], capacity: { cpu: '2' } },
    });
  });

  it('binds a pod, runs it at an address of its own with its own ports, and lets it go when it is deleted', async () => {
    const echo = ['sh', '-c', 'echo at $HOST:$PORT; exec sleep 1000'];
    const pod = await create('web', { command: echo, ports: [{ containerPort: 8080 }] });
    const running = await seen(pod, 'it runs', (status) => status?.ready === true);
    expect(bound).toEqual(['web to node-1']);
    expect(running.status).toMatchObject({ phase: 'Running', podIP: '127.0.9.1', hostIP: '127.0.9.9' });
    await waitFor('its output', () => lines.includes('web: at 127.0.9.1:8080'));
    await objects.remove(refOf(pod));
    await waitFor('its end', () => discarded.includes('web'));
  });

  it('probes a pod at its own address', async () => {
    const readinessProbe = { tcpSocket: { port: 8080 }, periodSeconds: 1 };
    const listen = `require('net').createServer().listen(8080, process.env.POD_IP)`;
    const command = [process.execPath, '-e', listen];
    const pod = await create('probed', { command, ports: [{ containerPort: 8080 }], readinessProbe });
    await seen(pod, 'it is ready', (status) => status?.ready === true);
  });

  it('leaves pods of other nodes alone, and those that wait for a gate', async () => {
    await create('theirs', { command: ['true'] }, { nodeName: 'node-2' });
    await create('gated', { command: ['true'] }, { schedulingGates: [{ name: 'later' }] });
    const last = await create('ours', { command: ['sleep', '1000'] });
    await seen(last, 'it runs', (status) => status?.ready === true);
    expect(bound).toEqual(['ours to node-1']);
  });

  it.each([
    ['a selector that does not fit', { nodeSelector: { disk: 'golden' } }, {}, "didn't match"],
    ['more memory than the node has', {}, { resources: { requests: { memory: '2Gi' } } }, 'Insufficient memory'],
  ])('does not schedule %s', async (_, spec, container, why) => {
    const pod = await create('homeless', { command: ['true'], ...container }, spec);
    const refused = await seen(pod, 'the refusal', (_status, { status }) => (status?.conditions ?? []).length > 0);
    expect(refused.status?.conditions?.[0]).toMatchObject({
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
    });
    expect(refused.status?.conditions?.[0]?.message).toContain(why);
    expect(bound).toEqual([]);
  });

  it('says that an image cannot be had, first at once and then as a back-off', async () => {
    const pod = await create('imageless', { image: 'missing:1', command: ['true'] });
    const reasons: string[] = [];
    await seen(pod, 'the back-off', (status) => {
      const reason = status?.state?.waiting?.reason ?? '';
      if (reason !== '' && reasons.at(-1) !== reason) reasons.push(reason);
      return reason === 'ImagePullBackOff';
    });
    expect(reasons.slice(-2)).toEqual(['ErrImagePull', 'ImagePullBackOff']);
  });

  it('kills a container above its limit of memory: OOMKilled, code 137', async () => {
    const grow = 'const all = []; setInterval(() => all.push(Buffer.alloc(20e6, 1)), 20)';
    const resources = { limits: { memory: '100Mi' } };
    const pod = await create('greedy', { command: [process.execPath, '-e', grow], resources });
    const killed = await seen(pod, 'OOMKilled', (status) => status?.lastState?.terminated?.reason === 'OOMKilled');
    const [status] = killed.status?.containerStatuses ?? [];
    expect(status?.lastState?.terminated).toMatchObject({ exitCode: 137, reason: 'OOMKilled' });
    expect(status?.lastState?.terminated?.message).toContain('more than its limit 100Mi');
  });
});
