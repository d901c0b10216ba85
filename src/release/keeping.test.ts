import { describe, expect, it } from 'vitest';
import { acceptedStatus, ModelWorld, PLAN } from '../../test/support/model-world.ts';
import type { GateVerdict, QueryVerdict } from '../analysis/gate.ts';
import type { PolicySpec } from '../api/release.ts';
import { apply } from './apply.ts';
import { fold } from './fold.ts';
import { keptVerdict, keptVerdicts } from './keeping.ts';
import type { ActiveStatus } from './status.ts';

/** The most that the contract allows. */
const GATES = 64;
const QUERY = 'x'.repeat(8192);
const LIMIT_BYTES = 1_500_000;

function verdictOf(gate: string, verdict: GateVerdict['verdict'], series: number, labelled: number): QueryVerdict {
  const labels = Object.fromEntries(Array.from({ length: labelled }, (_, index) => [`label${index}`, 'é'.repeat(200)]));
  const values = Array.from({ length: series }, () => ({ labels, value: 0.1 }));
  const requests = { canary: 1000, stable: 1000 };
  return {
    gate,
    verdict,
    reason: 'ThresholdExceeded',
    message: 'm'.repeat(5000),
    oneSided: false,
    evidence: {
      kind: 'query',
      query: QUERY,
      window: '30s',
      at: '2026-01-01T00:00:00.000Z',
      values,
      left: values,
      right: values,
      countedAsZero: Array.from({ length: 6 }, () => QUERY),
      requests,
      canaryRequestsInWindow: 1000,
    },
  };
}

const manyVerdicts = (): readonly GateVerdict[] =>
  Array.from({ length: GATES }, (_, index) => verdictOf(`gate-${index}`, index === 40 ? 'fail' : 'pass', 10, 3));

/** A status after seventy steps of several attempts, each with all of its verdicts, and more decisions than are kept. */
function largestStatus(): ActiveStatus {
  const input = new ModelWorld().input();
  const verdicts = manyVerdicts();
  const policy = { gates: Object.fromEntries(verdicts.map(({ gate }) => [gate, { promql: QUERY }])) };
  const accepted = acceptedStatus(input.now, PLAN);
  let status: ActiveStatus = {
    ...accepted,
    accepted: { ...accepted.accepted, policy: policy as unknown as PolicySpec },
  };
  const said = { policy: 'test', reason: 'NextStep', message: 'm'.repeat(5000) } as const;
  for (let step = 0; step < 70; step++) {
    status = fold({ ...input, status, verdicts });
    status = apply(status, { kind: 'hold', ...said, reason: step % 2 === 0 ? 'Paused' : 'Incident' }, input);
    status = apply(status, { kind: 'enter', ...said, step: step % PLAN.steps.length }, input);
  }
  status = fold({ ...input, status, verdicts });
  const [verdict] = verdicts;
  return apply(status, { kind: 'rollBack', ...said, outcome: 'rolledBack', ...(verdict && { verdict }) }, input);
}

describe('what a status keeps', () => {
  it('fits into etcd with room for the routes, whatever the gates say, for however long', () => {
    const status = largestStatus();
    const bytes = new TextEncoder().encode(JSON.stringify(status)).length;
    expect(bytes).toBeLessThan(LIMIT_BYTES - 300_000);
    expect(status.steps).toHaveLength(60);
    expect(status.history).toHaveLength(100);
  });

  const stepsOf = (gates: number) => {
    const input = new ModelWorld().input();
    const verdicts = Array.from({ length: gates }, (_, index) => verdictOf(`gate-${index}`, 'pass', 1, 1));
    let { status } = input;
    for (let step = 0; step < 6; step++) {
      status = fold({ ...input, status, verdicts });
      status = apply(status, { kind: 'enter', policy: 'test', reason: 'NextStep', message: 'next', step }, input);
    }
    return status.steps?.slice(0, 6).map((record) => record.gates[0]) ?? [];
  };

  it('has the evidence of the last few steps at least, and the sentences of those before', () => {
    const gates = stepsOf(8);
    expect(gates.map((gate) => gate?.evidence !== undefined)).toEqual([false, false, false, false, true, true]);
    expect(gates.every((gate) => gate?.verdict === 'pass' && gate.message.startsWith('mmm'))).toBe(true);
  });

  it('has the evidence of all steps where there is not very much of it', () => {
    expect(stepsOf(1).every((gate) => gate?.evidence !== undefined)).toBe(true);
  });

  it('never goes without the evidence of the gate that decided', () => {
    const verdicts = manyVerdicts();
    const kept = keptVerdicts(verdicts);
    expect(kept.map(({ gate }) => gate)).toEqual(verdicts.map(({ gate }) => gate));
    expect(kept.find(({ verdict }) => verdict === 'fail')?.evidence).toBeDefined();
    const huge = keptVerdict(verdictOf('errors', 'fail', 10, 200));
    expect(huge.evidence).toMatchObject({ omitted: 24, requests: { canary: 1000 } });
    expect(JSON.stringify(huge).length).toBeLessThan(20_000);
  });

  it('is left as it is when it is of an ordinary size', () => {
    const { evidence, ...verdict } = verdictOf('errors', 'fail', 2, 8);
    const ordinary = { ...verdict, message: 'short', evidence: { ...evidence, query: 'up', countedAsZero: [] } };
    expect(keptVerdict(ordinary)).toEqual(ordinary);
  });
});
