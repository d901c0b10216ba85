import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildReport } from './build.ts';
import type { GateInput, ReportInput, StepInput } from './input.ts';
import { toMarkdown } from './markdown.ts';
import { text } from './markdown-text.ts';
import { OUTCOMES, releaseReportSchema } from './release-report.ts';

const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 5, 9, 30) + seconds * 1000).toISOString();

const P95 = 'histogram_quantile(0.95, …{version="v2"}…) > (histogram_quantile(0.95, …{version="v1"}…) * 1.2)';

const p95 = (verdict: GateInput['verdict'], value: number): GateInput => ({
  name: 'p95-latency',
  verdict,
  evidence: {
    reason: verdict === 'fail' ? 'ThresholdExceeded' : 'Passed',
    message: verdict === 'fail' ? `${value} > 0.117` : `${value}, not > 0.117`,
    query: P95,
    window: '10s',
    at: at(20),
    values: verdict === 'fail' ? [{ labels: {}, value }] : [],
    left: [{ labels: {}, value }],
    right: [{ labels: {}, value: 0.117 }],
    requests: { canary: 742.4, stable: 2410 },
    canaryRequestsInWindow: 703,
  },
});

const errors: GateInput = {
  name: 'error-rate',
  verdict: 'inconclusive',
  evidence: { reason: 'LowTraffic', message: '18 requests of the canary in the window; 30 are needed | 500 to pass' },
};

const cpu = (verdict: GateInput['verdict']): GateInput => ({
  name: 'cpu-saturation',
  verdict,
  evidence: {
    reason: 'ThresholdExceeded',
    message: 'one pod is over',
    values: [{ labels: { pod: 'v2-b' }, value: 0.91 }],
    left: [
      { labels: { pod: 'v2-a' }, value: 0.123456 },
      { labels: { pod: 'v2-b' }, value: 0.91 },
    ],
    right: [{ labels: {}, value: 0.8 }],
    omitted: 2,
  },
});

const step = (kind: StepInput['kind'], traffic: string, from: number, gates: readonly GateInput[] = []): StepInput => ({
  kind,
  traffic,
  attempt: 1,
  startedAt: at(from),
  confirmedAt: at(from + 1.1),
  endedAt: at(from + 7.5),
  gates,
});

const RELEASE = {
  name: 'checkout-v2',
  namespace: 'shop',
  service: 'checkout-service',
  stable: 'checkout-service-v1',
  canary: 'checkout-service-v2',
  attempt: 1,
};

const COUNTED = { requests: 2918, failed: 3, failedByStable: 3, failedByCanary: 0, failedByRouting: 0 };
const BAD: ReportInput = {
  outcome: 'rolledBack',
  reason: 'p95-latency: 0.2425 > 0.117',
  release: RELEASE,
  startedAt: at(0),
  endedAt: at(24.32),
  steps: [
    step('baseline', '', 0),
    step('mirror', '10%', 7.5, [errors]),
    step('mirror', '100%', 15, [p95('fail', 0.2425), cpu('fail')]),
  ],
  decisions: [
    { at: at(0.5), policy: 'minimumTime', kind: 'wait', reason: 'MinimumTime', message: '5 s to go' },
    {
      at: at(7.5),
      policy: 'advance',
      kind: 'enter',
      reason: 'NextStep',
      message: 'baseline is done; next: mirror 10%',
    },
    {
      at: at(22.5),
      policy: 'gateFailed',
      kind: 'rollBack',
      reason: 'GateFailed',
      message: 'p95-latency: 0.2425 > 0.117',
      numbers: { canary: 742, e: 0.000012345 },
    },
  ],
  users: COUNTED,
};

const { users: _users, ...WITHOUT_USERS } = BAD;
const REJECTED: ReportInput = {
  ...WITHOUT_USERS,
  outcome: 'rejected',
  reason: 'the release cannot be run',
  endedAt: at(0),
  steps: [],
  decisions: [],
  problems: [
    {
      code: 'SRN1202',
      place: { file: 'release.yaml', line: 7, object: 'Release/shop/checkout-v2', path: 'spec.canary' },
      message: 'subset does not exist',
      found: 'v3',
      accepted: 'v1 | v2',
    },
  ],
};

