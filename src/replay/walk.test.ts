import { expect, it } from 'vitest';
import { acceptedStatus, PLAN, verdictOf } from '../../test/support/model-world.ts';
import type { ActiveStatus } from '../release/status.ts';
import type { Hindsight, Look } from './hindsight.ts';
import { walk } from './walk.ts';

it('ends with the first look at which all gates together have the evidence, though none has it alone', async () => {
  const step = PLAN.steps.find(({ exposure }) => exposure === 'mirrored');
  if (step === undefined) throw new Error('the plan mirrors');
  const traffic = { up: 1, sinceReadBack: 0, sinceCount: 10, recent: 0 };
  const look = async (at: number): Promise<Look> => {
    const together = at < 30 ? { best: 2 } : { best: 9, gates: [] };
    const status = { ...acceptedStatus(0, PLAN), comparisons: { together } } as unknown as ActiveStatus;
    return { at, verdicts: [verdictOf('errors', 'pass')], traffic: { canary: traffic, stable: traffic }, status };
  };
  const hindsight: Hindsight = { plan: PLAN, look, at: async (at) => (await look(at)).verdicts };
  const { outcome, reason, endedAt } = await walk(hindsight, step, {
    from: 0,
    to: 60,
    everyMs: 10,
    scrapeIntervalMs: 10,
  });
  expect({ outcome, endedAt }).toEqual({ outcome: 'rolledBack', endedAt: 30 });
  expect(reason).toMatch(/^all gates together: /);
});
