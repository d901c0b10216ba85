import { describe, expect, it } from 'vitest';
import type { Deployment, Pod } from '../api/kubernetes.ts';
import { refusalOf, troubleOf } from './pod-trouble.ts';

const UNREADY = [
  { type: 'PodScheduled', status: 'True' },
  { type: 'Ready', status: 'False', message: 'containers with unready status: [app]' },
];
const READY = [{ type: 'Ready', status: 'True' }];

const pod = (status: object, metadata: object = {}): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'v2-abc', namespace: 'prod', ...metadata },
    spec: { containers: [{ name: 'app' }] },
    status: { conditions: UNREADY, ...status },
  }) as unknown as Pod;

const container = (status: object) => pod({ containerStatuses: [{ name: 'app', restartCount: 0, ...status }] });
const waiting = (reason: string, message?: string) =>
  container({ state: { waiting: message === undefined ? { reason } : { reason, message } } });
const killed = (reason: string, finishedAt: string, message = '') => ({
  terminated: { exitCode: 137, reason, finishedAt, message },
});
const NOON = '2026-01-01T12:00:00Z';
const AFTER_NOON = '2026-01-01T12:00:01Z';

describe('the trouble of a pod', () => {
  it('is none when it is ready, on its way out, or evicted and replaced', () => {
    expect(troubleOf(pod({ conditions: READY }))).toBeUndefined();
    expect(troubleOf(pod({}, { deletionTimestamp: NOON }))).toBeUndefined();
    expect(troubleOf(pod({ phase: 'Failed', reason: 'Evicted' }))).toBeUndefined();
  });

  it('is a crash loop from the second restart on, with the exit code and the last words of its container', () => {
    const crashing = (restartCount: number) =>
      container({
        restartCount,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 1, reason: 'Error', message: 'starting\nno database at db:5432\n' } },
      });
    expect(troubleOf(crashing(1))).toMatchObject({ reason: 'NotStarted' });
    expect(troubleOf(crashing(2))).toEqual({
      reason: 'CrashLoop',
      message: 'v2-abc, container app: restarted 2 times, last exit code 1 (Error): starting / no database at db:5432',
      hopeless: true,
    });
  });

  it('keeps the end of long last words and the beginning of a long sentence', () => {
    const long = `${'.'.repeat(5000)}the cause`;
    const looping = container({
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1, message: long } },
    });
    expect(troubleOf(looping)?.message).toMatch(/…\.+the cause$/);
    expect(troubleOf(looping)?.message.length).toBeLessThan(400);
    expect(troubleOf(waiting('ErrImagePull', `no such image ${long}`))?.message).toMatch(/: no such image \.+…$/);
  });

  it('is that it is killed for memory again and again, also between two kills, but not for kills of long ago', () => {
    const since = Date.parse(NOON);
    const backingOff = container({
      restartCount: 2,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: killed('OOMKilled', NOON),
    });
    expect(troubleOf(backingOff)).toMatchObject({ reason: 'OOMKilled', hopeless: true });
    const running = (finishedAt: string, restartCount = 2) => ({
      ...container({ restartCount, state: { running: {} }, lastState: killed('OOMKilled', finishedAt) }),
    });
    expect(troubleOf(running(AFTER_NOON), since)).toMatchObject({ reason: 'OOMKilled', hopeless: true });
    expect(troubleOf(running('2026-01-01T11:00:00Z'), since)).toMatchObject({ reason: 'Unready' });
    expect(troubleOf(running(AFTER_NOON, 1), since)).toMatchObject({ reason: 'Unready' });
  });

  it.each([
    ['ErrImagePull', 'ImagePullFailed', false],
    ['ImagePullBackOff', 'ImagePullFailed', false],
    ['InvalidImageName', 'ImagePullFailed', true],
    ['CreateContainerConfigError', 'ContainerConfigError', false],
    ['CreateContainerError', 'ContainerConfigError', false],
    ['RunContainerError', 'ContainerConfigError', false],
    ['ContainerCreating', 'NotStarted', false],
  ])('that waits for %s is %s, with what the kubelet says', (said, reason, hopeless) => {
    const trouble = troubleOf(waiting(said, 'secret "db" not found'));
    expect(trouble).toMatchObject({ reason, ...(hopeless ? { hopeless } : {}) });
    expect(trouble?.hopeless).toBe(hopeless ? true : undefined);
    expect(trouble?.message).toContain('secret "db" not found');
  });

  it('is told of init containers as of others', () => {
    const initContainerStatuses = [
      {
        name: 'migrate',
        restartCount: 4,
        state: { waiting: { reason: 'CrashLoopBackOff' } },
        lastState: { terminated: { exitCode: 3 } },
      },
    ];
    const stuck = pod({ initContainerStatuses, containerStatuses: [{ name: 'app', state: { waiting: {} } }] });
    expect(troubleOf(stuck)).toMatchObject({ reason: 'CrashLoop', message: expect.stringContaining('migrate') });
  });

  it('is that no node takes it, in the words of the scheduler', () => {
    const message = '0/3 nodes are available: 3 Insufficient cpu.';
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
    expect(troubleOf(pod({ conditions }))).toEqual({ reason: 'Unschedulable', message: `v2-abc: ${message}` });
  });

  it('is that it runs and is not ready, with what its condition says', () => {
    expect(troubleOf(container({ state: { running: {} } }))).toEqual({
      reason: 'Unready',
      message: 'v2-abc: runs and is not ready: containers with unready status: [app]',
    });
  });
});

describe('a Deployment whose pods are refused', () => {
  const refused = (message: string): Deployment =>
    ({
      metadata: { name: 'checkout-v2' },
      status: { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }] },
    }) as unknown as Deployment;

  it('says so in the words of the API server, a quota apart from the rest', () => {
    const quota = 'pods "v2-abc" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=4, limited: pods=4';
    expect(refusalOf(refused(quota))).toEqual({ reason: 'QuotaExceeded', message: `checkout-v2: ${quota}` });
    const security = 'pods "v2-abc" is forbidden: violates PodSecurity "restricted:latest"';
    expect(refusalOf(refused(security))).toMatchObject({ reason: 'PodsRefused' });
  });

  it('is told from one whose refusal is over', () => {
    const over = { type: 'ReplicaFailure', status: 'False', message: 'exceeded quota: pods' };
    expect(refusalOf({ status: { conditions: [over] } } as unknown as Deployment)).toBeUndefined();
  });
});
