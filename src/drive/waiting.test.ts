import { describe, expect, it } from 'vitest';
import type { GateVerdict } from '../analysis/gate.ts';
import type { VerdictRecord } from '../release/status.ts';
import { waitingFor } from './waiting.ts';

const open = (gate: string, reason: GateVerdict['reason'], needed?: number): VerdictRecord =>
  ({
    gate,
    verdict: 'inconclusive',
    reason,
    message: '',
    oneSided: false,
    evidence: { kind: 'comparison', needed },
  }) as never;
const counts = { exposure: 'mirrored', canary: 1200, stable: 1300, since: '' } as never;
const last = {
  kind: 'wait',
  policy: 'evidence',
  reason: 'MoreEvidence',
  message: 'mirror 10%: errors: a long sentence',
};

describe('what a release waits for', () => {
  it('is how many requests its comparisons still need, and why others stay open', () => {
    const aside = { ...open('restarts', 'NotMeasured'), mayStayOpen: true };
    const passed = { ...open('cpu', 'Passed'), verdict: 'pass' } as const;
    const gates = [open('errors', 'MoreEvidence', 1234), open('latency', 'NearTolerance'), aside, passed];
    expect(waitingFor(last, { gates, counts }, 1000)).toBe(
      'waiting for errors (1,200 more requests), latency (NearTolerance)',
    );
  });

  it('is which gates are open where those are several, and a comparison is among them', () => {
    const query = { ...open('p95', 'Stale'), evidence: { kind: 'query' } } as never;
    expect(waitingFor(last, { gates: [open('latency', 'NoData'), query], counts }, 1)).toBe(
      'waiting for latency (NoData), p95 (Stale)',
    );
    expect(waitingFor(last, { gates: [query, query], counts }, 1)).toBe(last.message);
  });

  it('is the sentence where no comparison knows what it needs, or requests are too few for anything', () => {
    const gates = [open('latency', 'NearTolerance')];
    expect(waitingFor(last, { gates, counts }, 1000)).toBe(last.message);
    expect(waitingFor(last, { counts }, 1000)).toBe(last.message);
    expect(waitingFor(last, { gates: [open('errors', 'MoreEvidence', 12)], counts }, 1201)).toBe(last.message);
    expect(waitingFor(last, { gates: [open('errors', 'MoreEvidence', 12)] }, 1)).toBe(last.message);
  });

  it('is the sentence of any other wait, and nothing where there is none or only time', () => {
    const gates = [open('errors', 'MoreEvidence', 12)];
    expect(waitingFor({ ...last, reason: 'Capacity', message: 'pods' }, { gates, counts }, 1)).toBe('pods');
    expect(waitingFor({ ...last, policy: 'minimumTime' }, { gates, counts }, 1)).toBeUndefined();
    expect(waitingFor({ ...last, kind: 'enter' }, { gates, counts }, 1)).toBeUndefined();
    expect(waitingFor(undefined, { gates, counts }, 1)).toBeUndefined();
  });
});
