// What every scenario without a failed user expects of its shop at the end.
// Never plays a scenario and never judges a release. Called by tests with users.
import { expect } from 'vitest';
import { failedByRouting, type Tally } from './failures.ts';
import type { Scene } from './scene.ts';
import type { Routes, Shop } from './shop.ts';

/** Closes the shop: no request failed, none by routing, and the routes are these. Tells what was counted. */
export async function expectNoFailure(
  scene: Pick<Scene, 'told'>,
  shop: Shop,
  scenario: string,
  routes: Routes,
): Promise<Tally> {
  const { told, tally } = await shop.close();
  scene.told(scenario, tally);
  expect(failedByRouting(told)).toEqual([]);
  expect(tally.failed).toBe(0);
  expect(await shop.routes()).toEqual(routes);
  // Half of them were on the canary for a while, or the scenario would show nothing.
  expect(tally.users['v2']).toBeGreaterThan(50);
  return tally;
}
