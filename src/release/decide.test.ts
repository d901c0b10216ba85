import { describe, expect, it } from 'vitest';
import { run, runTo, runUntil } from '../../test/support/model-run.ts';
import { ModelWorld, PLAN, SETTINGS, verdictOf } from '../../test/support/model-world.ts';
import type { GateVerdict } from '../analysis/gate.ts';
import { decide } from './decide.ts';
import { exposureOf, NOTHING, pairIntent } from './target.ts';

const stepOf = (world: ModelWorld) => PLAN.steps[world.status.step.index];

describe('a release of a healthy canary', () => {
  it('walks every step in order and ends promoted, with the old stable scaled down', () => {
    const world = new ModelWorld();
    run(world, 120_000);
    expect(world.status.phase).toBe('Promoted');
    expect(world.status.steps?.map((step) => `${step.kind} ${step.traffic}`.trim())).toEqual([
      'baseline',
      'mirror 10%',
      'mirror 100%',
      'shift 10%',
      'shift 50%',
      'bake 100%',
    ]);
    expect(world.versions.stable.wanted).toBe(0);
    expect(world.versions.canary.wanted).toBe(2);
    expect(world.route).toEqual({ kind: 'promoted' });
  });

  it('confirms every change by the traffic where there is enough of it', () => {
    const world = new ModelWorld();
    const by: string[] = [];
    run(world, 120_000, () => {
      const { route } = world.status;
      if (route.confirmed && route.intent.kind === 'pair' && exposureOf(route.intent.target) === 'live')
        by.push(route.confirmed.by);
    });
    expect(new Set(by)).toEqual(new Set(['traffic']));
  });
});

describe('a canary that is worse', () => {
  it('is rolled back while mirrored, copies off, then the pool, then scaled down, and no live weight was ever set', () => {
    const world = new ModelWorld();
    const shares: number[] = [];
    runTo(world, 2);
    world.gate = 'fail';
    run(world, 60_000, () => shares.push(world.route.kind === 'pair' ? world.route.target.canary : 1));
    expect(world.status.phase).toBe('RolledBack');
    expect(world.status.rollBack).toMatchObject({ policy: 'gateFailed', outcome: 'rolledBack' });
    expect(Math.max(...shares)).toBe(0);
    expect(world.route).toEqual(pairIntent(NOTHING));
    expect(world.versions.canary.wanted).toBe(0);
  });

  it('is rolled back in the same turn in which the gate fails, even while paused', () => {
    const world = new ModelWorld();
    runTo(world, 3);
    world.orders.paused = true;
    world.pass(500);
    world.turn();
    expect(world.status.holding?.reason).toBe('Paused');
    world.gate = 'fail';
    world.pass(500);
    world.turn();
    expect(world.status.phase).toBe('RollingBack');
    expect(world.route).toEqual(pairIntent(NOTHING));
  });

  it('is held, not rolled back, when stable fails the same one-sided gate', () => {
    const world = new ModelWorld();
    runTo(world, 3);
    world.gate = 'fail';
    world.stableFailsToo = true;
    run(world, 5000);
    expect(world.status.holding?.reason).toBe('Incident');
    expect(world.status.phase).toBe('Running');
  });
});

describe('a canary above a limit, with stable above it too', () => {
  const both = (world: ModelWorld): readonly GateVerdict[] => [
    { ...verdictOf('errors', 'inconclusive'), reason: 'Incident', message: 'both fail 5 %' } as GateVerdict,
    ...world.input().verdicts.slice(1),
  ];

  it.each([2, 3])('holds the release at step %i, also where no pass is asked for, and the deadline ends it', (step) => {
    const world = new ModelWorld();
    runTo(world, step);
    world.pass(5000);
    const input = { ...world.input(), verdicts: both(world) };
    const { status } = decide({
      ...input,
      status: { ...input.status, clock: { ...input.status.clock, stepMs: 60_000 } },
    });
    expect(status.holding).toMatchObject({
      reason: 'Incident',
      message: expect.stringContaining('errors: both fail 5 %'),
    });
    // Whatever else is missing is not what the release waits for.
    const unseen = { ...input, plan: { ...PLAN, minRequests: 1_000_000 } };
    expect(decide(unseen).status.holding).toMatchObject({ message: status.holding?.message });
    const late = { ...input.status, clock: { ...input.status.clock, totalMs: PLAN.deadlineMs } };
    expect(decide({ ...input, status: late }).status.rollBack).toMatchObject({
      outcome: 'inconclusive',
      message: expect.stringMatching(/^not finished within .* of active time; .*: errors: both fail 5 %$/),
    });
  });
});

