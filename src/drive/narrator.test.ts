import { describe, expect, it } from 'vitest';
import { acceptedStatus, PLAN } from '../../test/support/model-world.ts';
import type { TurnReport } from '../controller/deps.ts';
import type { Decision } from '../release/decision.ts';
import type { ActiveStatus, ReleaseStatus } from '../release/status.ts';
import { unpainted } from '../report/line.ts';
import { eventLine } from '../report/terminal.ts';
import { narrate } from './narrator.ts';

const T = Date.parse('2026-01-01T00:00:00.000Z');
const AT = new Date(T).toISOString();
const MODEL = acceptedStatus(T, PLAN);
const POLICY = {
  plan: [
    { baseline: { for: '5s' } },
    { mirror: { traffic: '10%', for: '5s' } },
    { mirror: { traffic: '100%', for: '5s' } },
    { shift: { traffic: '10%', for: '5s', approval: 'before' } },
  ],
  gates: {},
  minRequests: 1,
  deadline: '1h',
  onInconclusive: 'hold',
  cleanup: { stable: 'delete', after: '0s' },
} as unknown as ActiveStatus['accepted']['policy'];
const STATUS: ReleaseStatus = {
  ...MODEL,
  accepted: { ...MODEL.accepted, policy: POLICY },
  step: { index: 2, enteredAt: AT },
};

type Spoken = Pick<Decision, 'message'> & Record<string, unknown>;

/** The lines of one turn, without their times. */
function told(before: ReleaseStatus, after: ReleaseStatus, spoken: readonly Spoken[], approve: readonly number[] = []) {
  const decisions = spoken.map((one) => ({ policy: 'p', reason: 'R', ...one })) as unknown as readonly Decision[];
  const turn = { ref: { kind: 'Release', namespace: 'n', name: 'r' }, at: T, before, after, decisions } as TurnReport;
  return narrate(turn, { startedAt: T, approve, howToApprove: (step) => `start again with --approve ${step}` }).map(
    (event) => eventLine(event, { paint: unpainted }).slice(9),
  );
}

const scale = { kind: 'scale', scale: { version: 'canary', replicas: 0 }, message: 'scale v2 to 0: no request for 3s' };

describe('what is told of a turn', () => {
  it('puts a roll back before the scale-down that it leads to', () => {
    const rollBack = { at: AT, outcome: 'rolledBack', policy: 'p', reason: 'CrashLoop', message: 'v2 crash-loops' };
    const after = { ...STATUS, phase: 'RollingBack', rollBack, scale: { canary: 0 } } as ReleaseStatus;
    expect(told(STATUS, after, [{ kind: 'rollBack', message: 'v2 crash-loops' }, scale])).toEqual([
      'roll back         v2 crash-loops  CrashLoop',
      'scale             v2 to 0: no request for 3s',
    ]);
  });

  it('says beside a roll back by a comparative gate what it took, and what any test would have needed', () => {
    const rollBack = { at: AT, outcome: 'rolledBack', policy: 'p', reason: 'GateFailed', message: 'errors: worse' };
    const bound = { canary: 0.02, stable: 0.001, canaryRequests: 123, withTolerance: 234 };
    const evidence = { kind: 'comparison', requests: { canary: 340, stable: 3400 }, bound };
    const gates = [
      { gate: 'errors', verdict: 'fail', reason: 'Worse', message: 'worse', evidence },
      { gate: 'latency', verdict: 'inconclusive', reason: 'MoreEvidence', message: 'open', evidence },
    ];
    const failing = { ...STATUS, gates } as unknown as ReleaseStatus;
    const after = { ...failing, phase: 'RollingBack', rollBack } as ReleaseStatus;
    expect(told(failing, after, [])).toEqual([
      'roll back         errors failed  GateFailed',
      "it took           340 canary requests; Wald's bound for 2 % failing beside 0.1 %: 123, with the tolerance 234",
    ]);
    expect(told(after, after, [])).toEqual([]);
  });

  it('says why live weight goes back before it says that it does', () => {
    const route = { ...MODEL.route, intendedAt: new Date(T + 1).toISOString() };
    const withdraw = { kind: 'withdraw', message: 'no canary pod is ready' };
    expect(told(STATUS, { ...STATUS, route }, [withdraw])).toEqual([
      'withdraw          no canary pod is ready',
      'route             everything to stable',
    ]);
  });

  it('has a line when the old stable version is deleted, once', () => {
    const remove = { kind: 'remove', version: 'stable', message: 'delete v1: no request for 3s' };
    const after = { ...STATUS, history: [{ at: AT, policy: 'p', reason: 'Delete', ...remove }] } as ReleaseStatus;
    expect(told(STATUS, after, [remove])).toEqual(['delete            v1: no request for 3s']);
    expect(told(after, after, [remove])).toEqual([]);
  });
});

describe('a step that wants an approval', () => {
  const holding = {
    since: AT,
    policy: 'approval',
    reason: 'AwaitingApproval',
    message: 'approve it with spec.approved',
  } as const;
  const asked = [{ kind: 'hold', reason: 'AwaitingApproval', message: holding.message, numbers: { step: 4 } }];

  it('is told as approved by the flag that names it', () => {
    expect(told(STATUS, { ...STATUS, holding }, asked, [4])).toEqual([
      expect.stringMatching(/^approval {10}step 4 \(shift 10%\) is approved by --approve 4$/),
    ]);
  });

  it('is told as a hold with the flag that would approve it, since nobody can edit the Release of a rehearsal', () => {
    expect(told(STATUS, { ...STATUS, holding }, asked, [3])).toEqual([
      expect.stringMatching(
        /^hold {14}everything is ready for step 4 \(shift 10%\), which wants an approval: start again with --approve 4 {2}Awaiting/,
      ),
    ]);
  });
});
