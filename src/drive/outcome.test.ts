import { describe, expect, it } from 'vitest';
import type { ComparisonVerdict } from '../analysis/gate.ts';
import type { ReleaseStatus } from '../release/status.ts';
import { buildReport } from '../report/build.ts';
import { releaseReportSchema } from '../report/release-report.ts';
import { reportInput } from './outcome.ts';

const AT = '2026-01-01T00:00:00.000Z';
const VERDICT: ComparisonVerdict = {
  gate: 'errors',
  verdict: 'inconclusive',
  reason: 'MoreEvidence',
  message: 'canary fails 0 % of requests, stable 0 %; 59 mirrored pairs',
  oneSided: false,
  evidence: {
    kind: 'comparison',
    at: AT,
    exposure: 'mirrored',
    unit: 'share',
    canary: 0,
    stable: 0,
    tolerated: 0.002,
    interval: { low: -0.011, high: 0.088 },
    requests: { canary: 58.8, stable: 498.1 },
    against: { logEvidence: -0.2, asked: 5.8 },
    inFavour: { logEvidence: 0.1, asked: 2.9957 },
    needed: 2190,
  },
};
const { evidence: _, ...SENTENCE } = { ...VERDICT, gate: 'latency', mayStayOpen: true };
const STATUS: ReleaseStatus = {
  phase: 'Running',
  attempt: 1,
  steps: [{ kind: 'mirror', traffic: '10%', attempt: 1, startedAt: AT, gates: [VERDICT, SENTENCE] }],
};
const NAMES = { name: 'r', namespace: 'n', service: 's', canary: 'v2' };
const RUN = { end: { outcome: 'inconclusive', reason: 'over' }, startedAt: AT, endedAt: AT } as const;

describe('the report of a status', () => {
  it('has what each comparison rests on, and which gates did not stand in the way', () => {
    const report = releaseReportSchema.parse(buildReport(reportInput(STATUS, NAMES, RUN)));
    const { gate: name, verdict, reason, message, evidence } = VERDICT;
    expect(report.steps[0]?.gates).toEqual([
      { name, verdict, evidence: { reason, message, ...evidence } },
      { name: 'latency', verdict, mayStayOpen: true, evidence: { reason, message } },
    ]);
  });
});