describe('a release whose active time is used up', () => {
  const atDeadline = (world: ModelWorld) => {
    const input = world.input();
    const clock = { ...input.status.clock, totalMs: PLAN.deadlineMs };
    return decide({ ...input, status: { ...input.status, clock } }).status.rollBack;
  };
  const waiting = () => {
    const world = new ModelWorld();
    world.gate = 'inconclusive';
    return world;
  };

  it('says which step it was in, and what this still waited for', () => {
    const world = waiting();
    runTo(world, 2);
    run(world, 10_000);
    expect(atDeadline(world)).toMatchObject({
      reason: 'DeadlineExceeded',
      message: 'not finished within 4m of active time; mirror 100%: errors: errors inconclusive',
    });
  });

  it('names no evidence where a step with another of its kind behind it asks for none', () => {
    const world = waiting();
    runTo(world, 1);
    expect(atDeadline(world)?.message).toBe('not finished within 4m of active time');
  });

  it('names no evidence that was not waited for, since a person has ordered the promotion', () => {
    const world = waiting();
    runTo(world, 2);
    world.status = { ...world.status, byHand: { at: world.status.clock.at, reason: 'known to be good' } };
    expect(atDeadline(world)?.message).toBe('not finished within 4m of active time');
  });

  it('names no evidence before the route of its step is there', () => {
    const world = waiting();
    runUntil(world, () => world.status.step.index === 2);
    expect(world.status.step.arrivedAt).toBeUndefined();
    expect(atDeadline(world)?.message).toBe('not finished within 4m of active time');
  });
});

