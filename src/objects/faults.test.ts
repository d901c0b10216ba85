import { beforeEach, describe, expect, it } from 'vitest';
import { type KubeObject, refOf } from '../api/object.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import {
  type Call,
  type Fault,
  type FaultPlan,
  Killed,
  type KillPoint,
  killAtWrite,
  PASS,
  withFaults,
} from './faults.ts';
import { createMemoryObjects } from './memory/memory.ts';
import type { Objects } from './objects.ts';

const settings = (mode: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x', namespace: 'prod' },
  data: { mode },
});

const onWrite =
  (fault: Fault): FaultPlan =>
  (call) =>
    call.write === undefined ? PASS : fault;

describe('faults at the port', () => {
  let real: Objects;
  beforeEach(() => {
    let uids = 0;
    real = createMemoryObjects({
      clock: systemClock,
      uid: () => `${++uids}`,
      kinds: () => ({ hasStatus: true }),
      validate: () => [],
    });
  });

  const through = (plan: FaultPlan, clock: Clock = systemClock) => withFaults(real, plan, clock);

  it('let everything pass when the plan says so, and count writes but neither reads nor dry runs', async () => {
    const calls: Call[] = [];
    const faulty = through((call) => {
      calls.push(call);
      return PASS;
    });
    const made = await faulty.objects.create(settings('a'));
    await faulty.objects.get(refOf(made));
    await faulty.objects.list('ConfigMap', 'prod');
    const changed = await faulty.objects.update({ ...made, data: { mode: 'b' } });
    await faulty.objects.update({ ...changed, data: { mode: 'c' } }, { dryRun: true });
    await faulty.objects.updateStatus({ ...changed, status: { phase: 'x' } });
    await faulty.objects.remove(refOf(made));
    expect(calls.map((call) => [call.n, call.verb, call.write])).toEqual([
      [1, 'create', 1],
      [2, 'get', undefined],
      [3, 'list', undefined],
      [4, 'update', 2],
      [5, 'update', undefined],
      [6, 'updateStatus', 3],
      [7, 'remove', 4],
    ]);
    expect(faulty.writes()).toBe(4);
    expect((await real.list('ConfigMap')).items).toEqual([]);
  });

  it.each(['Conflict', 'Unavailable'] as const)('inject %s without applying anything', async (reason) => {
    const faulty = through(onWrite({ kind: 'fail', reason }));
    await expect(faulty.objects.create(settings('a'))).rejects.toMatchObject({ name: 'ObjectsError', reason });
    expect((await real.list('ConfigMap')).items).toEqual([]);
    expect(faulty.killed.aborted).toBe(false);
  });

  it('lose an answer after applying the write', async () => {
    const faulty = through(onWrite({ kind: 'loseAnswer' }));
    await expect(faulty.objects.create(settings('a'))).rejects.toMatchObject({ reason: 'Unavailable' });
    expect((await real.list('ConfigMap')).items).toHaveLength(1);
  });

  it('delay a call by the clock', async () => {
    const slept: number[] = [];
    const clock = { now: () => 0, sleep: async (ms: number) => void slept.push(ms) };
    await through(onWrite({ kind: 'delay', ms: 250 }), clock).objects.create(settings('a'));
    expect(slept).toEqual([250]);
  });

  const deaths: readonly [KillPoint, boolean, boolean][] = [
    ['before', false, false],
    ['answerLost', true, false],
    ['after', true, true],
  ];
  it.each(deaths)(
    'kill the caller at its second write, %s: applied %s, answered %s',
    async (point, applied, answered) => {
      const faulty = through(killAtWrite(2, point));
      const made = await faulty.objects.create(settings('a'));
      const outcome = await faulty.objects.update({ ...made, data: { mode: 'b' } }).then(
        () => true,
        (error: unknown) => error,
      );
      if (answered) expect(outcome).toBe(true);
      else expect(outcome).toBeInstanceOf(Killed);
      expect((await real.get(refOf(made)))?.data).toEqual({ mode: applied ? 'b' : 'a' });
      expect(faulty.killed.aborted).toBe(true);
      await expect(faulty.objects.get(refOf(made))).rejects.toBeInstanceOf(Killed);
      await expect(faulty.objects.remove(refOf(made))).rejects.toBeInstanceOf(Killed);
      expect(await real.get(refOf(made))).toBeDefined();
      expect(faulty.writes()).toBe(2);
    },
  );

  it('end the watches of a killed caller', async () => {
    const faulty = through(killAtWrite(1, 'after'));
    const events = faulty.objects.watch('ConfigMap', '0', new AbortController().signal)[Symbol.asyncIterator]();
    const first = events.next();
    await real.create(settings('a'));
    expect((await first).value).toMatchObject({ type: 'added' });
    const second = events.next();
    await faulty.objects.remove({ kind: 'ConfigMap', namespace: 'prod', name: 'x' });
    await expect(second).rejects.toBeInstanceOf(Killed);
  });

  it('never hand an answer to a caller that another of its calls has killed meanwhile', async () => {
    const gate = Promise.withResolvers<void>();
    const slow: Objects = { ...real, get: (ref) => gate.promise.then(() => real.get(ref)) };
    const faulty = withFaults(slow, killAtWrite(1, 'after'), systemClock);
    const reading = faulty.objects.get({ kind: 'ConfigMap', namespace: 'prod', name: 'x' });
    await faulty.objects.create(settings('a'));
    gate.resolve();
    await expect(reading).rejects.toBeInstanceOf(Killed);
  });
});
