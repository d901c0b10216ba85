import { describe, expect, it } from 'vitest';
import { DEPLOYMENT, type KubeletWorld, kubeletWorld } from '../../test/support/kubelet-world.ts';
import { waitFor } from '../../test/support/wait.ts';
import type { Deployment, Pod } from '../api/kubernetes.ts';
import { systemClock } from '../lib/clock.ts';
import { type Fault, PASS, withFaults } from '../objects/faults.ts';
import type { Objects } from '../objects/objects.ts';

const containerOf = (pod: Pod | undefined) => pod?.status?.containerStatuses?.[0];

const podWhere = (world: KubeletWorld, what: string, test: (pod: Pod) => boolean | undefined) =>
  waitFor(what, async () => (await world.pods()).find(test));

/** The connection breaks with the process. */
const crash = (world: KubeletWorld, pod: Pod, code: number) =>
  expect(world.ask(pod, `/crash?code=${code}`)).rejects.toThrow();

describe.concurrent('a container that ends', () => {
  it('is started again in the same pod, on the same port, and its end is in the status', async () => {
    await using world = await kubeletWorld();
    await world.create();
    const [before] = await world.readyPods(1);
    const firstPid = await world.pidOf(before!);
    await crash(world, before!, 3);
    await podWhere(world, 'the restart', (pod) => containerOf(pod)?.restartCount === 1 && containerOf(pod)?.ready);
    const [after] = await world.readyPods(1);
    expect(after?.metadata.uid).toBe(before?.metadata.uid);
    expect(after?.spec).toEqual(before?.spec);
    expect(containerOf(after)).toMatchObject({
      restartCount: 1,
      state: { running: { startedAt: expect.stringMatching(/Z$/) } },
      lastState: { terminated: { exitCode: 3, reason: 'Error', message: 'listening\ncrash ordered' } },
    });
    expect(await world.pidOf(after!)).not.toBe(firstPid);
    expect(world.kubelet.lastLines('prod', after!.metadata.name)).toEqual(['listening', 'crash ordered', 'listening']);
    expect(world.troubles).toEqual([expect.stringContaining('ended with code 3')]);
    // While it was down it was not ready, although the pod stayed.
    const between = world.history.filter((pod) => containerOf(pod)?.state?.terminated?.exitCode === 3);
    expect(between.every((pod) => containerOf(pod)?.ready === false)).toBe(true);
    expect(between.length).toBeGreaterThan(0);
  });

  it('again and again waits longer each time, and says that it is in a crash loop and why', async () => {
    await using world = await kubeletWorld();
    await world.create({ container: { env: [{ name: 'CRASH', value: '9' }] } });
    await podWhere(world, 'four restarts', (pod) => (containerOf(pod)?.restartCount ?? 0) >= 4);
    const waits = world.history.map((pod) => containerOf(pod)?.state?.waiting);
    const told = waits.filter((one) => one?.reason === 'CrashLoopBackOff').map((one) => one?.message?.split(' ')[1]);
    expect([...new Set(told)].slice(0, 3)).toEqual(['0.05s', '0.1s', '0.2s']);
    const looping = world.history.find((pod) => containerOf(pod)?.state?.waiting?.reason === 'CrashLoopBackOff');
    expect(containerOf(looping)).toMatchObject({
      ready: false,
      lastState: { terminated: { exitCode: 9, message: 'crashing as told' } },
    });
    expect(looping?.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      message: 'the container ended with code 9',
    });
    expect((await world.status()).readyReplicas).toBe(0);
  });

  it('by a signal from outside is told by it', async () => {
    await using world = await kubeletWorld();
    await world.create();
    const [pod] = await world.readyPods(1);
    process.kill(await world.pidOf(pod!), 'SIGKILL');
    const after = await podWhere(world, 'the restart', (one) => containerOf(one)?.restartCount === 1);
    expect(containerOf(after)?.lastState?.terminated).toMatchObject({ exitCode: 137, signal: 9, reason: 'Error' });
  });

  it('because its liveness probe gave up is ended in good order and started again', async () => {
    await using world = await kubeletWorld();
    await world.create({
      container: {
        startupProbe: {
          httpGet: { path: '/live', port: 'http' },
          periodSeconds: 1,
          timeoutSeconds: 10,
          failureThreshold: 60,
        },
        livenessProbe: {
          httpGet: { path: '/live', port: 'http' },
          periodSeconds: 1,
          timeoutSeconds: 10,
          failureThreshold: 1,
        },
      },
    });
    const [pod] = await world.readyPods(1);
    const pid = await world.pidOf(pod!);
    await world.ask(pod!, '/set?live=0');
    const after = await podWhere(world, 'the restart', (one) => containerOf(one)?.restartCount === 1);
    expect(containerOf(after)?.lastState?.terminated?.message).toBe(
      'liveness probe failed: GET /live answered 503\nlistening\ngot SIGTERM',
    );
    await world.ended(pid);
    await world.readyPods(1);
  });

  it('takes its children along, also those in sessions of their own', async () => {
    await using world = await kubeletWorld();
    await world.create();
    const [pod] = await world.readyPods(1);
    const inGroup = await world.ask<{ pid: number }>(pod!, '/child');
    const escaped = await world.ask<{ pid: number }>(pod!, '/child?escape=1');
    // A look at the process table while the parent lives, as every scrape is one.
    await fetch(world.kubelet.metricsUrl).then((answer) => answer.text());
    await crash(world, pod!, 1);
    await world.ended(inGroup.pid, escaped.pid);
  });
});