describe('pods of the canary', () => {
  it('that crash-loop roll the release back before it gets any traffic', () => {
    const world = new ModelWorld();
    world.versions.canary.crashLoop = true;
    run(world, 20_000);
    expect(world.status.rollBack?.reason).toBe('CrashLoop');
    expect(world.status.phase).toBe('RolledBack');
  });

  it('that all vanish under live weight give it back to stable at once; a second time rolls back', () => {
    const world = new ModelWorld();
    runTo(world, 4);
    world.versions.canary.alive = false;
    world.pass(500);
    world.turn();
    expect(world.route).toEqual(pairIntent(NOTHING));
    expect(world.status.phase).toBe('Running');
    world.versions.canary.alive = true;
    run(world, 30_000, () => {
      if (world.status.step.index === 4 && world.status.step.arrivedAt !== undefined)
        world.versions.canary.alive = false;
    });
    expect(world.status.rollBack?.reason).toBe('NoReadyPods');
  });

  it('that never come back after that roll the release back, in the bake as well', () => {
    for (const index of [3, 5]) {
      const world = new ModelWorld();
      runTo(world, index);
      world.versions.canary.alive = false;
      run(world, 60_000);
      expect(world.status.rollBack?.reason).toBe('TooFewPods');
      expect(world.status.phase).toBe('RolledBack');
    }
  });

  it('follow stable when that has been scaled up since', () => {
    const world = new ModelWorld();
    runTo(world, 2);
    world.versions.stable.wanted = 10;
    runTo(world, 5);
    expect(world.versions.canary.ready).toBe(10);
  });

  it('that take long to end are not left running: they were scaled down', () => {
    const world = new ModelWorld();
    runTo(world, 2);
    world.orders.aborted = true;
    runUntil(world, () => world.versions.canary.wanted === 0);
    const later = world.input();
    const canary = { ...later.versions.canary, wanted: 0, ready: 0, running: 1 };
    const { status, decisions } = decide({
      ...later,
      now: later.now + 120_000,
      versions: { ...later.versions, canary },
    });
    expect(status.phase).toBe('RollingBack');
    expect(decisions).toMatchObject([{ kind: 'wait', reason: 'ScalingDown' }]);
  });

  it('that never end are told of, not waited for', () => {
    const world = new ModelWorld();
    runTo(world, 2);
    world.orders.aborted = true;
    world.lingering = true;
    run(world, 120_000);
    expect(world.versions.canary.wanted).toBe(0);
    expect(world.status).toMatchObject({ phase: 'RolledBack', conditions: [{ type: 'ScaleDownWithheld' }] });
  });

  it('whose requests cannot be read are waited for once, not again for the pool', () => {
    const world = new ModelWorld();
    runTo(world, 2);
    world.scraping = false;
    world.orders.aborted = true;
    run(world, SETTINGS.drainLimitMs + 5000);
    expect(world.status).toMatchObject({ phase: 'RolledBack', conditions: [{ type: 'ScaleDownWithheld' }] });
    expect(world.versions.canary.wanted).toBeGreaterThan(0);
    expect(world.route).toEqual(pairIntent(NOTHING));
  });

  it('that somebody scales further up than asked are left so', () => {
    const world = new ModelWorld();
    runTo(world, 0);
    while (world.status.scale?.canary === undefined) {
      world.pass(500);
      world.turn(false);
    }
    world.versions.canary.wanted = 3;
    run(world, 3000);
    expect(world.versions.canary.wanted).toBe(3);
  });

  it('that nobody has asked for yet are not held against it', () => {
    const world = new ModelWorld({ ...PLAN, steps: PLAN.steps.slice(1) });
    world.orders.paused = true;
    run(world, 60_000);
    expect(world.versions.canary.wanted).toBe(0);
    expect(world.status.phase).toBe('Running');
  });

  it('are scaled up before they get their first copy', () => {
    const world = new ModelWorld();
    const order: string[] = [];
    run(world, 30_000, () => {
      if (world.versions.canary.wanted > 0) order.push('scaled');
      if (world.route.kind === 'pair' && world.route.target.mirror)
        order.push(world.versions.canary.ready > 0 ? 'mirrored' : 'too early');
    });
    expect(order[0]).toBe('scaled');
    expect(order).not.toContain('too early');
  });
});

describe('samples', () => {
  it('that stop decide nothing: nothing advances, nothing rolls back, and it goes on when they return', () => {
    const world = new ModelWorld();
    runTo(world, 3);
    world.scraping = false;
    const step = world.status.step.index;
    run(world, 60_000);
    expect(world.status).toMatchObject({ phase: 'Running', holding: { reason: 'NoFreshSamples' } });
    expect(world.status.step.index).toBe(step);
    world.scraping = true;
    run(world, 120_000);
    expect(world.status.phase).toBe('Promoted');
  });

  it('that stop in the clean-up do not make the canary the new stable: its gates cannot be read', () => {
    const world = new ModelWorld({ ...PLAN, cleanup: { stable: 'scaleDown', afterMs: 10_000 } });
    run(world, 200_000, () => {
      if (world.status.phase === 'CleaningUp') world.scraping = false;
    });
    expect(world.status).toMatchObject({ phase: 'CleaningUp', holding: { reason: 'NoFreshSamples' } });
    world.scraping = true;
    run(world, 60_000);
    expect(world.status.phase).toBe('Promoted');
  });

  it('without requests never pass: the release is put back as inconclusive at its deadline', () => {
    const world = new ModelWorld();
    world.rate = 0;
    world.gate = 'inconclusive';
    run(world, 400_000);
    expect(world.status.phase).toBe('RolledBack');
    expect(world.status.rollBack).toMatchObject({ outcome: 'inconclusive', reason: 'DeadlineExceeded' });
    expect(stepOf(world)?.kind).toBe('mirror');
  });
});

