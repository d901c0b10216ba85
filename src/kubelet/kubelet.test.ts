import { describe, expect, it } from 'vitest';
import { DEPLOYMENT, kubeletWorld } from '../../test/support/kubelet-world.ts';
import { waitFor } from '../../test/support/wait.ts';
import type { Deployment, Pod } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import { systemClock } from '../lib/clock.ts';
import { isReady } from './pod-status.ts';

const scaledTo = (replicas: number) => (object: object) => {
  const deployment = object as Deployment;
  return { ...deployment, spec: { ...deployment.spec, replicas } };
};

/** A new template: the same server with one more environment variable. */
const withEnv = (name: string, value: string) => (object: object) => {
  const deployment = object as Deployment;
  const [container] = deployment.spec.template.spec.containers;
  const containers = [{ ...container!, env: [{ name, value }] }];
  const template = { ...deployment.spec.template, spec: { ...deployment.spec.template.spec, containers } };
  return { ...deployment, spec: { ...deployment.spec, template } };
};

const isLeaving = (pod: Pod) => pod.metadata.deletionTimestamp !== undefined;

describe.concurrent('a Deployment', () => {
  it('runs as processes, each with ports, environment and status of its own', async () => {
    await using world = await kubeletWorld({
      serviceEnv: (pod) => ({ PEER: `http://peer-of-${pod.metadata.labels?.['app']}` }),
    });
    await world.objects.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'prod' },
      data: { MODE: 'calm' },
    });
    await world.create({
      spec: { replicas: 2 },
      container: {
        args: ['--name=$(NAME)'],
        env: [{ name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        envFrom: [{ configMapRef: { name: 'settings' } }],
      },
    });
    const pods = await world.readyPods(2);
    const answers = await Promise.all(pods.map((pod) => world.ask(pod)));
    for (const [index, pod] of pods.entries()) {
      const { hostPort } = pod.spec.containers[0]!.ports![0]!;
      expect(answers[index]).toMatchObject({
        argv: [`--name=${pod.metadata.name}`],
        env: { MODE: 'calm', PEER: 'http://peer-of-web', PORT: `${hostPort}`, PORT_HTTP: `${hostPort}` },
      });
      expect(pod.status).toMatchObject({
        phase: 'Running',
        podIP: '127.0.0.1',
        containerStatuses: [{ name: 'app', ready: true, started: true, restartCount: 0, state: { running: {} } }],
      });
      await world.pidOf(pod);
    }
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(2);
    expect(answers[0]?.env).not.toHaveProperty('HOME');
    await waitFor('the status', async () => (await world.status()).availableReplicas === 2);
    expect(await world.status()).toMatchObject({
      observedGeneration: 1,
      replicas: 2,
      readyReplicas: 2,
      updatedReplicas: 2,
      unavailableReplicas: 0,
      conditions: [{ type: 'Available', status: 'True' }],
    });
    expect(world.lines.filter((line) => line.endsWith('stdout: listening'))).toHaveLength(2);
    expect(world.troubles).toEqual([]);
  });

  it('runs the command it is given from outside instead of its own', async () => {
    const run = new Map([['web', `'${process.execPath}' server.mjs --port=$(PORT) "two words"`]]);
    await using world = await kubeletWorld({ run });
    await world.create({ container: { command: ['/no/such/program'] } });
    const [pod] = await world.readyPods(1);
    const { argv, env } = await world.ask(pod!);
    expect(argv).toEqual([`--port=${env['PORT']}`, 'two words']);
  });

  it('is ready only while its pods’ readiness probes say so', async () => {
    await using world = await kubeletWorld();
    await world.create({ container: { env: [{ name: 'NOT_READY', value: '1' }] } });
    const [pod] = await waitFor('a running pod', async () => {
      const pods = await world.pods();
      return pods[0]?.status?.conditions?.some(({ message }) => message?.includes('503')) && pods;
    });
    expect(pod?.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'readiness probe failed: GET /ready answered 503',
    });
    expect(await world.status()).toMatchObject({
      replicas: 1,
      readyReplicas: 0,
      conditions: [{ type: 'Available', status: 'False' }],
    });
    await world.ask(pod!, '/set?ready=1');
    await world.readyPods(1);
    await waitFor('the status', async () => (await world.status()).readyReplicas === 1);
    await world.ask(pod!, '/set?ready=0');
    await waitFor('the status', async () => (await world.status()).readyReplicas === 0);
    await world.pidOf(pod!);
  });

  it('scales up and down, and what it gives up ends', async () => {
    await using world = await kubeletWorld();
    await world.create();
    const [first] = await world.readyPods(1);
    const firstPid = await world.pidOf(first!);
    await world.change(DEPLOYMENT, scaledTo(3));
    const three = await world.readyPods(3);
    const pids = await Promise.all(three.map((pod) => world.pidOf(pod)));
    await world.change(DEPLOYMENT, scaledTo(1));
    const [kept] = await world.readyPods(1);
    const keptPid = await world.pidOf(kept!);
    await world.ended(...pids.filter((pid) => pid !== keptPid));
    expect(pids).toContain(firstPid);
    await world.change(DEPLOYMENT, scaledTo(0));
    await world.ended(keptPid);
    await waitFor('no pods', async () => (await world.pods()).length === 0);
    await waitFor('the status', async () => (await world.status()).replicas === 0);
    expect((await world.status()).observedGeneration).toBe(4);
  });

  it('rolls to a new template without ever being a pod short, and old processes end', async () => {
    await using world = await kubeletWorld();
    await world.create({ spec: { replicas: 2, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } } });
    const old = await world.readyPods(2);
    const oldPids = await Promise.all(old.map((pod) => world.pidOf(pod)));
    const begun = world.history.length;
    await world.change(DEPLOYMENT, withEnv('VERSION', 'two'));
    const fresh = await waitFor('two new pods', async () => {
      const pods = await world.pods();
      return (
        pods.length === 2 &&
        pods.every((pod) => isReady(pod) && !old.some(({ metadata }) => metadata.name === pod.metadata.name)) &&
        pods
      );
    });
    expect(await Promise.all(fresh.map(async (pod) => (await world.ask(pod)).env['VERSION']))).toEqual(['two', 'two']);
    await world.ended(...oldPids);
    expect(new Set([...old, ...fresh].map((pod) => pod.metadata.labels?.['pod-template-hash'])).size).toBe(2);

    const now = new Map(old.map((pod) => [pod.metadata.name, pod]));
    for (const pod of world.history.slice(begun)) {
      now.set(pod.metadata.name, pod);
      const serving = [...now.values()].filter((one) => isReady(one) && !isLeaving(one));
      const living = [...now.values()].filter((one) => !isLeaving(one));
      expect(serving.length).toBeGreaterThanOrEqual(2);
      expect(living.length).toBeLessThanOrEqual(3);
    }
    await waitFor('the status', async () => (await world.status()).updatedReplicas === 2);
    expect((await world.status()).observedGeneration).toBe(2);
  });

  it('keeps the old pods when the new template never becomes ready', async () => {
    await using world = await kubeletWorld();
    await world.create();
    const [old] = await world.readyPods(1);
    await world.change(DEPLOYMENT, withEnv('NOT_READY', '1'));
    await waitFor('a new pod that fails its probe', async () =>
      (await world.pods()).some(({ status }) => status?.conditions?.some(({ message }) => message?.includes('503'))),
    );
    expect((await world.readyPods(1))[0]?.metadata.name).toBe(old?.metadata.name);
    expect(await world.status()).toMatchObject({ replicas: 2, updatedReplicas: 1, readyReplicas: 1 });
  });

  it('counts a pod as available only after minReadySeconds', async () => {
    await using world = await kubeletWorld({ clock: systemClock });
    await world.create({ spec: { minReadySeconds: 1 } });
    await waitFor('a ready pod', async () => (await world.status()).readyReplicas === 1);
    expect((await world.status()).availableReplicas).toBe(0);
    const [pod] = await world.readyPods(1);
    await waitFor('an available pod', async () => (await world.status()).availableReplicas === 1);
    const since = Date.parse(pod!.status!.conditions!.find(({ type }) => type === 'Ready')!.lastTransitionTime!);
    expect(Date.now() - since).toBeGreaterThanOrEqual(1000);
  });

  it('takes its pods along when it is removed', async () => {
    await using world = await kubeletWorld();
    await world.create({ spec: { replicas: 2 } });
    const pids = await Promise.all((await world.readyPods(2)).map((pod) => world.pidOf(pod)));
    await world.objects.remove(DEPLOYMENT);
    await world.ended(...pids);
    await waitFor('no pods', async () => (await world.pods()).length === 0);
  });

  it('replaces a pod that somebody removes', async () => {
    await using world = await kubeletWorld();
    await world.create();
    const [first] = await world.readyPods(1);
    const pid = await world.pidOf(first!);
    await world.objects.remove(refOf(first!));
    await world.ended(pid);
    await waitFor('the object to go', async () => (await world.objects.get(refOf(first!))) === undefined);
    const [second] = await world.readyPods(1);
    expect(second?.metadata.name).not.toBe(first?.metadata.name);
    expect(world.lines).toContain(`${first?.metadata.name} stdout: got SIGTERM`);
  });

  it('that cannot run here says why in its status, and starts nothing', async () => {
    await using world = await kubeletWorld();
    await world.create({ pod: { initContainers: [{ name: 'migrate', command: ['x'] }] } });
    await waitFor('the condition', async () =>
      (await world.status()).conditions?.some((known) => {
        const { type, status, message } = known as { type: string; status: string; message: string };
        return type === 'ReplicaFailure' && status === 'True' && message.includes('spec.template.spec.initContainers');
      }),
    );
    expect(await world.pods()).toEqual([]);
  });
});
