import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type KubeletWorld, kubeletWorld } from '../../test/support/kubelet-world.ts';
import { waitFor } from '../../test/support/wait.ts';
import type { Pod } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import { isReady } from './pod-status.ts';

/** The object goes last: after the process, and after its output has been read. */
const goneFrom = (world: KubeletWorld, pod: Pod) =>
  waitFor('the object to go', async () => (await world.objects.get(refOf(pod))) === undefined);

describe.concurrent('a pod that is to go', () => {
  it('is marked and unready first; its process hears of it only when nobody sends any more', async () => {
    const drained = Promise.withResolvers<void>();
    const asked: Pod[] = [];
    await using world = await kubeletWorld({
      drained: (pod) => {
        asked.push(pod);
        return drained.promise;
      },
    });
    await world.create();
    const [pod] = await world.readyPods(1);
    const pid = await world.pidOf(pod!);
    await world.objects.remove(refOf(pod!));
    const marked = await waitFor('the mark', async () =>
      (await world.pods()).find(
        ({ metadata, status }) =>
          metadata.deletionTimestamp && status?.conditions?.some(({ reason }) => reason === 'Terminating'),
      ),
    );
    expect(isReady(marked)).toBe(false);
    await waitFor('the question whether it is drained', () => asked.length === 1);
    // It still serves what is on its way, and has been told nothing.
    expect((await world.ask(pod!)).pid).toBe(pid);
    expect(world.lines.some((line) => line.includes('SIGTERM'))).toBe(false);
    drained.resolve();
    await world.ended(pid);
    await goneFrom(world, pod!);
    expect(world.lines).toContain(`${pod?.metadata.name} stdout: got SIGTERM`);
    const last = world.history.filter(({ metadata }) => metadata.name === pod?.metadata.name).at(-1);
    expect(last?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
  });

  it('gets its preStop before SIGTERM, and time to finish afterwards', async () => {
    await using world = await kubeletWorld();
    await world.create({
      container: {
        lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', 'echo "$NAME" > prestop'] } } },
        env: [
          { name: 'NAME', value: 'the container’s own' },
          { name: 'SLOW_STOP', value: '300' },
        ],
      },
    });
    const [pod] = await world.readyPods(1);
    const { pid, cwd } = await world.ask(pod!);
    const asked = Date.now();
    await world.objects.remove(refOf(pod!));
    await world.ended(pid);
    await goneFrom(world, pod!);
    expect(Date.now() - asked).toBeGreaterThanOrEqual(300);
    expect(readFileSync(`${cwd}/prestop`, 'utf8')).toBe('the container’s own\n');
    const last = world.history.filter(({ metadata }) => metadata.name === pod?.metadata.name).at(-1);
    expect(last?.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(0);
  });

  it('is killed after its grace period when it does not listen, with its children', async () => {
    await using world = await kubeletWorld();
    await world.create({
      container: { env: [{ name: 'IGNORE_TERM', value: '1' }] },
      pod: { terminationGracePeriodSeconds: 1 },
    });
    const [pod] = await world.readyPods(1);
    const pid = await world.pidOf(pod!);
    const child = await world.ask<{ pid: number }>(pod!, '/child');
    const escaped = await world.ask<{ pid: number }>(pod!, '/child?escape=1');
    await world.objects.remove(refOf(pod!));
    await world.ended(pid, child.pid, escaped.pid);
    await goneFrom(world, pod!);
    const last = world.history.filter(({ metadata }) => metadata.name === pod?.metadata.name).at(-1);
    expect(last?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 137, signal: 9 });
    expect(world.lines).toContain(`${pod?.metadata.name} stdout: got SIGTERM`);
  });

  it('has one grace period: draining, preStop and SIGTERM share it', async () => {
    await using world = await kubeletWorld({ drained: () => new Promise(() => {}) });
    await world.create({
      container: {
        env: [{ name: 'IGNORE_TERM', value: '1' }],
        lifecycle: { preStop: { exec: { command: ['/bin/sh', '-c', 'echo ran > prestop'] } } },
      },
      pod: { terminationGracePeriodSeconds: 12 },
    });
    const [pod] = await world.readyPods(1);
    const { pid, cwd } = await world.ask(pod!);
    const asked = Date.now();
    await world.objects.remove(refOf(pod!));
    await world.ended(pid);
    // This clock's twelve seconds are three; two periods would be six.
    expect(Date.now() - asked).toBeGreaterThanOrEqual(2900);
    expect(Date.now() - asked).toBeLessThan(5500);
    expect(readFileSync(`${cwd}/prestop`, 'utf8')).toBe('ran\n');
    expect(world.lines).toContain(`${pod?.metadata.name} stdout: got SIGTERM`);
    // The pod in its place need not take as long.
    await world.kubelet.stop({ graceMs: 100 });
  });

  it('ends although nobody can say whether it is drained', async () => {
    await using world = await kubeletWorld({ drained: () => Promise.reject(new Error('the mesh is gone')) });
    await world.create();
    const [pod] = await world.readyPods(1);
    const pid = await world.pidOf(pod!);
    await world.objects.remove(refOf(pod!));
    await world.ended(pid);
    expect(world.troubles).toEqual([expect.stringContaining('the mesh is gone')]);
  });

  it('goes at once when it has no process to end', async () => {
    await using world = await kubeletWorld({ backoff: { baseMs: 60_000, capMs: 60_000, resetAfterMs: 60_000 } });
    await world.create({ container: { env: [{ name: 'CRASH', value: '1' }] } });
    await waitFor('the crash loop', async () =>
      (await world.pods()).some(
        ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'CrashLoopBackOff',
      ),
    );
    const [pod] = await world.pods();
    await world.objects.remove(refOf(pod!));
    await goneFrom(world, pod!);
  });
});
