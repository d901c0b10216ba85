import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { kubeletWorld } from '../../test/support/kubelet-world.ts';
import { serverFixture } from '../../test/support/server-fixture.ts';
import { isAlive, waitFor } from '../../test/support/wait.ts';
import { refOf } from '../api/object.ts';
import { readProcesses } from './process-table.ts';

describe.concurrent('stopping the kubelet', () => {
  it('ends every process, stubborn and escaped children included, removes the pods and closes its page', async () => {
    await using world = await kubeletWorld();
    await world.create({ spec: { replicas: 2 } });
    const pods = await world.readyPods(2);
    const pids = await Promise.all(pods.map((pod) => world.pidOf(pod)));
    const children = await Promise.all(
      ['/child', '/child?escape=1'].map((path) => world.ask<{ pid: number }>(pods[0]!, path)),
    );
    const again = world.kubelet.stop();
    await world.kubelet.stop();
    await again;
    expect([...pids, ...children.map(({ pid }) => pid)].filter(isAlive)).toEqual([]);
    expect(await world.pods()).toEqual([]);
    await expect(fetch(world.kubelet.metricsUrl)).rejects.toThrow();
    await world.kubelet.done;
    expect(world.lines.filter((line) => line.endsWith('got SIGTERM'))).toHaveLength(2);
  });

  it('waits no longer than it is told to', async () => {
    await using world = await kubeletWorld();
    await world.create({
      container: { env: [{ name: 'IGNORE_TERM', value: '1' }] },
      pod: { terminationGracePeriodSeconds: 600 },
    });
    const [pod] = await world.readyPods(1);
    const pid = await world.pidOf(pod!);
    await world.kubelet.stop({ graceMs: 100 });
    expect(isAlive(pid)).toBe(false);
  });

  it.each([
    ['for its traffic', () => new Promise<void>(() => {})],
    ['for a process that does not listen', () => Promise.resolve()],
  ])('waits no longer either when a pod is on its way out already, and waits %s', async (_, drained) => {
    await using world = await kubeletWorld({ drained });
    await world.create({
      container: { env: [{ name: 'IGNORE_TERM', value: '1' }] },
      pod: { terminationGracePeriodSeconds: 600 },
    });
    const [pod] = await world.readyPods(1);
    const pid = await world.pidOf(pod!);
    await world.objects.remove(refOf(pod!));
    await waitFor('the mark', async () => (await world.pods()).some(({ metadata }) => metadata.deletionTimestamp));
    await world.kubelet.stop({ graceMs: 100 });
    expect(isAlive(pid)).toBe(false);
  });

  it('before anything has become ready ends that too', async () => {
    await using world = await kubeletWorld();
    // A name that only these processes have.
    const mark = `mark-${randomUUID()}`;
    await world.create({ spec: { replicas: 3 }, container: { args: [mark] } });
    await waitFor('a process', () => processesNamed(mark).length > 0);
    await world.kubelet.stop({ graceMs: 100 });
    expect(processesNamed(mark)).toEqual([]);
  });
});

describe('a stopped kubelet', () => {
  it('has left no child of this process behind, its guard included', async () => {
    const children = async () =>
      (await readProcesses()()).filter(({ parent }) => parent === process.pid).map(({ pid }) => pid);
    const before = await children();
    const world = await kubeletWorld();
    await world.create();
    await world.readyPods(1);
    expect((await children()).length).toBeGreaterThan(before.length);
    await world.kubelet.stop();
    const stayed = (await children()).filter((pid) => !before.includes(pid) && isAlive(pid));
    await world[Symbol.asyncDispose]();
    expect(stayed).toEqual([]);
  });
});

const processesNamed = (mark: string): readonly string[] =>
  spawnSync('ps', ['-A', '-o', 'args='], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((line) => line.includes(mark));

describe.concurrent('a kubelet whose own process dies', () => {
  const parts = ['./kubelet.ts', '../objects/memory/memory.ts', '../api/kinds.ts'].map(
    (part) => new URL(part, import.meta.url).href,
  );
  const PARENT = `
    const [kubelet, memory, kinds, cwd, command] = process.argv.slice(1);
    const { startKubelet } = await import(kubelet);
    const { createMemoryObjects } = await import(memory);
    const { kindOf, validate } = await import(kinds);
    const clock = { now: Date.now, sleep: (ms, signal) => new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener('abort', () => { clearTimeout(timer); resolve(); });
    }) };
    let uids = 0;
    const objects = createMemoryObjects({ clock, uid: () => 'uid-' + ++uids, kinds: kindOf, validate });
    await startKubelet({ objects, clock, random: Math.random, cwd, baseEnv: process.env, onLine: ({ text }) => console.log(text) });
    await objects.create({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: {
      replicas: 2, selector: {}, template: { spec: { containers: [{ name: 'app', command: JSON.parse(command) }] } } } });
  `;

  it.each(['SIGTERM', 'SIGKILL'] as const)('by %s leaves no process behind', async (signal) => {
    using fixture = serverFixture();
    const script = 'process.on("SIGTERM", () => {}); console.log("pid", process.pid); setInterval(() => {}, 1e6)';
    const command = JSON.stringify([process.execPath, '-e', script]);
    const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT, ...parts, fixture.dir, command], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    parent.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    const pids = await waitFor('two pods', () => {
      const found = [...text.matchAll(/pid (\d+)\n/g)].map(([, pid]) => Number(pid));
      return found.length === 2 && found;
    });
    expect(pids.map(isAlive)).toEqual([true, true]);
    parent.kill(signal);
    await once(parent, 'exit');
    await waitFor('both to end', () => !pids.some(isAlive));
  });
});
