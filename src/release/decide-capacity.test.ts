import { describe, expect, it } from 'vitest';
import { run, runTo, runUntil } from '../../test/support/model-run.ts';
import { ModelWorld, PLAN, SETTINGS } from '../../test/support/model-world.ts';
import type { Plan } from './plan.ts';
import type { Trouble } from './trouble.ts';

/** Without the step that copies everything, which needs all the pods there are. */
const BAKED: Plan = {
  ...PLAN,
  steps: PLAN.steps.filter(({ kind, traffic }) => kind !== 'mirror' || traffic === '10%'),
};

function worldOf(stable: number, plan: Plan = BAKED): ModelWorld {
  const world = new ModelWorld(plan);
  world.versions.stable.wanted = stable;
  world.versions.stable.ready = stable;
  return world;
}

const trouble = (reason: Trouble['reason'], message = 'said by the cluster'): Trouble => ({ reason, message });

/** Ready canary pods when each step was entered in the traffic, by its label. */
function podsBySteps(world: ModelWorld): Readonly<Record<string, number>> {
  const pods: Record<string, number> = {};
  run(world, 120_000, () => {
    const step = world.plan.steps[world.status.step.index];
    if (step !== undefined && world.status.step.arrivedAt !== undefined)
      pods[`${step.kind} ${step.traffic}`.trim()] ??= world.versions.canary.ready;
  });
  return pods;
}

describe("a canary's pods", () => {
  it('are as many as its share of the traffic needs, copies too, rounded up, and all at 100 %', () => {
    expect(podsBySteps(worldOf(15))).toEqual({
      baseline: 0,
      'mirror 10%': 2,
      'shift 10%': 2,
      'shift 50%': 8,
      'bake 100%': 15,
    });
    expect(podsBySteps(worldOf(3, PLAN))).toMatchObject({ 'mirror 10%': 1, 'mirror 100%': 3, 'shift 10%': 3 });
  });

  it('are never fewer than the policy wants of an exposed canary', () => {
    expect(podsBySteps(worldOf(4, { ...BAKED, minReplicas: 3 }))).toEqual({
      baseline: 0,
      'mirror 10%': 3,
      'shift 10%': 3,
      'shift 50%': 3,
      'bake 100%': 4,
    });
  });

  it('are never taken away where its Deployment asks for more', () => {
    const world = worldOf(10);
    world.versions.canary.wanted = 7;
    world.versions.canary.ready = 7;
    expect(podsBySteps(world)).toEqual({
      baseline: 7,
      'mirror 10%': 7,
      'shift 10%': 7,
      'shift 50%': 7,
      'bake 100%': 10,
    });
  });

  it('keep pace with stable while a step lasts, and are asked for again when somebody takes them away', () => {
    const world = worldOf(2);
    runTo(world, 3);
    world.versions.stable.wanted = 9;
    run(world, 1000);
    expect(world.versions.canary.wanted).toBe(5);
    expect(world.status.step.index).toBe(3);
    runUntil(world, () => world.versions.canary.ready === 5);
    world.versions.canary.wanted = 1;
    run(world, 1000);
    expect(world.versions.canary.wanted).toBe(5);
  });

  it('are asked for no further than its autoscaler allows; what is missing then holds the release, and is said', () => {
    const world = worldOf(10);
    world.versions.canary.mostReplicas = 4;
    run(world, 60_000);
    expect(world.status.holding).toMatchObject({ reason: 'AutoscalerLimit', message: expect.stringMatching('4 of 5') });
    expect(world.status.step.index).toBe(2);
    expect(world.versions.canary.wanted).toBeLessThanOrEqual(4);
    world.versions.canary.mostReplicas = 20;
    run(world, 120_000);
    expect(world.status.phase).toBe('Promoted');
  });
});

