import { describe, expect, it } from 'vitest';
import { run, runTo, runUntil } from '../../test/support/model-run.ts';
import { ModelWorld, PLAN } from '../../test/support/model-world.ts';
import { share } from '../lib/share.ts';
import { decide } from './decide.ts';
import { NOTHING, pairIntent } from './target.ts';
import type { Trouble } from './trouble.ts';

const OOM: Trouble = {
  reason: 'OOMKilled',
  message: 'v2-abc, container app: restarted 2 times, last exit code 137 (OOMKilled)',
  hopeless: true,
};

/** The canary's pods stop being ready, for this reason. */
function breakPods(world: ModelWorld, trouble: Trouble): void {
  world.versions.canary.trouble = trouble;
  world.versions.canary.ready = 0;
}

function turn(world: ModelWorld, passMs = 500) {
  world.pass(passMs);
  return world.turn().turn;
}

describe('pods that cannot run', () => {
  it('roll the release back at once from every step, naming what is wrong and their last words, paused or not', () => {
    for (let index = 0; index < PLAN.steps.length; index++) {
      const world = new ModelWorld();
      runTo(world, index);
      world.versions.canary.wanted = 2;
      world.orders.paused = true;
      breakPods(world, OOM);
      turn(world);
      expect(world.status.rollBack).toMatchObject({
        policy: 'canaryHealth',
        reason: 'OOMKilled',
        outcome: 'rolledBack',
      });
      expect(world.status.rollBack?.message).toContain('exit code 137');
      const { intent } = world.status.route;
      expect(intent.kind === 'pair' && intent.target.canary).toBe(0);
    }
  });

  it('are named when they are too few for the present traffic beyond grace, whose fault it is or not', () => {
    for (const reason of ['ImagePullFailed', 'Unschedulable', 'QuotaExceeded', 'Unready'] as const) {
      const world = new ModelWorld();
      runTo(world, 2);
      breakPods(world, { reason, message: 'said by the cluster' });
      run(world, 60_000);
      expect(world.status.rollBack).toMatchObject({ policy: 'canaryHealth', reason });
      expect(world.status.rollBack?.message).toMatch(/^0 of 2 needed canary pods ready for .*: said by the cluster$/);
    }
  });

  it('of one pod among enough others decide nothing', () => {
    const world = new ModelWorld();
    runTo(world, 3);
    world.versions.canary.wanted = 3;
    world.versions.canary.trouble = { reason: 'Unready', message: 'one of three' };
    run(world, 120_000);
    expect(world.status.phase).toBe('Promoted');
  });
});

/** Nobody takes a turn for so long, while the world goes on. */
const absent = (world: ModelWorld, ms: number) => world.pass(ms);

describe('the first turn after an absence', () => {
  it('takes live weight from a canary without ready pods before anything else, whatever else has happened meanwhile', () => {
    for (const index of [3, 4, 5]) {
      const world = new ModelWorld();
      runTo(world, index);
      world.gate = 'pass';
      world.versions.canary.alive = false;
      world.versions.stable.revision = 's2';
      world.orders.paused = true;
      world.scraping = false;
      absent(world, 600_000);
      const { decisions } = turn(world);
      expect(decisions[0]).toMatchObject({ policy: 'canaryHealth', kind: 'withdraw' });
      expect(world.status.route.intent).toEqual(pairIntent(NOTHING));
      expect(world.route).toEqual(pairIntent(NOTHING));
    }
  });

  it('does so too when our routes were overwritten, or the canary has another revision by now', () => {
    for (const change of ['route', 'revision'] as const) {
      const world = new ModelWorld();
      runTo(world, 4);
      world.versions.canary.alive = false;
      if (change === 'revision') world.versions.canary.revision = 'c2';
      else world.route = pairIntent({ canary: share(100_000), pool: false });
      absent(world, 600_000);
      turn(world);
      expect(world.route).toEqual(pairIntent(NOTHING));
    }
  });

  it('rolls back for a crash loop that it finds, and for a gate that fails by then', () => {
    for (const found of ['crashLoop', 'gate'] as const) {
      const world = new ModelWorld();
      runTo(world, 4);
      absent(world, 600_000);
      if (found === 'gate') world.gate = 'fail';
      else world.versions.canary.crashLoop = true;
      turn(world);
      expect(world.status.phase).toBe('RollingBack');
      expect(world.route).toEqual(pairIntent(NOTHING));
    }
  });

  it('takes no step for time that nobody has watched', () => {
    for (let index = 0; index < PLAN.steps.length - 1; index++) {
      const steps = PLAN.steps.map((step) => ({ ...step, atLeastMs: 60_000 }));
      const world = new ModelWorld({ ...PLAN, steps, deadlineMs: 3_600_000 });
      expect(() =>
        run(world, 600_000, () => {
          if (world.status.step.index === index && world.status.step.arrivedAt !== undefined) throw new Error('there');
        }),
      ).toThrow('there');
      absent(world, 3_600_000);
      turn(world);
      expect(world.status.step.index).toBe(index);
    }
  });

  it('keeps the weights where stable could not take them, until it can', () => {
    const world = new ModelWorld();
    runTo(world, 4);
    const { route } = world;
    world.versions.canary.alive = false;
    world.versions.stable.alive = false;
    absent(world, 600_000);
    turn(world);
    expect(world.route).toEqual(route);
    world.versions.stable.alive = true;
    run(world, 3000);
    expect(world.route).toEqual(pairIntent(NOTHING));
  });
});

describe('stable', () => {
  it('that is gone holds the release below 100 % and is named, whatever the samples say', () => {
    const world = new ModelWorld();
    runTo(world, 3);
    world.versions.stable.found = false;
    turn(world);
    expect(world.status.holding).toMatchObject({ reason: 'StableChanged' });
    expect(world.status.holding?.message).toMatch(/^the stable Deployment \S+ is gone$/);
  });
});

describe('a new stable version that loses its pods before the old one is retired', () => {
  it('leaves the old one running, and says why', () => {
    const world = new ModelWorld();
    runUntil(world, () => world.status.route.intent.kind === 'promoted');
    const { replicas } = world.status.accepted.versions.stable;
    run(world, 600_000, () => {
      world.versions.canary.ready = 0;
    });
    expect(world.status).toMatchObject({ phase: 'Promoted', conditions: [{ type: 'ScaleDownWithheld' }] });
    expect(world.status.conditions?.[0]?.message).toMatch(/no pod of \S+ is ready/);
    expect(world.versions.stable.wanted).toBe(replicas);
  });
});

describe('a stable version without a ready pod', () => {
  it('is told of as that, and not as missing metrics', () => {
    const world = new ModelWorld();
    runTo(world, 4);
    const input = world.input();
    const versions = { ...input.versions, stable: { ...input.versions.stable, ready: 0 } };
    const { status } = decide({
      ...input,
      versions,
      traffic: { ...input.traffic, stable: { ...input.traffic.stable, up: 0 } },
    });
    expect(status.holding).toMatchObject({
      reason: 'NoReadyPods',
      message: expect.stringMatching(/^no pod of stable \S+ is ready/),
    });
  });
});