describe('the report of a release', () => {
  it('has the shape that tools rely on, for every outcome', () => {
    for (const outcome of OUTCOMES)
      expect(releaseReportSchema.parse(buildReport({ ...BAD, outcome })).outcome).toBe(outcome);
  });

  it('is JSON through and through: written and read it is the same', () => {
    const report = buildReport(BAD);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('carries every part of what happened, and nothing that its maker happened to have beside it', () => {
    const release = { ...RELEASE, uid: '1' };
    const users = { ...COUNTED, pending: 3 };
    const report = buildReport({ ...BAD, release, users });
    expect(report).toEqual(buildReport(BAD));
    expect(Object.keys(report)).toEqual([
      'outcome',
      'reason',
      'release',
      'startedAt',
      'endedAt',
      'steps',
      'decisions',
      'users',
    ]);
    expect(report.steps[2]).toEqual({
      kind: 'mirror',
      traffic: '100%',
      attempt: 1,
      startedAt: '2026-11-05T09:30:15.000Z',
      confirmedAt: '2026-11-05T09:30:16.100Z',
      endedAt: '2026-11-05T09:30:22.500Z',
      gates: [p95('fail', 0.2425), cpu('fail')],
    });
    expect(report.decisions[0]?.numbers).toEqual({});
  });

  it('writes every time as RFC 3339 in UTC', () => {
    const report = buildReport({ ...BAD, startedAt: '2026-11-05T10:30:00+01:00', endedAt: '2026-11-05T09:31:00Z' });
    expect([report.startedAt, report.endedAt]).toEqual(['2026-11-05T09:30:00.000Z', '2026-11-05T09:31:00.000Z']);
  });

  it('has no users where nobody counts them', () => {
    const report = buildReport({ ...BAD, users: 'notCounted' });
    expect(releaseReportSchema.parse(report)).not.toHaveProperty('users');
    expect(toMarkdown(report)).not.toContain('## Users');
  });

  it('says that a rejected release had no users and why it was rejected', () => {
    const report = buildReport(REJECTED);
    expect(releaseReportSchema.parse(report)).toMatchObject({
      users: { requests: 0, failed: 0, failedByStable: 0, failedByCanary: 0, failedByRouting: 0 },
      problems: [{ code: 'SRN1202' }],
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ['an unknown field', { extra: 1 }],
    ['an unknown outcome', { outcome: 'fine' }],
    ['a time without zone', { startedAt: '2026-11-05T09:30:00' }],
    [
      'half a request',
      { users: { requests: 1.5, failed: 0, failedByStable: 0, failedByCanary: 0, failedByRouting: 0 } },
    ],
    ['a missing part', { steps: undefined }],
  ])('does not have %s', (_name, change) => {
    expect(releaseReportSchema.safeParse({ ...buildReport(BAD), ...change }).success).toBe(false);
  });
});

describe('the report as Markdown', () => {
  it('tells a roll back: what happened, what decided it, and the numbers', () => {
    expect(toMarkdown(buildReport(BAD))).toBe(
      `# Rolled back: checkout-service-v2

**p95-latency: 0.2425 > 0.117**

Release \`shop/checkout-v2\` of service \`checkout-service\` · canary \`checkout-service-v2\`, stable \`checkout-service-v1\` · attempt 1 · 2026-11-05T09:30:00.000Z, 24.3 s

## Users

| requests | failed | by stable | by canary | by routing |
| ---: | ---: | ---: | ---: | ---: |
| 2,918 | 3 | 3 | 0 | 0 |

## Steps

| step | began | confirmed after | lasted | gates |
| --- | --- | --- | --- | --- |
| baseline | +0.0 s | 1.1 s | 7.5 s | – |
| mirror 10% | +7.5 s | 1.1 s | 7.5 s | error-rate inconclusive |
| mirror 100% | +15.0 s | 1.1 s | 7.5 s | p95-latency **fail**, cpu-saturation **fail** |

## What decided

### p95-latency failed in mirror 100%

0.2425 > 0.117

| series | value | held against |  |
| --- | --- | --- | --- |
| all | 0.2425 | 0.117 | **fail** |

742 requests of the canary and 2,410 of stable at this exposure; 703 of the canary in the window of 10s; evaluated at 2026-11-05T09:30:20.000Z.

\`\`\`promql
${P95}
\`\`\`

### cpu-saturation failed in mirror 100%

one pod is over

| series | value | held against |  |
| --- | --- | --- | --- |
| {pod="v2-b"} | 0.91 | 0.8 | **fail** |
| {pod="v2-a"} | 0.1235 | 0.8 | pass |

2 more series left out.

## Evidence

| step | gate | verdict | requests canary / stable | value / held against | because |
| --- | --- | --- | --- | --- | --- |
| mirror 10% | error-rate | inconclusive (LowTraffic) | – | – | 18 requests of the canary in the window; 30 are needed \\| 500 to pass |
| mirror 100% | p95-latency | **fail** | 742 / 2,410 | 0.2425 / 0.117 | 0.2425 > 0.117 |
| mirror 100% | cpu-saturation | **fail** | – | 0.91 / 0.8, 0.1235 / 0.8 | one pod is over |

## Decisions

| at | policy | decision | reason | because |
| --- | --- | --- | --- | --- |
| +7.5 s | advance | enter | NextStep | baseline is done; next: mirror 10% |
| +22.5 s | gateFailed | rollBack | GateFailed | p95-latency: 0.2425 > 0.117; canary 742; e 0.00001234 |
`,
    );
  });

  it('tells a promotion of a second attempt without a part on what failed', () => {
    const steps = [step('mirror', '100%', 0), { ...step('mirror', '100%', 10, [p95('pass', 0.0975)]), attempt: 2 }];
    const markdown = toMarkdown(
      buildReport({
        ...BAD,
        outcome: 'promoted',
        reason: 'all is well',
        release: { ...RELEASE, attempt: 2 },
        steps,
        endedAt: at(3700),
      }),
    );
    expect(markdown).toContain('# Promoted: checkout-service-v2\n');
    expect(markdown).toContain('2026-11-05T09:30:00.000Z, 1 h 2 min\n');
    expect(markdown).not.toContain('What decided');
    expect(markdown).toContain(`| attempt | step | began | confirmed after | lasted | gates |
| --- | --- | --- | --- | --- | --- |
| 1 | mirror 100% | +0.0 s | 1.1 s | 7.5 s | – |
| 2 | mirror 100% | +10.0 s | 1.1 s | 7.5 s | p95-latency pass |`);
    expect(markdown).toContain(
      '| mirror 100% | p95-latency | pass | 742 / 2,410 | 0.0975 / 0.117 | 0.0975, not > 0.117 |',
    );
  });

  it('tells a rejection by its problems, each with place, found and accepted', () => {
    expect(toMarkdown(buildReport(REJECTED))).toBe(`# Rejected: checkout-service-v2

**the release cannot be run**

Release \`shop/checkout-v2\` of service \`checkout-service\` · canary \`checkout-service-v2\`, stable \`checkout-service-v1\` · attempt 1 · 2026-11-05T09:30:00.000Z, 0.0 s

## Problems

- release.yaml:7 Release/shop/checkout-v2 spec.canary: subset does not exist (found v3; accepted: v1 \\| v2) \\[SRN1202]
`);
  });

  it('needs no release to tell of input from which none could be read', () => {
    const { release: _, ...unread } = REJECTED;
    const report = releaseReportSchema.parse(buildReport(unread));
    expect(report).not.toHaveProperty('release');
    expect(toMarkdown(report)).toContain(
      '# Rejected\n\n**the release cannot be run**\n\n2026-11-05T09:30:00.000Z, 0.0 s\n',
    );
  });

  it('leaves out a stable version that was never found', () => {
    const report = buildReport({ ...REJECTED, release: { ...RELEASE, stable: '' } });
    expect(toMarkdown(report)).toContain('· canary `checkout-service-v2` · attempt 1');
  });

  it('shows a step that has not ended or was never confirmed as such', () => {
    const open: StepInput = { kind: 'shift', traffic: '10%', attempt: 1, startedAt: at(1), gates: [] };
    expect(toMarkdown(buildReport({ ...BAD, steps: [open] }))).toContain('| shift 10% | +1.0 s | – | – | – |');
  });

  it('lets no text of a user break out of its place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        const safe = text(raw);
        expect(safe).not.toMatch(/[\r\n]/);
        expect(safe.replace(/\\./gs, '')).not.toMatch(/[|`*<[\\]/);
        expect(safe).not.toMatch(/^(?:[#>+-]|\d+[.)] )/);
      }),
    );
  });

  it('encloses a query that holds fences of its own', () => {
    const evil: GateInput = { ...p95('fail', 1), evidence: { reason: 'X', message: 'x', query: '# ```\n```\nup' } };
    const markdown = toMarkdown(buildReport({ ...BAD, steps: [step('mirror', '1%', 0, [evil])] }));
    expect(markdown).toContain('````promql\n# ```\n```\nup\n````');
  });
});