describe('a canary that still rolls out', () => {
  it('gets no traffic before its older pods are gone; what restarts under traffic keeps it', () => {
    const world = new ModelWorld();
    world.versions.canary.rollsOut = true;
    run(world, 60_000);
    expect(world.status.step.index).toBe(0);
    expect(world.status.history?.at(-1)).toMatchObject({ policy: 'capacity', reason: 'PodsNotReady' });
    world.versions.canary.rollsOut = false;
    runTo(world, 3);
    world.versions.canary.rollsOut = true;
    runTo(world, 4);
  });
});

describe('pods that do not come', () => {
  const stuck = (why: Trouble, plan: Plan = PLAN) => {
    const world = new ModelWorld(plan);
    world.versions.canary.trouble = why;
    return world;
  };

  it('for a quota hold the release with the words of the API server, and the deadline ends it as inconclusive', () => {
    const message = 'checkout-v2: pods "x" is forbidden: exceeded quota: pods, requested: pods=1, used: pods=4';
    const world = stuck(trouble('QuotaExceeded', message), { ...PLAN, deadlineMs: 30_000 });
    run(world, 10_000);
    expect(world.status.holding).toMatchObject({
      policy: 'capacity',
      reason: 'QuotaExceeded',
      message: expect.stringContaining(message),
    });
    run(world, 60_000);
    expect(world.status).toMatchObject({
      phase: 'RolledBack',
      rollBack: { reason: 'DeadlineExceeded', outcome: 'inconclusive' },
    });
  });

  it.each(['Unschedulable', 'NotStarted', 'PodsRefused'] as const)(
    'since the cluster has to mend something (%s) hold the release for as long, and it goes on when they come',
    (reason) => {
      const world = stuck(trouble(reason));
      run(world, 60_000);
      expect(world.status).toMatchObject({ phase: 'Running', holding: { reason } });
      world.versions.canary.trouble = undefined;
      run(world, 120_000);
      expect(world.status.phase).toBe('Promoted');
    },
  );

  it.each(['ImagePullFailed', 'ContainerConfigError', 'Unready'] as const)(
    'by the fault of the canary itself (%s) roll it back, after their grace and no sooner',
    (reason) => {
      const world = stuck(trouble(reason, 'its own words'));
      run(world, SETTINGS.graceMs);
      expect(world.status.phase).toBe('Running');
      run(world, 20_000);
      expect(world.status).toMatchObject({
        phase: 'RolledBack',
        rollBack: { outcome: 'rolledBack', reason, message: expect.stringContaining('its own words') },
      });
    },
  );

  it('have the time that their own probes give them on top', () => {
    const world = stuck(trouble('Unready'));
    world.versions.canary.startupMs = 60_000;
    run(world, 60_000);
    expect(world.status.phase).toBe('Running');
    run(world, 60_000);
    expect(world.status.rollBack?.reason).toBe('Unready');
  });
});

describe('the floor under the autoscaler of stable', () => {
  it('is its size before live weight began, stands through every turn that may bring the traffic back, and goes with the end', () => {
    for (const end of ['promote', 'abort'] as const) {
      const world = worldOf(6);
      const seen = new Set<string>();
      run(world, 240_000, () => {
        const { floors, step, phase } = world.status;
        seen.add(`${phase} ${step.index} ${floors?.stable ?? 'none'}`);
        // As its autoscaler would have it, could it go lower.
        if (step.index === 3) world.versions.stable.wanted = 6;
        if (end === 'abort' && step.index === 3 && world.status.step.arrivedAt !== undefined)
          world.orders.aborted = true;
      });
      expect(seen).toContain('Running 1 none');
      expect(seen).toContain('Running 3 6');
      if (end === 'abort') expect(seen).toContain('RollingBack 3 6');
      expect(world.ended).toBe(true);
      expect(world.status.floors).toBeUndefined();
    }
  });

  it('is intended in the very turn that intends the first live weight', () => {
    const world = worldOf(6);
    runTo(world, 1);
    runUntil(world, () => world.status.route.intent.kind === 'pair' && world.status.route.intent.target.canary > 0);
    expect(world.status.floors).toMatchObject({ stable: 6, canary: 1 });
  });
});
