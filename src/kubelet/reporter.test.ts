import { beforeEach, describe, expect, it } from 'vitest';
import type { Pod } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { type FaultPlan, PASS, withFaults } from '../objects/faults.ts';
import { createMemoryObjects } from '../objects/memory/memory.ts';
import type { Objects, ObjectsError } from '../objects/objects.ts';
import { NEW_POD, type PodView } from './pod-status.ts';
import { createReporter } from './reporter.ts';

const impatient: Clock = { now: Date.now, sleep: () => new Promise((resolve) => setImmediate(resolve)) };

describe('the reporter of a pod', () => {
  let objects: Objects;
  let pod: Pod;
  let troubles: ObjectsError[];
  beforeEach(async () => {
    let uids = 0;
    troubles = [];
    objects = createMemoryObjects({
      clock: systemClock,
      uid: () => `uid-${++uids}`,
      kinds: () => ({ hasStatus: true }),
      validate: () => [],
    });
    pod = (await objects.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web-1', namespace: 'prod' },
      spec: { containers: [{ name: 'app' }] },
    })) as Pod;
  });

  const reporter = (plan: FaultPlan = () => PASS, signal = new AbortController().signal) =>
    createReporter(pod, {
      objects: withFaults(objects, plan, impatient).objects,
      clock: impatient,
      signal,
      onTrouble: (error) => troubles.push(error),
    });
  const view = (restartCount: number): PodView => ({ ...NEW_POD, restartCount });
  const restarts = async () => ((await objects.get(refOf(pod))) as Pod).status?.containerStatuses?.[0]?.restartCount;

  it('writes the latest view, skipping those in between', async () => {
    let writes = 0;
    const { report } = reporter((call) => {
      if (call.write !== undefined) writes += 1;
      return PASS;
    });
    await Promise.all([1, 2, 3, 4].map((count) => report(view(count))));
    expect(await restarts()).toBe(4);
    expect(writes).toBeLessThan(4);
    await report(view(5));
    expect(await restarts()).toBe(5);
  });

  it('tries again, silently after a conflict, with a word after an outage', async () => {
    const { report } = reporter((call) => {
      if (call.write === 1) return { kind: 'fail', reason: 'Conflict' };
      return call.write === 2 ? { kind: 'fail', reason: 'Unavailable' } : PASS;
    });
    await report(view(1));
    expect(await restarts()).toBe(1);
    expect(troubles.map(({ reason }) => reason)).toEqual(['Unavailable']);
  });

  it('gives up with its signal while nobody answers', async () => {
    const over = new AbortController();
    const { report } = reporter((call) => {
      if (call.n === 3) over.abort();
      return { kind: 'fail', reason: 'Unavailable' };
    }, over.signal);
    await report(view(1));
    expect(troubles).toHaveLength(3);
  });

  it('never writes to another pod of that name, and is done when its own is gone', async () => {
    await objects.remove(refOf(pod));
    const { report } = reporter();
    await report(view(1));
    await objects.create({ ...pod, metadata: { name: 'web-1', namespace: 'prod' } });
    await report(view(2));
    expect(await restarts()).toBeUndefined();
  });
});
