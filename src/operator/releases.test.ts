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

  it('is nothing once it is deleted, also by a turn that ends after it', () => {
    releases.changed({ type: 'deleted', object });
    releases.turned(turn(0.5));
    expect(values()).toEqual([]);
    releases.changed({ type: 'added', object });
    expect(values()).toEqual([[]]);
  });
});