describe('a new canary revision', () => {
  it('takes traffic away and begins a new attempt from the first step', () => {
    const world = new ModelWorld();
    runTo(world, 4);
    world.versions.canary.revision = 'c2';
    world.pass(500);
    world.turn();
    expect(world.route).toEqual(pairIntent(NOTHING));
    run(world, 20_000);
    expect(world.status).toMatchObject({
      attempt: 2,
      phase: 'Running',
      accepted: { versions: { canary: { revision: 'c2' } } },
    });
    expect(world.status.steps?.filter((step) => step.attempt === 2)[0]?.kind).toBe('baseline');
    expect(world.status.rollBack).toBeUndefined();
  });
});

describe('orders', () => {
  it('to abort put traffic back from every step, and the outcome is aborted', () => {
    for (let index = 0; index < PLAN.steps.length; index++) {
      const world = new ModelWorld();
      runTo(world, index);
      world.orders.aborted = true;
      run(world, 60_000);
      expect(world.status).toMatchObject({ phase: 'RolledBack', rollBack: { outcome: 'aborted' } });
      expect(world.route).toEqual(pairIntent(NOTHING));
    }
  });

  it('that nobody waits for any longer say what was held for, and for how long', () => {
    const world = new ModelWorld();
    runTo(world, 3);
    world.orders.paused = true;
    run(world, 30_000);
    world.orders.expired = true;
    run(world, 1000);
    expect(world.status.rollBack).toMatchObject({ reason: 'WaitedTooLong', outcome: 'inconclusive' });
    expect(world.status.rollBack?.message).toMatch(/^held for 30(\.\d+)?s, .*: paused; protections stay armed$/);
  });

  it('to abort still work in the clean-up', () => {
    const world = new ModelWorld();
    run(world, 120_000, () => {
      if (world.status.phase === 'CleaningUp') world.orders.aborted = true;
    });
    expect(world.status.rollBack?.outcome).toBe('aborted');
    expect(world.versions.stable.wanted).toBe(2);
  });

  it('to delete are never stuck, even when no pod of stable is ready', () => {
    const world = new ModelWorld();
    runTo(world, 4);
    world.versions.stable.alive = false;
    world.orders.deleting = true;
    run(world, 10_000);
    expect(world.status.phase).toBe('RolledBack');
  });
});

describe('an approval', () => {
  const asking = (index: number) => ({
    ...PLAN,
    steps: PLAN.steps.map((step, at) => (at === index ? { ...step, approval: true } : step)),
  });

  it('is asked for before the step that wants it, counts for its revision only, and lets the release go on', () => {
    const world = new ModelWorld(asking(3));
    run(world, 60_000);
    expect(world.status).toMatchObject({ step: { index: 2 }, holding: { reason: 'AwaitingApproval' } });
    world.orders.approvals = [{ step: 4 }, { step: 4, revision: 'c0' }, { step: 3, revision: 'c1' }];
    run(world, 10_000);
    expect(world.status.step.index).toBe(2);
    world.orders.approvals = [{ step: 4, revision: 'c1' }];
    run(world, 120_000);
    expect(world.status.phase).toBe('Promoted');
  });

  it('of the first step is asked for before the canary gets anything, whatever kind of step it is', () => {
    for (const plan of [asking(0), { ...PLAN, steps: asking(1).steps.slice(1) }]) {
      const world = new ModelWorld(plan);
      run(world, 60_000);
      expect(world.status.holding?.reason).toBe('AwaitingApproval');
      expect(world.route).toEqual(pairIntent(NOTHING));
      world.orders.approvals = [{ step: 1, revision: 'c1' }];
      run(world, 120_000);
      expect(world.status.phase).toBe('Promoted');
    }
  });
});

