import { describe, expect, it } from 'vitest';
import type { Pod } from '../api/kubernetes.ts';
import { toTime } from '../lib/time.ts';
import { watchCrashes } from './crashes.ts';

const T = 1_700_000_000_000;

interface State {
  readonly ready?: boolean;
  /** When Ready last changed. */
  readonly since?: number;
  readonly restarts?: number;
  readonly finished?: number;
  readonly running?: boolean;
  readonly leaving?: boolean;
}

function pod({ ready = false, since = 0, restarts = 0, finished, running = true, leaving = false }: State): Pod {
  const terminated = finished === undefined ? undefined : { exitCode: 1, finishedAt: toTime(T + finished) };
  const state = running ? { running: {} } : { waiting: { reason: 'CrashLoopBackOff' } };
  const container = { name: 'app', restartCount: restarts, state, ...(terminated && { lastState: { terminated } }) };
  const condition = { type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: toTime(T + since) };
  const metadata = { name: 'a', ...(leaving && { deletionTimestamp: toTime(T) }) };
  return { metadata, status: { conditions: [condition], containerStatuses: [container] } } as unknown as Pod;
}

/** Looks every 50 ms; times of what is told count from the beginning. */
function told(...states: (State | undefined)[]) {
  const watch = watchCrashes(() => 'canary');
  return states.flatMap((state, index) =>
    watch
      .look(state === undefined ? [] : [pod(state)], T + index * 50)
      .map(({ from, to, ...rest }) => ({ ...rest, from: from - T, ...(to === undefined ? {} : { to: to - T }) })),
  );
}

const UP = { ready: true };
const crash = (from: number, to?: number) => ({
  pod: 'a',
  version: 'canary',
  from,
  ...(to === undefined ? {} : { to }),
});

describe('the watch for crashes', () => {
  it('tells a crash from when the process ended, not from when it was looked at, until the pod is ready again', () => {
    const down = { since: 80, finished: 60, running: false };
    expect(told(UP, UP, down, { ...down, running: true, restarts: 1 }, { ...UP, restarts: 1, finished: 60 })).toEqual([
      crash(60),
      crash(60, 200),
    ]);
  });

  it('sees a restart that came and went between two looks', () => {
    expect(told(UP, { restarts: 1, finished: 20, since: 25 })).toEqual([crash(20)]);
  });

  it('tells one crash of a loop', () => {
    const states = [1, 2, 3].map((restarts) => ({ restarts, finished: restarts * 50, running: false, since: 50 }));
    expect(told(UP, ...states)).toEqual([crash(50)]);
  });

  it('counts a pod that is killed for not being live from when it was no longer ready', () => {
    expect(told(UP, { since: 40 }, { since: 40, restarts: 1, finished: 90 })).toEqual([crash(40)]);
  });

  it('never counts the time before a pod was first ready', () => {
    expect(told({ since: 0 }, {}, { since: 0, finished: 90, running: false })).toEqual([crash(90)]);
  });

  it('ends a crash when the pod is told to end, or is gone: from then on it is missing by order', () => {
    const down = { since: 20, finished: 20, running: false };
    expect(told(UP, down, { ...down, leaving: true }, { ...down, leaving: true })).toEqual([crash(20), crash(20, 100)]);
    expect(told(UP, down, undefined, undefined)).toEqual([crash(20), crash(20, 100)]);
  });

  it('never counts a pod that is told to end', () => {
    expect(told(UP, { leaving: true, finished: 40, running: false }, undefined)).toEqual([]);
  });
});
