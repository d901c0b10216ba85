import { describe, expect, it } from 'vitest';
import type { Pod } from '../api/kubernetes.ts';
import { NEW_POD, type PodView, podStatus, readyCondition, terminated } from './pod-status.ts';

const pod = (status?: Pod['status']): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-1', namespace: 'prod' },
  spec: { containers: [{ name: 'app', image: 'web:1' }] },
  ...(status === undefined ? {} : { status }),
});
const running: PodView = {
  ...NEW_POD,
  state: { running: { startedAt: '2026-01-01T00:00:00.000Z' } },
  started: true,
  message: 'why',
};
const T = [0, 60_000, 120_000] as const;

describe('the status of a pod', () => {
  it('moves lastTransitionTime only when the condition’s status changes', () => {
    const first = podStatus(pod(), running, T[0]);
    const second = podStatus(pod(first), { ...running, message: 'another reason' }, T[1]);
    expect(readyCondition(pod(second))).toEqual({
      type: 'Ready',
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'another reason',
      lastTransitionTime: '1970-01-01T00:00:00.000Z',
    });
    const third = podStatus(pod(second), { ...running, ready: true }, T[2]);
    expect(readyCondition(pod(third))).toEqual({
      type: 'Ready',
      status: 'True',
      lastTransitionTime: '1970-01-01T00:02:00.000Z',
    });
    expect(third.startTime).toBe(first.startTime);
  });

  it('is Pending until a container has run', () => {
    expect(podStatus(pod(), NEW_POD, 0).phase).toBe('Pending');
    expect(podStatus(pod(), running, 0).phase).toBe('Running');
    const crashed: PodView = { ...NEW_POD, lastState: { terminated: { exitCode: 1 } } };
    expect(podStatus(pod(), crashed, 0).phase).toBe('Running');
  });

  it('tells an end as Kubernetes does', () => {
    expect(terminated({ kind: 'exited', code: 0, at: 5 }, 1, '')).toEqual({
      exitCode: 0,
      reason: 'Completed',
      startedAt: '1970-01-01T00:00:00.001Z',
      finishedAt: '1970-01-01T00:00:00.005Z',
    });
    expect(terminated({ kind: 'exited', code: 2, at: 5 }, 1, 'last words', 'probe failed')).toMatchObject({
      exitCode: 2,
      reason: 'Error',
      message: 'probe failed\nlast words',
    });
    expect(terminated({ kind: 'signalled', signal: 'SIGSEGV', at: 5 }, 1, '')).toMatchObject({
      exitCode: 139,
      signal: 11,
    });
    expect(terminated({ kind: 'notStarted', message: 'no such file', at: 5 }, 1, '')).toMatchObject({
      exitCode: 128,
      reason: 'StartError',
      message: 'no such file',
    });
  });
});