describe('a canary that answers nothing', () => {
  it('is rolled back for it only when its own samples reach so far', () => {
    const world = new ModelWorld();
    runTo(world, 2);
    const seen = world.input();
    const readBackAt = Date.parse(world.status.route.readBackAt ?? '');
    const policyAt = (newestAt: number) => {
      const canary = { ...seen.traffic.canary, sinceReadBack: 0, newestAt };
      const stable = { ...seen.traffic.stable, sinceReadBack: 1000, newestAt: readBackAt + 5000 };
      return decide({ ...seen, now: readBackAt + 5000, traffic: { canary, stable } }).decisions[0]?.reason;
    };
    expect(policyAt(readBackAt + 5000)).toBe('NoRequests');
    expect(policyAt(readBackAt + 2500)).not.toBe('NoRequests');
  });

  it('is not rolled back for requests that came before anybody scraped it', () => {
    const world = new ModelWorld();
    runTo(world, 2);
    const seen = world.input();
    const readBackAt = Date.parse(world.status.route.readBackAt ?? '');
    const now = readBackAt + 30_000;
    const policyWith = (readFrom: number, stableRequests: number) => {
      const canary = { ...seen.traffic.canary, sinceReadBack: 0, newestAt: now, readFrom };
      const stable = { ...seen.traffic.stable, sinceReadBack: stableRequests, newestAt: now };
      return decide({ ...seen, now, traffic: { canary, stable } }).decisions[0]?.reason;
    };
    expect(policyWith(now - 1000, 10_000)).not.toBe('NoRequests');
    expect(policyWith(now - 10_000, 10_000)).toBe('NoRequests');
    // All of these are copied, and a third of the time was seen.
    expect(policyWith(now - 10_000, 80)).not.toBe('NoRequests');
    expect(policyWith(readBackAt - 1000, 80)).toBe('NoRequests');
  });
});

describe('a promotion by hand', () => {
  const order = { revision: 'c1', reason: 'no traffic at night' };

  it('waits for no time, evidence or approval, and for every confirmation', () => {
    const world = new ModelWorld();
    world.rate = 1;
    runTo(world, 1);
    world.orders.promoted = order;
    run(world, 120_000);
    expect(world.status).toMatchObject({ phase: 'Promoted', byHand: { reason: 'no traffic at night' } });
    expect(world.status.steps?.every(({ confirmedAt }) => confirmedAt !== undefined)).toBe(true);
    const told = world.status.history?.filter(({ reason }) => reason === 'PromoteByHand');
    expect(told).toMatchObject([{ policy: 'byHand', message: 'promoted by hand: no traffic at night' }]);
    expect(world.status.history?.at(-1)?.message).toContain('promoted by hand: no traffic at night');
  });

  it('skips no protection', () => {
    const world = new ModelWorld();
    runTo(world, 3);
    world.orders.promoted = order;
    world.gate = 'fail';
    run(world, 60_000);
    expect(world.status).toMatchObject({ phase: 'RolledBack', rollBack: { policy: 'gateFailed' } });
  });

  it('of another revision changes nothing', () => {
    const world = new ModelWorld();
    world.rate = 1;
    world.orders.promoted = { ...order, revision: 'c0' };
    run(world, 60_000);
    expect(world.status).toMatchObject({ phase: 'Running', step: { index: 4 } });
    expect(world.status.byHand).toBeUndefined();
  });

  it('is over when the canary changes', () => {
    const world = new ModelWorld();
    runTo(world, 2);
    world.orders.promoted = order;
    world.pass(500);
    world.turn();
    expect(world.status.byHand).toBeDefined();
    world.versions.canary.revision = 'c2';
    run(world, 10_000);
    expect(world.status.attempt).toBe(2);
    expect(world.status.byHand).toBeUndefined();
  });
});
