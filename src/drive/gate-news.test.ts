import { describe, expect, it } from 'vitest';
import type { GateVerdict } from '../analysis/gate.ts';
import type { VerdictRecord } from '../release/status.ts';
import { isNews } from './gate-news.ts';

type Reason = GateVerdict['reason'];

type Kind = 'query' | 'comparison';
const record = (verdict: VerdictRecord['verdict'], reason: Reason, kind: Kind = 'comparison', canary = 0) => {
  const evidence = { kind, requests: { canary, stable: canary } };
  return { gate: 'errors', verdict, reason, message: '', oneSided: false, evidence } as unknown as VerdictRecord;
};
const open = (reason: Reason, kind?: Kind) => record('inconclusive', reason, kind);
const PASS = record('pass', 'Passed');

describe('a verdict is told', () => {
  it.each<[string, VerdictRecord | undefined, VerdictRecord]>([
    ['when a gate passes', open('MoreEvidence'), PASS],
    ['when it fails', PASS, record('fail', 'Worse')],
    ['when its metrics are lost', PASS, open('Stale')],
    ['when a query finds nothing', undefined, open('NoData', 'query')],
    ['when it is open for a reason that waiting does not mend', open('MoreEvidence'), open('Resolution')],
    ['when that reason becomes another', open('Confounded'), open('Uncovered')],
    ['when a comparison has lost its data', open('MoreEvidence'), record('inconclusive', 'NoData', 'comparison', 40)],
    ['when nobody measures it, from the first', undefined, open('NotMeasured')],
  ])('%s', (_, before, after) => {
    expect(isNews(before, after)).toBe(true);
  });

  it.each<[string, VerdictRecord | undefined, VerdictRecord]>([
    ['that goes on', PASS, PASS],
    ['of an exposure that has just begun', PASS, open('NoData')],
    ['that wants more evidence, as every one does at first', PASS, open('MoreEvidence')],
    ['of a comparison that a preview is not asked for', undefined, open('NotCompared')],
    ['that is frozen', PASS, open('Frozen')],
    ['that stays open for another reason, which may pass', open('MoreEvidence'), open('NearTolerance')],
    ['that stays open for the same lasting reason', open('Resolution'), open('Resolution')],
    ['of a query that stays open', open('Stale', 'query'), open('NoData', 'query')],
  ])('never when it is one %s', (_, before, after) => {
    expect(isNews(before, after)).toBe(false);
  });
});
