import { describe, expect, it } from 'vitest';
import type { ComparisonEvidence } from '../analysis/gate.ts';
import { buildReport } from './build.ts';
import { inFavourOfCanary, numbersLine, requestsNeeded, valueAndLimit } from './comparison.ts';
import type { GateInput, ReportInput } from './input.ts';
import { toMarkdown } from './markdown.ts';
import { type Evidence, type GateReport, releaseReportSchema } from './release-report.ts';

const AT = '2026-11-05T09:30:20.000Z';
const SENTENCE =
  'canary fails 2.1 % of requests, stable 0.1 %; were it within the tolerance, evidence this strong would appear in fewer than 1 of 4,000 releases; 612 mirrored pairs';

/** Of the gate errors, which has four tenths of the evidence. */
const FAILED: ComparisonEvidence = {
  kind: 'comparison',
  at: AT,
  exposure: 'mirrored',
  unit: 'share',
  canary: 0.0214,
  stable: 0.001,
  tolerated: 0.003,
  max: 0.01,
  interval: { low: 0.0118, high: 0.0294 },
  requests: { canary: 611.6, stable: 612.4 },
  against: { logEvidence: Math.log(4000 / 0.4), asked: Math.log(100 / 0.4) },
  inFavour: { logEvidence: -8.1, asked: Math.log(20) },
};

const gate = (verdict: GateInput['verdict'], reason: string, more: Partial<ComparisonEvidence> = {}): GateInput => ({
  name: 'errors',
  verdict,
  evidence: { reason, message: SENTENCE, ...FAILED, ...more },
});

const INPUT: ReportInput = {
  outcome: 'rolledBack',
  reason: 'errors: too many',
  startedAt: '2026-11-05T09:30:00.000Z',
  endedAt: '2026-11-05T09:31:00.000Z',
  steps: [],
  decisions: [],
  users: 'notCounted',
};

const reported = (gates: readonly GateInput[], outcome: ReportInput['outcome'] = 'rolledBack') =>
  buildReport({
    ...INPUT,
    outcome,
    steps: [{ kind: 'mirror', traffic: '10%', attempt: 1, startedAt: INPUT.startedAt, gates }],
  });

describe('the report of a comparison', () => {
  it('has all its numbers by name in JSON', () => {
    const report = releaseReportSchema.parse(JSON.parse(JSON.stringify(reported([gate('fail', 'Worse')]))));
    expect(report.steps[0]?.gates[0]?.evidence).toEqual({ reason: 'Worse', message: SENTENCE, ...FAILED });
  });

  it.each<[string, Record<string, unknown>]>([
    ['another unit', { unit: 'parsecs' }],
    ['another exposure', { exposure: 'somewhere' }],
    ['half an interval', { interval: { low: 0 } }],
    ['evidence of which nobody knows how much is asked', { against: { logEvidence: 3 } }],
    ['a number as text', { canary: '2 %' }],
    ['another kind', { kind: 'guess' }],
  ])('does not have %s', (_name, more) => {
    const report = reported([{ ...gate('fail', 'Worse'), evidence: { ...FAILED, ...more } as unknown as Evidence }]);
    expect(releaseReportSchema.safeParse(report).success).toBe(false);
  });

  it('says of which verdicts that they did not stand in the way', () => {
    const [aside, other] = [{ ...gate('inconclusive', 'Frozen'), mayStayOpen: true }, gate('pass', 'Passed')];
    const report = releaseReportSchema.parse(reported([aside, { ...other, mayStayOpen: false }]));
    expect(report.steps[0]?.gates.map(({ mayStayOpen }) => mayStayOpen)).toEqual([true, undefined]);
  });
});

