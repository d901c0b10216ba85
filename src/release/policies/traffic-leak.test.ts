import { describe, expect, it } from 'vitest';
import { run, runTo } from '../../../test/support/model-run.ts';
import { ModelWorld } from '../../../test/support/model-world.ts';
import { type Facts, factsOf } from '../facts.ts';
import { trafficLeak } from './traffic-leak.ts';

/** Mirrored, confirmed; so many requests since the route was read back, and in the latest two scrapes of stable. */
function said(canary: number, stable: number, recent: number) {
  const world = new ModelWorld();
  runTo(world, 1);
  run(world, 5000);
  const { input } = world.turn();
  const facts = factsOf(input, world.status);
  const { traffic } = facts;
  const told: Facts = {
    ...facts,
    confirmed: true,
    traffic: {
      canary: { ...traffic.canary, sinceReadBack: canary },
      stable: { ...traffic.stable, sinceReadBack: stable, recent },
    },
  };
  return trafficLeak.speak(told);
}

describe('copies of requests', () => {
  it('may be counted by the canary when stable has not been scraped yet', () => {
    expect(said(42, 0, 400)).toBeUndefined();
  });

  it('are too many when stable has not had as many requests', () => {
    expect(said(42, 0, 0)).toMatchObject({ reason: 'TrafficLeak' });
    expect(said(2000, 1000, 400)).toMatchObject({ reason: 'TrafficLeak' });
  });
});
