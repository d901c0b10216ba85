import { describe, expect, it } from 'vitest';
import { run, runTo, runUntil } from '../../test/support/model-run.ts';
import { ModelWorld, PLAN } from '../../test/support/model-world.ts';
import { toTime } from '../lib/time.ts';
import { decide } from './decide.ts';
import { NOTHING, pairIntent } from './target.ts';

describe('a routing change that is never seen', () => {
  it('is held, baking too, so that somebody hears of it', () => {
    const world = new ModelWorld();
    runTo(world, 4);
    // Half of stable's traffic comes past the routes, and stays when they send everything to the canary.
    run(world, 120_000, () => {
      world.versions.stable.requests += 50;
    });
    expect(world.status).toMatchObject({ step: { index: 5 }, holding: { reason: 'Unconfirmed' } });
  });

  it('does not keep a new revision from its attempt, which begins with that change', () => {
    const world = new ModelWorld();
    runTo(world, 4);
    world.versions.canary.revision = 'c2';
    world.turn();
    const blind = (input: ReturnType<ModelWorld['input']>) => {
      const { readTo: _, ...canary } = input.traffic.canary;
      return { ...input, traffic: { ...input.traffic, canary } };
    };
    for (let turns = 0; turns < 120; turns++) {
      world.pass(500);
      world.status = decide(blind(world.input())).status;
    }
    expect(world.status).toMatchObject({ attempt: 2, step: { index: 0 }, route: { intent: pairIntent(NOTHING) } });
    expect(world.status.step.arrivedAt).toBeUndefined();
  });
});

describe('the guard', () => {
  it('scales stable up beside a withdrawal when it has too few pods for all of the traffic', () => {
    const world = new ModelWorld();
    runTo(world, 5);
    world.versions.stable.wanted = 1;
    run(world, 1000);
    world.versions.canary.alive = false;
    world.pass(500);
    world.turn();
    expect(world.route).toEqual(pairIntent(NOTHING));
    expect(world.versions.stable.wanted).toBe(2);
  });

  it('keeps the present weights while no pod of stable is ready, then rolls back', () => {
    const world = new ModelWorld();
    runTo(world, 4);
    world.versions.stable.alive = false;
    world.gate = 'fail';
    run(world, 5000);
    expect(world.status.phase).toBe('RollingBack');
    expect(world.route).toMatchObject({ kind: 'pair', target: { canary: 500_000 } });
    world.versions.stable.alive = true;
    run(world, 60_000);
    expect(world.status.phase).toBe('RolledBack');
  });
});

describe('routes that cannot name the canary as the new stable', () => {
  it('hold the release before that is intended, while an abort still works', () => {
    const world = new ModelWorld();
    runUntil(world, () => world.status.phase === 'CleaningUp');
    run(world, 2000);
    for (let turns = 0; turns < 20; turns++) {
      world.pass(500);
      world.status = decide({ ...world.input(), unpromotable: 'the route is not as it was' }).status;
    }
    expect(world.status).toMatchObject({ phase: 'CleaningUp', holding: { reason: 'RouteUnusable' } });
    expect(world.status.route.intent).not.toEqual({ kind: 'promoted' });
    world.orders.aborted = true;
    run(world, 60_000);
    expect(world.status.rollBack?.outcome).toBe('aborted');
  });
});

describe('routes', () => {
  it('that somebody changes are seen to differ, written again, and held when it happens often', () => {
    const world = new ModelWorld();
    runTo(world, 3);
    for (let round = 0; round < 4; round++) {
      world.route = pairIntent(NOTHING);
      run(world, 1000);
      expect(world.route).toMatchObject({ target: { canary: 100_000 } });
    }
    expect(world.status.holding?.reason).toBe('RouteContested');
  });

  /** Somebody sends everything to stable; the turn that finds it writes our routes again. */
  const overwrite = (world: ModelWorld) => {
    world.route = pairIntent(NOTHING);
    world.pass(500);
    world.turn();
  };

  it('that somebody changes stop the time of their step, which starts anew when they are seen in place again', () => {
    const world = new ModelWorld();
    runTo(world, 3);
    run(world, 2000);
    overwrite(world);
    expect(world.status).toMatchObject({ step: { index: 3 }, clock: { stepMs: 0 } });
    expect([world.status.step.arrivedAt, world.status.counts]).toEqual([undefined, undefined]);
    runTo(world, 3);
    const { step, counts, route } = world.status;
    expect([step.arrivedAt, counts?.since]).toEqual([route.confirmed?.at, route.confirmed?.at]);
    const again = world.now;
    runUntil(world, () => world.status.step.index === 4);
    expect(world.now - again).toBeGreaterThanOrEqual(4000);
  });

  it('that somebody changes in the clean-up start its time anew as well, and it ends all the same', () => {
    const world = new ModelWorld({ ...PLAN, cleanup: { stable: 'scaleDown', afterMs: 10_000 } });
    runUntil(world, () => world.status.phase === 'CleaningUp');
    run(world, 8000);
    overwrite(world);
    const overwritten = world.now;
    run(world, 60_000);
    expect(world.status.phase).toBe('Promoted');
    expect(world.now - overwritten).toBeGreaterThanOrEqual(10_000);
  });
});

describe('a stable version that is gone', () => {
  it('keeps a roll back from its end, and that is told', () => {
    const world = new ModelWorld();
    runTo(world, 4);
    world.orders.aborted = true;
    const input = world.input();
    const stable = { ...input.versions.stable, found: false, ready: 0 };
    const { status } = decide({ ...input, versions: { ...input.versions, stable } });
    expect(status.holding).toMatchObject({
      reason: 'NoReadyPods',
      message: expect.stringMatching(/^Deployment \S+ is gone: the present weights stay/),
    });
  });
});

describe('routes that are gone', () => {
  it('are told of although the release is paused', () => {
    const world = new ModelWorld();
    runTo(world, 4);
    world.orders.paused = true;
    const route = { kind: 'unusable', message: 'VirtualService/prod/shop is gone' } as const;
    const { status } = decide({ ...world.input(), route });
    expect(status.holding).toMatchObject({
      reason: 'RouteUnusable',
      message: 'VirtualService/prod/shop is gone; paused as well',
    });
  });

  it('are told of although somebody keeps changing them', () => {
    const world = new ModelWorld();
    runTo(world, 4);
    const { now } = world.input();
    const overwrites = [1000, 2000, 3000].map((ago) => toTime(now - ago));
    const status = { ...world.status, route: { ...world.status.route, overwrites } };
    const route = { kind: 'unusable', message: 'DestinationRule/prod/shop is gone' } as const;
    expect(decide({ ...world.input(), status, route }).status.holding?.reason).toBe('RouteUnusable');
  });
});