describe('a comparison in Markdown', () => {
  it('is told by its sentence, its numbers in their unit, and its evidence as how seldom it would appear', () => {
    expect(
      toMarkdown(reported([gate('fail', 'Worse')]))
        .split('\n## ')
        .slice(2)
        .join('\n## '),
    ).toBe(`What decided

### errors failed in mirror 10%

${SENTENCE}

| canary | stable | tolerated | max | difference (95 %) |
| ---: | ---: | ---: | ---: | ---: |
| 2.1 % | 0.1 % | 0.3 % | 1 % | +1.2 pp to +2.9 pp |

Evidence to roll back: 1 of 4,000 (1 of 100 is asked).

612 requests of the canary were compared with 612 of stable, mirrored; evaluated at ${AT}.

## Evidence

| step | gate | verdict | requests canary / stable | value / held against | because |
| --- | --- | --- | --- | --- | --- |
| mirror 10% | errors | **fail** (Worse) | 612 / 612 | 2.1 % / 0.3 % | ${SENTENCE} |

The numbers of the comparisons. Evidence is told as how seldom it would appear by chance: to roll back, in releases of a canary that is within the tolerance; to promote, in releases of one that is worse by more.

- errors in mirror 10%: canary 2.1 %, stable 0.1 %, tolerated 0.3 %, max 1 %, difference (95 %) +1.2 pp to +2.9 pp; evidence to roll back 1 of 4,000 (asked: 1 of 100), to promote none (asked: 1 of 20)
`);
  });

  it.each(['NearTolerance', 'LowTraffic', 'Resolution', 'Confounded', 'Uncovered', 'MoreEvidence', 'NoData'])(
    'shows that it stayed open, and why: %s',
    (reason) => {
      const markdown = toMarkdown(reported([gate('inconclusive', reason, { needed: 1234 })], 'inconclusive'));
      expect(markdown).toContain(`## What stayed open\n\n### errors stayed open in mirror 10%: ${reason}\n`);
      expect(markdown).toContain(`| errors | inconclusive (${reason}) | 612 / 612 | 2.1 % / 0.3 % | about 1,200 |`);
      expect(markdown).toContain(
        'Evidence to promote: none (1 of 20 is asked). About 1,200 more requests of the canary are needed.',
      );
    },
  );

  it('does not tell of what stayed open and stood in nobody’s way, nor where the outcome needs no reason', () => {
    const aside = { ...gate('inconclusive', 'NotCompared'), mayStayOpen: true };
    expect(toMarkdown(reported([aside], 'inconclusive'))).not.toContain('stayed open');
    expect(toMarkdown(reported([gate('inconclusive', 'MoreEvidence')], 'promoted'))).not.toContain('stayed open');
  });

  it('says nothing of numbers that are not there', () => {
    const evidence = {
      kind: 'comparison',
      at: AT,
      exposure: 'live',
      unit: 'share',
      max: 0.9,
      requests: { canary: 0, stable: 0 },
    } as const;
    const silent: GateInput = {
      name: 'restarts',
      verdict: 'inconclusive',
      evidence: { reason: 'NotMeasured', message: 'nobody tells', ...evidence },
    };
    const markdown = toMarkdown(reported([silent], 'inconclusive'));
    expect(markdown).toContain('restarts stayed open in mirror 10%: NotMeasured\n\nnobody tells\n\nEvaluated at');
    expect(markdown).toContain('| restarts | inconclusive (NotMeasured) | – | – | nobody tells |');
    expect(markdown).not.toContain('numbers of the comparisons');
  });
});

describe('a number of a comparison', () => {
  it.each<[ComparisonEvidence['unit'], number, number, string]>([
    ['share', 0.021, 0.003, '2.1 % / 0.3 %'],
    ['milliseconds', 214.2, 180, '214 ms / 180 ms'],
    ['seconds', 0.012, 0.01, '12 ms CPU / 10 ms CPU'],
    ['bytes', 180 * 2 ** 20, 2 ** 30, '180 MiB / 1 GiB'],
    ['perHour', 3, 0.5, '3 an hour and pod / 0.5 an hour and pod'],
  ])('is in its unit: %s', (unit, canary, tolerated, text) => {
    expect(valueAndLimit({ reason: 'Worse', message: '', unit, canary, tolerated })).toBe(text);
  });

  it('is held against what fired, or else against the stricter of the two', () => {
    const held = (reason: string, limits: { tolerated?: number; max?: number }) =>
      valueAndLimit({ reason, message: '', unit: 'share', canary: 0.02, ...limits });
    expect(held('AboveMax', { tolerated: 0.003, max: 0.01 })).toBe('2 % / 1 %');
    expect(held('Worse', { tolerated: 0.015, max: 0.01 })).toBe('2 % / 1.5 %');
    expect(held('MoreEvidence', { tolerated: 0.03, max: 0.01 })).toBe('2 % / 1 %');
    expect(held('MoreEvidence', { max: 0.01 })).toBe('2 % / 1 %');
    expect(held('MoreEvidence', {})).toBe('2 %');
  });

  it('has no requests that are still needed once none are', () => {
    expect(requestsNeeded({ reason: 'Passed', message: '', needed: 0 })).toBeUndefined();
    expect(requestsNeeded({ reason: 'Passed', message: '', needed: 12.1 })).toBe('about 13');
  });
});

describe('the evidence of a comparison', () => {
  const line = (verdict: GateReport['verdict'], reason: string, logEvidence: number) =>
    numbersLine({
      name: 'errors',
      verdict,
      evidence: { reason, message: '', canary: 0.5, against: { logEvidence, asked: Math.log(250) } },
    });

  it('is as much as was asked for once a gate has failed by it, whatever came later', () => {
    expect(line('fail', 'Worse', 3)).toBe('canary 50 %; evidence to roll back 1 of 100 (asked: 1 of 100)');
    expect(line('inconclusive', 'MoreEvidence', Math.log(25))).toContain('roll back 1 of 10 (asked: 1 of 100)');
    expect(line('inconclusive', 'MoreEvidence', -3)).toContain('roll back none (asked: 1 of 100)');
  });

  it('is not told of where a limit decided without it', () => {
    expect(line('fail', 'AboveMax', 3)).toBe('canary 50 %');
    expect(line('fail', 'AboveMax', 9)).toContain('roll back 1 of 3,200 (asked: 1 of 100)');
  });

  it('to promote is that of the gate itself', () => {
    const inFavour = { logEvidence: Math.log(35), asked: -Math.log(0.05) };
    expect(
      inFavourOfCanary({ name: 'errors', verdict: 'pass', evidence: { reason: '', message: '', inFavour } }),
    ).toEqual({
      found: '1 of 35',
      asked: '1 of 20',
    });
  });
});
