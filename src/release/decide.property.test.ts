import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelWorld, PLAN, SETTINGS } from '../../test/support/model-world.ts';
import { fraction, NONE } from '../lib/share.ts';
import type { Decision } from './decision.ts';
import { podsNeeded, presentSize } from './facts.ts';
import type { Input } from './input.ts';
import { mustPass } from './policies/evidence.ts';
import type { ActiveStatus } from './status.ts';
import { canaryShare, exposureOf, NOTHING, pairIntent, type RouteIntent } from './target.ts';

/** What may happen to a release between two turns. */
const events = {
  nothing: () => {},
  time: (world: ModelWorld) => world.pass(5000),
  outage: (world: ModelWorld) => world.pass(60_000),
  scrapingStops: (world: ModelWorld) => {
    world.scraping = false;
  },
  scrapingResumes: (world: ModelWorld) => {
    world.scraping = true;
  },
  canaryDies: (world: ModelWorld) => {
    world.versions.canary.alive = false;
  },
  canaryReturns: (world: ModelWorld) => {
    world.versions.canary.alive = true;
  },
  canaryCrashLoops: (world: ModelWorld) => {
    world.versions.canary.crashLoop = true;
  },
  podsRefused: (world: ModelWorld) => {
    world.versions.canary.trouble = { reason: 'QuotaExceeded', message: 'exceeded quota' };
  },
  podsUnready: (world: ModelWorld) => {
    world.versions.canary.trouble = { reason: 'Unready', message: 'not ready' };
    world.versions.canary.ready = Math.min(world.versions.canary.ready, 1);
  },
  podsHeal: (world: ModelWorld) => {
    world.versions.canary.trouble = undefined;
  },
  somebodyScalesCanary: (world: ModelWorld) => {
    world.versions.canary.wanted = world.versions.canary.wanted === 4 ? 1 : 4;
  },
  stableGrows: (world: ModelWorld) => {
    world.versions.stable.wanted = 5;
  },
  stableShrinks: (world: ModelWorld) => {
    world.versions.stable.wanted = 1;
  },
  autoscalerAllows: (world: ModelWorld) => {
    world.versions.canary.mostReplicas = world.versions.canary.mostReplicas === undefined ? 3 : undefined;
  },
  stableDies: (world: ModelWorld) => {
    world.versions.stable.alive = false;
  },
  stableReturns: (world: ModelWorld) => {
    world.versions.stable.alive = true;
  },
  gatePasses: (world: ModelWorld) => {
    world.gate = 'pass';
  },
  gateFails: (world: ModelWorld) => {
    world.gate = 'fail';
  },
  gateUnknown: (world: ModelWorld) => {
    world.gate = 'inconclusive';
  },
  stableFailsToo: (world: ModelWorld) => {
    world.stableFailsToo = !world.stableFailsToo;
  },
  trafficStops: (world: ModelWorld) => {
    world.rate = 0;
  },
  trafficReturns: (world: ModelWorld) => {
    world.rate = 100;
  },
  paused: (world: ModelWorld) => {
    world.orders.paused = !world.orders.paused;
  },
  aborted: (world: ModelWorld) => {
    world.orders.aborted = true;
  },
  deleted: (world: ModelWorld) => {
    world.orders.deleting = true;
  },
  expired: (world: ModelWorld) => {
    world.orders.expired = true;
  },
  newRevision: (world: ModelWorld) => {
    world.versions.canary.revision += '+';
  },
  stableChanges: (world: ModelWorld) => {
    world.versions.stable.revision += '+';
  },
  overwritten: (world: ModelWorld) => {
    world.route = pairIntent(NOTHING);
  },
} as const;
type EventName = keyof typeof events;

const harmless: EventName[] = [
  'nothing',
  'time',
  'outage',
  'scrapingStops',
  'scrapingResumes',
  'paused',
  'trafficStops',
  'trafficReturns',
];
const anyEvent = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<EventName>('nothing', 'time') },
  { weight: 2, arbitrary: fc.constantFrom<EventName>(...(Object.keys(events) as EventName[])) },
);
const course = fc.tuple(
  fc.integer({ min: 0, max: PLAN.steps.length - 1 }),
  fc.array(fc.record({ event: anyEvent, effects: fc.boolean(), turns: fc.integer({ min: 1, max: 16 }) }), {
    maxLength: 40,
  }),
);

type Course = readonly [number, readonly { event: EventName; effects: boolean; turns: number }[]];

interface Seen {
  readonly before: ActiveStatus;
  readonly after: ActiveStatus;
  readonly input: Input;
  readonly decisions: readonly Decision[];
  readonly world: ModelWorld;
}

/** Where a course begins: a healthy release that has just arrived at this step of the plan; deep states are rare otherwise. */
function worldAt(step: number): ModelWorld {
  const world = new ModelWorld();
  for (let index = 0; index < 400; index++) {
    if (world.status.step.index === step && world.status.step.arrivedAt !== undefined) break;
    world.pass(500);
    world.turn();
  }
  return world;
}

