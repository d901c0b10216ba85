import { beforeEach, describe, expect, it } from 'vitest';
import { checkoutRelease } from '../../test/support/checkout-objects.ts';
import { acceptedStatus, PLAN } from '../../test/support/model-world.ts';
import { refOf } from '../api/object.ts';
import type { TurnReport } from '../controller/deps.ts';
import type { VerdictRecord } from '../release/status.ts';
import { createReleases, type Releases } from './releases.ts';

const status = acceptedStatus(Date.parse('2026-01-01T00:00:00Z'), PLAN);
const object = { ...checkoutRelease(), status };
const ref = refOf(object);

const verdict = (value: number): VerdictRecord =>
  ({ gate: 'errors', verdict: 'pass', reason: 'Pass', message: '', evidence: { values: [{ value }] } }) as never;
const turn = (value: number): TurnReport =>
  ({ ref, at: 0, before: status, after: status, decisions: [], input: { verdicts: [verdict(value)] } }) as never;

describe('what metrics show of a release', () => {
  let releases: Releases;
  const values = () => [...releases.states()].map(({ gates }) => gates.map(({ value }) => value));
  beforeEach(() => {
    releases = createReleases();
    releases.changed({ type: 'added', object });
  });

  it('is what the last turn measured, for as long as this replica takes the turns; then what the status says', () => {
    releases.turned(turn(0.5));
    expect(values()).toEqual([[0.5]]);
    releases.turnsEnded();
    expect(values()).toEqual([[]]);
    releases.changed({
      type: 'modified',
      object: { ...object, status: { ...status, gates: [verdict(2)] } },
      previous: object,
    });
    expect(values()).toEqual([[2]]);
  });

  it('is also what comparisons say, which only the status after the turn has, in base units', () => {
    const evidence = {
      kind: 'comparison',
      unit: 'milliseconds',
      canary: 214,
      tolerated: 240,
      max: 500,
      against: { logEvidence: Math.log(10), asked: Math.log(100) },
      inFavour: { logEvidence: -1, asked: 2 },
    };
    const latency = { gate: 'latency', verdict: 'inconclusive', reason: 'MoreEvidence', message: '', evidence };
    const after = { ...status, gates: [verdict(2), latency] };
    releases.turned({ ...turn(0.5), after } as never);
    expect([...releases.states()][0]?.gates).toEqual([
      { gate: 'errors', verdict: 'pass', value: 0.5 },
      {
        gate: 'latency',
        verdict: 'inconclusive',
        value: 0.214,
        threshold: 0.24,
        evidence: { rollBack: expect.closeTo(0.5, 9), promote: -0.5 },
      },
    ]);
  });

  it('is nothing of a comparison that has not seen anything but its verdict', () => {
    const evidence = { kind: 'comparison', unit: 'share', requests: { canary: 0, stable: 0 } };
    const gates = [{ gate: 'latency', verdict: 'inconclusive', reason: 'NotMeasured', message: '', evidence }];
    releases.turned({ ...turn(0.5), input: { verdicts: [] }, after: { ...status, gates } } as never);
    expect([...releases.states()][0]?.gates).toEqual([{ gate: 'latency', verdict: 'inconclusive', evidence: {} }]);
  });

  it('is nothing once it is deleted, also by a turn that ends after it', () => {
    releases.changed({ type: 'deleted', object });
    releases.turned(turn(0.5));
    expect(values()).toEqual([]);
    releases.changed({ type: 'added', object });
    expect(values()).toEqual([[]]);
  });
});
