// Promise 5: killed before, during or after any write and restarted, a release ends the same.
import { describe, expect, it } from 'vitest';
import { checkoutAutoscalers, checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { driveRelease, RELEASE } from '../../test/support/drive-release.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import type { Deployment } from '../api/kubernetes.ts';
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
  /** What somebody does when half of the traffic is on the canary; up to then the course is that of a promoted release. */
  readonly order?: (sim: SimCluster) => Promise<void>;
  /** So many writes from the order on; all when left out. */
  readonly most?: number;
  /** Left out: one in PromQL. */
  readonly gates?: object;
  readonly end: object;
}

async function abort(sim: SimCluster): Promise<void> {
  const release = (await sim.objects.get(RELEASE)) as KubeObject<object>;
  await sim.objects.update({ ...release, spec: { ...release.spec, aborted: true } });
}

async function newTemplate(sim: SimCluster): Promise<void> {
  const ref = { kind: 'Deployment', namespace: 'prod', name: 'checkout-service-v2' };
  const { spec, ...canary } = (await sim.objects.get(ref)) as unknown as Deployment;
  const metadata = { ...spec.template.metadata, annotations: { build: '2' } };
  await sim.objects.update({ ...canary, spec: { ...spec, template: { ...spec.template, metadata } } });
}

/** So much tolerance that the steps are long enough for it. */
const COMPARED = { errors: { worseBy: { points: '2pp' } } };

const courses: readonly Course[] = [
  { name: 'a promoted release', canaryErrors: 0, end: { phase: 'Promoted' } },
  { name: 'a rolled back release', canaryErrors: 0.05, end: { phase: 'RolledBack', outcome: 'rolledBack' } },
  { name: 'a promoted release with comparative gates', canaryErrors: 0, gates: COMPARED, end: { phase: 'Promoted' } },
  {
    name: 'a release that comparative gates roll back',
    canaryErrors: 0.2,
    gates: COMPARED,
    end: { phase: 'RolledBack', outcome: 'rolledBack' },
  },
  { name: 'an aborted release', canaryErrors: 0, order: abort, end: { phase: 'RolledBack', outcome: 'aborted' } },
  { name: 'a deleted release', canaryErrors: 0, order: (sim) => sim.objects.remove(RELEASE), end: { phase: 'gone' } },
  {
    name: 'a release whose canary is changed midway',
    canaryErrors: 0,
    order: newTemplate,
    most: 8,
    end: { phase: 'Promoted' },
  },
];

const points: readonly KillPoint[] = ['before', 'answerLost', 'after'];

interface End {
  readonly phase: string;
  readonly outcome?: string;
  readonly specs: readonly unknown[];
  readonly notes: readonly string[];
  readonly finalizers: readonly string[];
}

interface Run {
  readonly end: End;
  readonly writes: number;
  /** Writes before the order. */
  readonly before: number;
  readonly killed: boolean;
}

/** The end of a course under a plan of faults for the first process; those that follow it live. */
async function run({ canaryErrors, order, gates }: Course, plan: FaultPlan): Promise<Run> {
  const sim = new SimCluster();
  sim.canaryErrors = canaryErrors;
  const objects = checkoutObjects().map((object) =>
    object.kind === 'ReleasePolicy' && gates !== undefined
      ? { ...object, spec: { ...(object.spec as object), gates } }
      : object,
  );
  await sim.create([...objects, ...checkoutAutoscalers(), checkoutRelease()]);
  const processes: FaultyObjects[] = [];
  const writes = () => processes[0]?.writes() ?? 0;
  let before: number | undefined;
  const driven = driveRelease(sim, {
    deps: () => {
      const faulty = withFaults(sim.objects, processes.length === 0 ? plan : () => PASS, sim.clock);
      processes.push(faulty);
      return sim.deps(faulty.objects);
    },
    each: async (seen) => {
      if (order === undefined || before !== undefined || seen.step?.index !== 4) return;
      before = writes();
      await order(sim);
    },
  });
  // One that is deleted has no last status.
  const status = await driven.catch((error: Error) => {
    if (error.message !== 'the release is gone') throw error;
    return undefined;
  });
  const killed = processes[0]?.killed.aborted === true;
  // Autoscalers that have their own floors back follow the load again.
  for (let tick = 0; tick < 6; tick++) await sim.pass();
  return { end: await endOf(sim, status), writes: writes(), before: before ?? 0, killed };
}

async function endOf(sim: SimCluster, status: ReleaseStatus | undefined): Promise<End> {
  const kinds = ['VirtualService', 'DestinationRule', 'Deployment', 'HorizontalPodAutoscaler'];
  const lists = await Promise.all(kinds.map((kind) => sim.objects.list(kind)));
  const release = await sim.objects.get(RELEASE);
  return {
    phase: status?.phase ?? 'gone',
    ...(status?.rollBack === undefined ? {} : { outcome: status.rollBack.outcome }),
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
      const { before, writes } = undisturbed;
      for (let write = before + 1; write <= Math.min(writes, before + (course.most ?? Infinity)); write++) {
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