/** Drives one release through a random course; `check` sees every turn. */
function drive([start, steps]: Course, check: (seen: Seen) => void): ModelWorld {
  const world = worldAt(start);
  for (const { event, effects, turns } of steps) {
    if (world.ended) break;
    events[event](world);
    for (let index = 0; index < turns && !world.ended; index++) {
      world.pass(500);
      // The effects of the last turn of a burst may be lost, as when the process dies before them.
      const { before, input, turn } = world.turn(effects || index < turns - 1);
      check({ before, after: world.status, input, decisions: turn.decisions, world });
    }
  }
  return world;
}

const safety = (name: string, check: (seen: Seen) => void, runs = 300) =>
  it(name, () => {
    fc.assert(
      fc.property(course, (steps) => void drive(steps, check)),
      { numRuns: runs },
    );
  });

const isMirrored = (intent: RouteIntent) => intent.kind === 'pair' && intent.target.mirror !== undefined;
const exposure = (intent: RouteIntent) => (intent.kind === 'promoted' ? 'live' : exposureOf(intent.target));

describe('whatever happens to a release', () => {
  safety('live weight never stands beside a mirror, neither intended nor written', ({ after, world }) => {
    for (const intent of [after.route.intent, world.route]) {
      expect(isMirrored(intent) && canaryShare(intent) > 0).toBe(false);
    }
  });

  safety('a mirror is confirmed gone before live weight begins', ({ before, after }) => {
    const begins = canaryShare(before.route.intent) === 0 && canaryShare(after.route.intent) > 0;
    if (begins) {
      expect(isMirrored(before.route.intent)).toBe(false);
      expect(after.route.from).toEqual(pairIntent(NOTHING));
    }
  });

  safety(
    'no exposure is widened without a pass and the minimum of requests on the exposure before',
    ({ input, decisions, after }) => {
      for (const decision of decisions) {
        if (decision.kind !== 'enter') continue;
        const step = input.plan.steps[decision.step - 1];
        const next = input.plan.steps[decision.step];
        if (step === undefined || next === undefined || !mustPass({ step, next })) continue;
        expect(input.verdicts.every((verdict) => verdict.verdict === 'pass')).toBe(true);
        expect(Math.min(after.counts?.canary ?? 0, after.counts?.stable ?? 0)).toBeGreaterThanOrEqual(
          input.plan.minRequests,
        );
      }
    },
  );

  safety(
    'traffic never goes to a version without ready pods, unless the release is being deleted',
    ({ before, after, input }) => {
      const was = before.route.intent;
      const is = after.route.intent;
      if (was === is || JSON.stringify(was) === JSON.stringify(is) || input.orders.deleting) return;
      const toCanary = canaryShare(is) > canaryShare(was) || (exposure(was) === 'none' && exposure(is) !== 'none');
      if (toCanary) expect(input.versions.canary.ready).toBeGreaterThan(0);
      if (canaryShare(is) < canaryShare(was)) expect(input.versions.stable.ready).toBeGreaterThan(0);
    },
  );

  safety('no exposure is widened before the pods that it needs are ready', ({ before, after, input }) => {
    const [was, is] = [before.route.intent, after.route.intent];
    if (after.phase !== 'Running' || is.kind !== 'pair' || was.kind !== 'pair') return;
    const grows = fraction(is.target.canary) > fraction(was.target.canary);
    const copiesMore = fraction(is.target.mirror?.share ?? NONE) > fraction(was.target.mirror?.share ?? NONE);
    if (grows || copiesMore)
      expect(input.versions.canary.ready).toBeGreaterThanOrEqual(podsNeeded(is, presentSize(input)));
  });

  safety(
    'the canary is only ever scaled up, or to zero without traffic, and within what its autoscaler allows',
    (seen) => {
      for (const decision of seen.decisions) {
        const scale = 'scale' in decision ? decision.scale : undefined;
        if (scale?.version !== 'canary' || scale.replicas === 0) continue;
        const { wanted, mostReplicas = Infinity } = seen.input.versions.canary;
        expect(scale.replicas).toBeGreaterThan(wanted);
        expect(scale.replicas).toBeLessThanOrEqual(mostReplicas);
      }
    },
  );

  safety(
    'under live weight a floor stands under stable, as high as stable was before; none is left at the end',
    (seen) => {
      const { before, after, input } = seen;
      if (after.endedAt !== undefined) return expect(after.floors).toBeUndefined();
      if (after.route.intent.kind !== 'pair' || canaryShare(after.route.intent) === 0) return;
      const begins = canaryShare(before.route.intent) === 0;
      expect(after.floors?.stable).toBeGreaterThanOrEqual(
        begins ? input.versions.stable.wanted : (before.floors?.stable ?? 1),
      );
    },
  );

  safety(
    'a failed gate and a crash loop end the attempt in the turn they are seen, paused or not',
    ({ before, after, input }) => {
      const protectedPhase = before.phase === 'Running' || before.phase === 'CleaningUp';
      const committed = before.route.intent.kind === 'promoted';
      const revisionMoved =
        before.restarting !== undefined || input.versions.canary.revision !== before.accepted.versions.canary.revision;
      if (!protectedPhase || committed || revisionMoved) return;
      const failed = input.verdicts.some((verdict) => verdict.verdict === 'fail' && verdict.stableFailsToo !== true);
      if (failed || input.versions.canary.trouble?.hopeless)
        expect(['RollingBack', 'RolledBack']).toContain(after.phase);
    },
  );

  safety(
    'under live weight without a ready canary pod, all weight is intended for stable in that turn when stable can take it',
    ({ before, after, input }) => {
      if (before.route.intent.kind === 'promoted' || canaryShare(before.route.intent) === 0) return;
      if (input.versions.canary.ready === 0 && input.versions.stable.ready > 0)
        expect(canaryShare(after.route.intent)).toBe(0);
    },
  );

  safety('time of a step counts only while its exposure is seen to be there', ({ before, after }) => {
    const walks = after.phase === 'Running' || after.phase === 'CleaningUp';
    if (!walks || after.restarting !== undefined || after.route.intent.kind === 'promoted') return;
    if (after.route.confirmed === undefined) expect(after.step.arrivedAt).toBeUndefined();
    if (after.step.arrivedAt === undefined) expect(after.clock.stepMs).toBe(0);
    const since = Date.parse(after.step.arrivedAt ?? before.clock.at);
    expect(after.clock.stepMs).toBeLessThanOrEqual(Date.parse(after.clock.at) - since);
  });

  safety('nothing is scaled to zero while its requests move or cannot be read', ({ decisions, input, world }) => {
    for (const decision of decisions) {
      if (decision.kind !== 'scale' || decision.scale.replicas > 0) continue;
      const { version } = decision.scale;
      if (input.versions[version].running === 0) continue;
      expect(world.scraping || input.now - (input.traffic[version].newestAt ?? 0) <= 3000).toBe(true);
      expect(input.traffic[version].recent).toBe(0);
      expect(version === 'canary' ? exposure(input.status.route.intent) : input.status.route.intent.kind).toBe(
        version === 'canary' ? 'none' : 'promoted',
      );
    }
  });

  safety(
    'paused or without fresh samples, no step is entered and no share grows',
    ({ before, after, input, decisions }) => {
      const stale = input.now - (input.traffic.stable.newestAt ?? 0) > 3000;
      if (!input.orders.paused && !stale) return;
      if (before.phase !== 'Running' || before.restarting !== undefined) return;
      const entered = decisions.some((decision) => decision.kind === 'enter');
      if (input.versions.canary.revision === before.accepted.versions.canary.revision) expect(entered).toBe(false);
      expect(canaryShare(after.route.intent)).toBeLessThanOrEqual(canaryShare(before.route.intent));
    },
  );

  it('an order to abort always ends it within two minutes of good conditions, the routes as before or promoted', () => {
    fc.assert(
      fc.property(course, (steps) => {
        const world = drive(steps, () => {});
        world.versions.stable.alive = true;
        world.versions.canary.alive = true;
        world.scraping = true;
        world.orders.aborted = true;
        for (let index = 0; index < 240 && !world.ended; index++) {
          world.pass(500);
          world.turn();
        }
        expect(world.ended).toBe(true);
        expect(world.route).toEqual(world.status.phase === 'Promoted' ? { kind: 'promoted' } : pairIntent(NOTHING));
      }),
      { numRuns: 300 },
    );
  });

  it('no roll back and no promotion waits for ever for what it cannot see: unreadable counters, pods that never end', () => {
    fc.assert(
      fc.property(course, fc.boolean(), (steps, scraping) => {
        const world = drive(steps, () => {});
        world.versions.stable.alive = true;
        world.scraping = scraping;
        world.lingering = true;
        world.orders.aborted = true;
        // The drain's limit, that of the pods' end, and the routes' own steps in between.
        const limitMs = 2 * SETTINGS.drainLimitMs + 20_000;
        for (let passed = 0; passed < limitMs && !world.ended; passed += 500) {
          world.pass(500);
          world.turn();
        }
        expect(world.ended).toBe(true);
        expect(world.route).toEqual(world.status.phase === 'Promoted' ? { kind: 'promoted' } : pairIntent(NOTHING));
      }),
      { numRuns: 300 },
    );
  });

  it('outages of samples, traffic and the controller alone never roll a healthy canary back, except as inconclusive or unseen', () => {
    const calm = fc.array(
      fc.record({ event: fc.constantFrom(...harmless), effects: fc.boolean(), turns: fc.integer({ min: 1, max: 16 }) }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(calm, (steps) => {
        const world = drive([0, steps], () => {});
        expect([undefined, 'inconclusive']).toContain(world.status.rollBack?.outcome);
      }),
      { numRuns: 300 },
    );
  });
});
