// Turns of the model world in a row: for so long, until something is so, or until a step of the plan is reached.
// Never looks into a decision. Used by the tests of release/.
import { expect } from 'vitest';
import type { ModelWorld } from './model-world.ts';

/** Runs turns every 500 ms until the release has ended or `limitMs` have passed; calls `each` before every turn. */
export function run(world: ModelWorld, limitMs: number, each: (elapsedMs: number) => void = () => {}): void {
  for (let elapsed = 0; elapsed < limitMs && !world.ended; elapsed += 500) {
    each(elapsed);
    world.pass(500);
    world.turn();
  }
}

const reach = (world: ModelWorld, index: number) =>
  run(world, 120_000, () => {
    if (world.status.step.index === index && world.status.step.arrivedAt !== undefined) throw new Error('reached');
  });
/** Turns until it is so; a release that never gets there fails the test instead of hanging it. */
export function runUntil(world: ModelWorld, isSo: () => boolean): void {
  for (let turns = 0; turns < 400 && !isSo(); turns++) run(world, 500);
  expect(isSo()).toBe(true);
}
export const runTo = (world: ModelWorld, index: number) => expect(() => reach(world, index)).toThrow('reached');
