// Promise 5: killed before, during or after any write and restarted, a release ends the same.
import { describe, expect, it } from 'vitest';
import { checkoutAutoscalers, checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { driveRelease, RELEASE } from '../../test/support/drive-release.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import type { KubeObject } from '../api/object.ts';
import {
  type FaultPlan,
  type FaultyObjects,
  type KillPoint,
  killAtWrite,
  PASS,
  withFaults,
} from '../objects/faults.ts';
import type { ReleaseStatus } from '../release/status.ts';

interface Course {
  readonly name: string;
  readonly canaryErrors: number;
  /** When the user orders an abort. */
  readonly abortAtStep?: number;
  readonly end: object;
}

const courses: readonly Course[] = [
  { name: 'a promoted release', canaryErrors: 0, end: { phase: 'Promoted' } },
  { name: 'a rolled back release', canaryErrors: 0.05, end: { phase: 'RolledBack', outcome: 'rolledBack' } },
  { name: 'an aborted release', canaryErrors: 0, abortAtStep: 4, end: { phase: 'RolledBack', outcome: 'aborted' } },
];

const points: readonly KillPoint[] = ['before', 'answerLost', 'after'];

interface End {
  readonly phase: string;
  readonly outcome?: string;
  readonly specs: readonly unknown[];
  readonly notes: readonly string[];
  readonly finalizers: readonly string[];
}

/** The end of a course under a plan of faults for the first process; those that follow it live. */
async function run(course: Course, plan: FaultPlan): Promise<{ end: End; writes: number; killed: boolean }> {
  const sim = new SimCluster();
  sim.canaryErrors = course.canaryErrors;
  await sim.create([...checkoutObjects(), ...checkoutAutoscalers(), checkoutRelease()]);
  const processes: FaultyObjects[] = [];
  const status = await driveRelease(sim, {
    deps: () => {
      const faulty = withFaults(sim.objects, processes.length === 0 ? plan : () => PASS, sim.clock);
      processes.push(faulty);
      return sim.deps(faulty.objects);
    },
    each: (seen) => abortWhenDue(sim, course, seen),
  });
  return {
    end: await endOf(sim, status),
    writes: processes[0]?.writes() ?? 0,
    killed: processes[0]?.killed.aborted === true,
  };
}

async function abortWhenDue(sim: SimCluster, course: Course, status: ReleaseStatus): Promise<void> {
  if (course.abortAtStep === undefined || status.step?.index !== course.abortAtStep) return;
  const release = (await sim.objects.get(RELEASE)) as KubeObject<{ aborted?: boolean }>;
  if (release.spec?.aborted !== true)
    await sim.objects.update({ ...release, spec: { ...release.spec, aborted: true } });
}

async function endOf(sim: SimCluster, status: ReleaseStatus): Promise<End> {
  const kinds = ['VirtualService', 'DestinationRule', 'Deployment', 'HorizontalPodAutoscaler'];
  const lists = await Promise.all(kinds.map((kind) => sim.objects.list(kind)));
  const release = await sim.objects.get(RELEASE);
  return {
    phase: status.phase,
    ...(status.rollBack === undefined ? {} : { outcome: status.rollBack.outcome }),
    specs: lists.flatMap(({ items }) => items.map(({ spec }) => spec)),
    // What was noted beside an autoscaler's floor goes with the note.
    notes: lists.flatMap(({ items }) => items.flatMap(({ metadata }) => Object.keys(metadata.annotations ?? {}))),
    finalizers: release?.metadata.finalizers ?? [],
  };
}

describe.each(courses)('$name', (course) => {
  it.each(points)(
    'ends the same when its controller is killed at any write: %s',
    { timeout: 120_000 },
    async (point) => {
      const undisturbed = await run(course, () => PASS);
      expect(undisturbed.end).toMatchObject(course.end);
      expect(undisturbed.writes).toBeGreaterThan(15);
      for (let write = 1; write <= undisturbed.writes; write++) {
        const { end, killed } = await run(course, killAtWrite(write, point));
        expect(killed, `write ${write}`).toBe(true);
        expect(end, `killed at write ${write}, ${point}`).toEqual(undisturbed.end);
      }
    },
  );

  it('ends the same when every third answer of the API server is lost or a conflict', async () => {
    const undisturbed = await run(course, () => PASS);
    for (const fault of [{ kind: 'loseAnswer' }, { kind: 'fail', reason: 'Conflict' }] as const) {
      const { end } = await run(course, ({ write }) => (write !== undefined && write % 3 === 0 ? fault : PASS));
      expect(end).toEqual(undisturbed.end);
    }
  });
});