describe.concurrent('a container that cannot start', () => {
  it('for want of its program says so and is tried again', async () => {
    await using world = await kubeletWorld();
    await world.create({ container: { command: ['/no/such/program'] } });
    const pod = await podWhere(world, 'two attempts', (one) => (containerOf(one)?.restartCount ?? 0) >= 2);
    expect(containerOf(pod)?.lastState?.terminated).toMatchObject({
      exitCode: 128,
      reason: 'StartError',
      message: expect.stringContaining('/no/such/program'),
    });
  });

  it('for want of a ConfigMap waits for it, and starts when it is there', async () => {
    await using world = await kubeletWorld();
    await world.create({ container: { envFrom: [{ configMapRef: { name: 'late' } }] } });
    const waiting = await podWhere(
      world,
      'the reason',
      (one) => containerOf(one)?.state?.waiting?.reason === 'CreateContainerConfigError',
    );
    expect(containerOf(waiting)?.state?.waiting?.message).toContain('ConfigMap "late" does not exist');
    expect(waiting.status?.phase).toBe('Pending');
    await world.objects.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'late', namespace: 'prod' },
      data: { NOW: 'here' },
    });
    const [pod] = await world.readyPods(1);
    expect((await world.ask(pod!)).env['NOW']).toBe('here');
    expect(containerOf(pod)?.restartCount).toBe(0);
  });
});

describe.concurrent('when the API server is away', () => {
  it('pods run on, and what happened meanwhile is written when it is back', async () => {
    let away = false;
    const plan = (): Fault => (away ? { kind: 'fail', reason: 'Unavailable' } : PASS);
    const wrap = (objects: Objects) => withFaults(objects, plan, systemClock).objects;
    await using world = await kubeletWorld({ wrap });
    await world.create();
    const [pod] = await world.readyPods(1);
    away = true;
    await crash(world, pod!, 5);
    await waitFor('complaints', () => world.troubles.some((line) => line.includes('injected')));
    expect(containerOf((await world.pods())[0])?.restartCount).toBe(0);
    away = false;
    await podWhere(world, 'the restart', (one) => containerOf(one)?.restartCount === 1 && containerOf(one)?.ready);
    const pid = await world.pidOf(pod!);
    await world.change(DEPLOYMENT, (object) => ({ ...object, spec: { ...(object as Deployment).spec, replicas: 2 } }));
    await world.readyPods(2);
    away = true;
    await world.kubelet.stop();
    await world.ended(pid);
    away = false;
  });
});
