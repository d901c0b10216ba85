import { describe, expect, it } from 'vitest';
import { errorBlock, SETTING } from '../../test/support/compared-blocks.ts';
import { runTo } from '../../test/support/model-run.ts';
import { ModelWorld, PLAN } from '../../test/support/model-world.ts';
import type { ComparativeGate } from '../analysis/comparative/kinds.ts';
import { fromTime } from '../lib/time.ts';
import type { ComparisonReading } from './comparison-reading.ts';
import { decide, type Turn } from './decide.ts';
import type { Input } from './input.ts';

/** The contract refuses it, and a status that was written before it did may hold it. */
const FAULTY: ComparativeGate = { kind: 'lostRequests', name: 'lostRequests', byDefault: false, max: 1 };
const ERRORS: ComparativeGate = {
  kind: 'errors',
  name: 'errors',
  byDefault: false,
  worseBy: { factor: 1, points: 0.002 },
};
const plan = { ...PLAN, gates: [], comparative: [FAULTY, ERRORS] };

/** At the second mirror step; `errors` of the canary's hundred requests in each of twelve blocks since. */
function reached(errors: number): { readonly world: ModelWorld; readonly compared: ComparisonReading } {
  const world = new ModelWorld(plan);
  runTo(world, 2);
  world.pass(500);
  const from = Math.ceil(fromTime(world.status.route.readBackAt ?? world.status.route.intendedAt) / 5000) * 5000;
  const blocks = Array.from({ length: 12 }, (_, index) => {
    const { block } = errorBlock(index, { a: { requests: 100, errors } }, { b: { requests: 100, errors: 0 } });
    return { ...block, from: from + block.from, to: from + block.to };
  });
  const { began: _, deadlineMs: __, ...begin } = SETTING;
  const look = { blocks, faults: [], waiting: [], cursor: { at: from + 60_000 } };
  return { world, compared: { begin, news: { errors: look }, waiting: {} } };
}

function turn(errors: number, change: (input: Input) => Partial<Input> = () => ({})): Turn {
  const { world, compared } = reached(errors);
  const input = world.input();
  return decide({ ...input, compared, ...change(input) });
}

const verdictOf = ({ status }: Turn, name: string) => status.gates?.find(({ gate }) => gate === name);

describe('a gate whose own code throws', () => {
  it('is an open verdict that names the fault, stands in the way, and stays so from the stored status', () => {
    const first = turn(0);
    expect(verdictOf(first, 'lostRequests')).toMatchObject({
      verdict: 'inconclusive',
      reason: 'InternalError',
      message: expect.stringContaining('a limit of lost copies is between 0 and 1, not 1'),
    });
    expect(verdictOf(first, 'lostRequests')).not.toHaveProperty('mayStayOpen', true);
    expect(verdictOf(first, 'errors')).toMatchObject({ reason: 'MoreEvidence' });
    const status = JSON.parse(JSON.stringify(first.status)) as Turn['status'];
    const { world } = reached(0);
    const next = decide({ ...world.input(), status });
    expect(verdictOf(next, 'lostRequests')).toMatchObject({ reason: 'InternalError' });
  });

  it('takes no protection away: an abort, the deadline, pods that are gone, another gate', () => {
    const reasonOf = ({ status, decisions }: Turn) => [status.rollBack?.reason, decisions[0]?.kind];
    expect(reasonOf(turn(0, ({ orders }) => ({ orders: { ...orders, aborted: true } })))).toEqual([
      'Aborted',
      'rollBack',
    ]);
    const late = (input: Input): Partial<Input> => ({
      status: { ...input.status, clock: { ...input.status.clock, totalMs: plan.deadlineMs } },
    });
    expect(reasonOf(turn(0, late))).toEqual(['DeadlineExceeded', 'rollBack']);
    const crashing = ({ versions }: Input): Partial<Input> => ({
      versions: {
        ...versions,
        canary: { ...versions.canary, ready: 0, trouble: { reason: 'CrashLoop', message: 'exit 1', hopeless: true } },
      },
    });
    expect(reasonOf(turn(0, crashing))).toEqual(['CrashLoop', 'rollBack']);
    const worse = turn(30);
    expect(reasonOf(worse)).toEqual(['GateFailed', 'rollBack']);
    expect(worse.status.route.intent).toMatchObject({ kind: 'pair', target: { canary: 0 } });
    expect(worse.status.route.intent).not.toHaveProperty('target.mirror');
  });
});
