import { describe, expect, it } from 'vitest';
import { run, runUntil } from '../../../test/support/model-run.ts';
import { acceptedStatus, ModelWorld, PLAN } from '../../../test/support/model-world.ts';
import type { RouteIdentity } from '../../routing/target.ts';
import { factsOf } from '../facts.ts';
import { guard } from '../guard.ts';
import { NOTHING, PREPARED, pairIntent, RESTORED, type RouteIntent, sameIntent } from '../target.ts';

const ADDED = { subsets: [{ name: 'v2', labels: { version: 'v2' } }] };
type Missing = Partial<Pick<RouteIdentity, 'added' | 'pins'>>;

function worldWith(missing: Missing): ModelWorld {
  const world = new ModelWorld();
  const status = acceptedStatus(world.now, PLAN);
  const identity = { stable: 'v1', canary: 'v2', ...missing } as RouteIdentity;
  const route = { intent: pairIntent(PREPARED), from: pairIntent(RESTORED), intendedAt: status.route.intendedAt };
  world.status = { ...status, accepted: { ...status.accepted, identity }, ...(missing.added && { route }) };
  world.route = pairIntent(RESTORED);
  return world;
}

/** The intents that were written, each once, in order. */
function intents(world: ModelWorld, ms: number): RouteIntent[] {
  const seen: RouteIntent[] = [];
  for (let passed = 0; passed < ms && !world.ended; passed += 500) {
    world.pass(500);
    world.turn();
    const last = seen.at(-1);
    if (last === undefined || !sameIntent(last, world.status.route.intent)) seen.push(world.status.route.intent);
  }
  return seen;
}

const stages = (seen: readonly RouteIntent[]) =>
  seen.map((intent) => (intent.kind === 'pair' ? (intent.target.stage ?? intent.target.canary) : 'promoted'));

describe('a release that adds what is missing', () => {
  it('begins with the subsets alone, and names them when the proxies have had time to hear of them', () => {
    const world = worldWith({ added: ADDED, pins: true });
    world.pass(500);
    world.turn();
    expect(world.route).toEqual(pairIntent(PREPARED));
    const since = world.now;
    runUntil(world, () => sameIntent(world.route, pairIntent(NOTHING)));
    expect(world.now - since).toBeGreaterThanOrEqual(2000);
  });

  it('pins no route to stable while stable has no ready pod', () => {
    const world = worldWith({ added: ADDED, pins: true });
    // Its pods are all that answers, and all that is scraped.
    world.versions.canary.wanted = 1;
    world.versions.stable.alive = false;
    run(world, 20_000);
    expect(world.route).toEqual(pairIntent(PREPARED));
    world.versions.stable.alive = true;
    run(world, 10_000);
    expect(world.route).not.toEqual(pairIntent(PREPARED));
  });

  it('is guarded as any move of weight onto stable is: first its pods, then the names on routes', () => {
    const world = worldWith({ added: ADDED, pins: true });
    world.versions.stable.ready = 0;
    const facts = factsOf(world.input(), world.status);
    const move = { kind: 'route', policy: 'advance', reason: 'NextTarget', message: 'route' } as const;
    expect(guard({ ...move, intent: pairIntent(NOTHING) }, facts)).toMatchObject({ reason: 'NoReadyPods' });
    expect(guard({ ...move, intent: pairIntent(RESTORED) }, facts)).toMatchObject({ kind: 'route' });
  });

  it('is not said to leak while open routes lead to every version, whoever waits', () => {
    const world = worldWith({ added: ADDED, pins: true });
    world.orders.paused = true;
    world.versions.canary.wanted = 1;
    run(world, 20_000, () => {
      world.versions.canary.requests += 10;
    });
    expect([world.status.holding?.reason, world.route]).toEqual(['Paused', pairIntent(PREPARED)]);
  });

  it.each<[string, Missing, unknown[]]>([
    ['subsets and the names on routes', { added: ADDED, pins: true }, [0, 'prepared', 'restored']],
    ['subsets', { added: ADDED }, [0, 'restored']],
    ['the names on routes', { pins: true }, [0, 'restored']],
    ['nothing', {}, [0]],
  ])('takes back %s after a roll back, when the canary has ended', (_what, missing, wanted) => {
    const world = worldWith(missing);
    runUntil(world, () => world.status.step.index === 4 && world.status.step.arrivedAt !== undefined);
    world.gate = 'fail';
    const seen = intents(world, 120_000);
    expect(world.status.phase).toBe('RolledBack');
    expect(stages(seen)).toEqual(wanted);
    expect(world.versions.canary.wanted).toBe(0);
    expect(world.status.history?.at(-1)?.message).not.toContain('left as it is');
  });

  it('leaves all that as it is when the canary could not be scaled down, and says so', () => {
    const world = worldWith({ added: ADDED, pins: true });
    runUntil(world, () => world.status.step.index === 4 && world.status.step.arrivedAt !== undefined);
    world.scraping = false;
    world.orders.aborted = true;
    run(world, 120_000);
    expect(world.status).toMatchObject({ phase: 'RolledBack', conditions: [{ type: 'ScaleDownWithheld' }] });
    expect(world.route).toEqual(pairIntent(NOTHING));
    expect(world.status.history?.at(-1)?.message).toContain('the routes name subset v1, subset v2 added by Serin');
  });

  it('takes subsets back when it is deleted, but only after the time that routes take to every proxy', () => {
    const world = worldWith({ added: ADDED });
    runUntil(world, () => world.status.step.index === 4 && world.status.step.arrivedAt !== undefined);
    world.orders.deleting = true;
    world.scraping = false;
    runUntil(world, () => sameIntent(world.route, pairIntent(NOTHING)));
    const since = world.now;
    runUntil(world, () => sameIntent(world.route, pairIntent(RESTORED)));
    expect(world.now - since).toBeGreaterThanOrEqual(2000);
    run(world, 5000);
    expect(world.status.phase).toBe('RolledBack');
  });

  it('keeps routes pinned when it is deleted while the canary runs, and is not stuck', () => {
    const world = worldWith({ added: ADDED, pins: true });
    runUntil(world, () => world.status.step.index === 4 && world.status.step.arrivedAt !== undefined);
    world.orders.deleting = true;
    run(world, 10_000);
    expect(world.status.phase).toBe('RolledBack');
    expect(world.route).toEqual(pairIntent(NOTHING));
  });

  it('takes it all back when it is aborted before anything was named', () => {
    const world = worldWith({ added: ADDED, pins: true });
    world.orders.aborted = true;
    expect(stages(intents(world, 60_000))).toEqual(['prepared', 0, 'prepared', 'restored']);
    expect(world.status.phase).toBe('RolledBack');
  });

  it('keeps what it added once promoted', () => {
    const world = worldWith({ added: ADDED, pins: true });
    run(world, 200_000);
    expect([world.status.phase, world.route]).toEqual(['Promoted', { kind: 'promoted' }]);
  });
});
