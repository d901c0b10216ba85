import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ServerFixture, serverFixture } from '../../test/support/server-fixture.ts';
import { waitFor } from '../../test/support/wait.ts';
import { kindOf, validate } from '../api/kinds.ts';
import type { Deployment, Pod } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import { systemClock } from '../lib/clock.ts';
import { createMemoryObjects } from '../objects/memory/memory.ts';
import type { Objects } from '../objects/objects.ts';
import { LOCAL_BACKOFF } from './backoff.ts';
import { type Guard, startGuard } from './guard.ts';
import { createLocalHome } from './local-home.ts';
import { type Pods, startPods } from './pods.ts';
import { createPortBook } from './ports.ts';
import { readProcesses } from './process-table.ts';
import { podFor } from './template.ts';

describe('the pods of a kubelet', () => {
  let fixture: ServerFixture;
  let objects: Objects;
  let guard: Guard;
  let over: AbortController;
  let pods: Pods | undefined;
  let given: number[];
  let lines: string[];
  let owner: Deployment;
  beforeEach(async () => {
    let uids = 0;
    fixture = serverFixture();
    guard = startGuard();
    over = new AbortController();
    given = [];
    lines = [];
    objects = createMemoryObjects({ clock: systemClock, uid: () => `uid-${++uids}`, kinds: kindOf, validate });
    owner = (await objects.create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace: 'prod' },
      spec: {
        selector: {},
        template: { spec: { containers: [{ name: 'app', command: fixture.command, ports: [{ containerPort: 80 }] }] } },
      },
    })) as Deployment;
  });
  afterEach(async () => {
    await pods?.stop();
    over.abort();
    await guard.close();
    fixture[Symbol.dispose]();
  });

  const start = async () => {
    const book = createPortBook(Math.random);
    pods = startPods({
      objects,
      clock: systemClock,
      guard,
      backoff: LOCAL_BACKOFF,
      baseEnv: { PATH: process.env['PATH'] ?? '' },
      serviceEnv: () => ({}),
      cwd: fixture.dir,
      home: createLocalHome({
        objects,
        run: new Map(),
        ports: { ...book, giveBack: (port) => given.push(port) },
        retry: { clock: systemClock, signal: over.signal, onTrouble: () => {} },
      }),
      readTable: readProcesses(),
      signal: over.signal,
      onLine: ({ pod, text }) => lines.push(`${pod}: ${text}`),
      onTrouble: () => {},
      onChange: () => {},
      drained: async () => {},
    });
    await pods.informer.synced;
    return pods;
  };
  const podNamed = (suffix: string, port: number): Pod => podFor(owner, { hash: 'hash', suffix, ports: [port] });
  const gone = (pod: Pod) => waitFor('the object to go', async () => (await objects.get(refOf(pod))) === undefined);

  it('give a pod’s ports back when it has ended', async () => {
    await start();
    const port = await createPortBook(Math.random).take();
    const pod = (await objects.create(podNamed('aaaaa', port))) as Pod;
    await waitFor('the process', () => lines.includes(`${pod.metadata.name}: listening`));
    expect(given).toEqual([]);
    await objects.remove(refOf(pod));
    await gone(pod);
    expect(given).toEqual([port]);
  });

  it('let go of what an earlier kubelet left behind, and start nothing for it', async () => {
    const left = (await objects.create(podNamed('aaaaa', 1))) as Pod;
    const status = { containerStatuses: [{ name: 'app', restartCount: 0 }] };
    await objects.updateStatus({ ...left, status });
    const leaving = (await objects.create(podNamed('bbbbb', 2))) as Pod;
    await objects.remove(refOf(leaving));
    const running = await start();
    await Promise.all([gone(left), gone(leaving)]);
    expect(await running.usage()).toEqual([]);
    expect(lines).toEqual([]);
  });

  it('start nothing once they are being stopped', async () => {
    const running = await start();
    await running.stop();
    const late = (await objects.create(podNamed('aaaaa', 1))) as Pod;
    await gone(late);
    expect(lines).toEqual([]);
  });

  it('leave pods alone that are not the kubelet’s', async () => {
    const running = await start();
    const mine = podNamed('aaaaa', 1);
    const { finalizers, ...metadata } = mine.metadata;
    const foreign = (await objects.create({ ...mine, metadata: { ...metadata, name: 'foreign' } })) as Pod;
    const own = (await objects.create(mine)) as Pod;
    await waitFor('the own one to be seen', async () =>
      (await running.usage()).some(({ pod }) => pod.metadata.name === own.metadata.name),
    );
    expect((await running.usage()).map(({ pod }) => pod.metadata.name)).toEqual([own.metadata.name]);
    expect(await objects.get(refOf(foreign))).toEqual(foreign);
  });
});
