import { describe, expect, it } from 'vitest';
import { runTo } from '../../../test/support/model-run.ts';
import { acceptedStatus, ModelWorld, PLAN, verdictOf } from '../../../test/support/model-world.ts';
import { decide } from '../decide.ts';
import type { ActiveStatus } from '../status.ts';
import { onEvidence } from './gate-failed.ts';

type Comparisons = NonNullable<ActiveStatus['comparisons']>;

/** The evidence of all gates, and those that it is ascribed to. */
const together = (gates?: readonly string[]) =>
  ({ together: { best: 9, gates }, spans: [], gates: {} }) as unknown as Comparisons;

const spoken = (phase: string, comparisons: Comparisons | undefined, verdicts = [verdictOf('errors', 'pass')]) =>
  onEvidence({ verdicts, status: { ...acceptedStatus(0, PLAN), phase, comparisons } as ActiveStatus });

describe('evidence of all gates together', () => {
  const ALL = /^all gates together: .* fewer than 1 of [\d,]+ releases$/;

  it('rolls a canary back that no gate by itself is sure of', () => {
    const world = new ModelWorld();
    runTo(world, 2);
    const input = world.input();
    const { status } = decide({ ...input, status: { ...input.status, comparisons: together([]) } });
    expect(status).toMatchObject({
      phase: 'RollingBack',
      rollBack: { outcome: 'rolledBack', reason: 'CombinedEvidence', message: expect.stringMatching(ALL) },
    });
  });

  it.each(['Running', 'CleaningUp'])('speaks while the outcome is open: %s', (phase) => {
    expect(spoken(phase, together([]))).toMatchObject({ kind: 'rollBack', reason: 'CombinedEvidence' });
  });

  it.each(['RollingBack', 'RolledBack', 'Promoted'])('is silent when it is settled: %s', (phase) => {
    expect(spoken(phase, together([]))).toBeUndefined();
  });

  it('is silent where it is not strong, where gates are told by name, and where nothing is compared', () => {
    for (const comparisons of [together(), together(['errors']), undefined])
      expect(spoken('Running', comparisons)).toBeUndefined();
  });

  it('leaves the word to a gate that fails by itself', () => {
    const failed = [verdictOf('errors', 'fail')];
    expect(spoken('Running', together([]), failed)).toMatchObject({ kind: 'rollBack', reason: 'GateFailed' });
  });
});
