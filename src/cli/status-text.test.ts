import { describe, expect, it } from 'vitest';
import { checkoutRelease } from '../../test/support/checkout-objects.ts';
import { acceptedStatus, PLAN } from '../../test/support/model-world.ts';
import type { ComparisonVerdict } from '../analysis/gate.ts';
import type { KnownRelease } from './find-release.ts';
import { detailText } from './status-text.ts';
import { statusView } from './status-view.ts';
import { tints } from './tints.ts';

const AT = '2026-01-01T00:00:00.000Z';
const CLOCK = { now: () => Date.parse(AT), sleep: async () => {} };

const gate = (name: string, more: Partial<ComparisonVerdict>, needed?: number): ComparisonVerdict => ({
  gate: name,
  verdict: 'inconclusive',
  reason: 'MoreEvidence',
  message: '',
  oneSided: false,
  ...more,
  evidence: {
    kind: 'comparison',
    at: AT,
    exposure: 'mirrored',
    unit: 'share',
    requests: { canary: 612, stable: 612 },
    ...(needed === undefined ? {} : { needed }),
  },
});

const OPEN = gate(
  'errors',
  {
    message:
      'canary fails 0.11 % of requests, stable 0.1 %; 612 mirrored pairs; some 1,300 more requests of the canary are needed, 26s at the present rate',
  },
  1284,
);
const PASSED = gate('latency', { verdict: 'pass', reason: 'Passed', message: 'all is well' }, 0);

function text(gates: readonly ComparisonVerdict[], width?: number, colour = false): string {
  const model = acceptedStatus(Date.parse(AT), PLAN);
  const policy = { plan: [{ mirror: { traffic: '100%', for: '5m' } }], gates: {}, minRequests: 1, deadline: '1h' };
  const status = {
    ...model,
    accepted: { ...model.accepted, policy: { ...policy, onInconclusive: 'hold', cleanup: { after: '0s' } } },
    gates,
    holding: { since: AT, policy: 'evidence', reason: 'Inconclusive', message: `mirror 100%: errors: ${OPEN.message}` },
    history: [{ at: AT, policy: 'evidence', kind: 'hold', reason: 'Inconclusive', message: OPEN.message, numbers: {} }],
  };
  const view = statusView({ ...checkoutRelease(), status } as unknown as KnownRelease, [], CLOCK);
  return detailText(view, tints(colour), width);
}

const gatesOf = (told: string): readonly string[] =>
  told.slice(told.indexOf('gates\n'), told.indexOf('\ndecisions')).trimEnd().split('\n').slice(1);

describe('the gates of a release in detail', () => {
  it('have their sentence, and how many requests they still need', () => {
    expect(gatesOf(text([OPEN, PASSED]))).toEqual([
      'GATE     VERDICT       NEEDED  WHY',
      `errors   inconclusive  1,300   ${OPEN.message}`,
      'latency  pass          -       all is well',
    ]);
  });

  it('have no column for what none of them needs', () => {
    expect(gatesOf(text([PASSED]))[0]).toMatch(/^GATE {5}VERDICT +WHY$/);
  });

  it('go on below the sentence in a terminal of 80 columns, and of 120', () => {
    expect(gatesOf(text([OPEN, PASSED], 80))).toEqual([
      'GATE     VERDICT       NEEDED  WHY',
      'errors   inconclusive  1,300   canary fails 0.11 % of requests, stable 0.1 %;',
      '                               612 mirrored pairs; some 1,300 more requests of',
      '                               the canary are needed, 26s at the present rate',
      'latency  pass          -       all is well',
    ]);
    expect(gatesOf(text([OPEN, PASSED], 120))).toHaveLength(4);
  });

  it('are in colour where that is wanted', () => {
    const code = String.fromCharCode(27);
    const told = text([PASSED], 80, true);
    expect(told).toContain(`latency  ${code}[32mpass${code}[39m     all is well\n`);
    expect(told).toContain(`phase    ${code}[36mRunning${code}[39m, attempt 1\n`);
  });
});

describe('a release in detail', () => {
  it('is never wider than the terminal, and loses no word to it', () => {
    const words = (told: string) => told.split(/\s+/).join(' ');
    for (const width of [60, 80, 100, 120, 200]) {
      const told = text([OPEN, PASSED], width);
      for (const line of told.split('\n')) expect(line.length).toBeLessThanOrEqual(width);
      expect(words(told)).toBe(words(text([OPEN, PASSED])));
    }
  });

  it('has a sentence below its row where too little room is left beside it', () => {
    expect(text([OPEN], 80)).toContain(
      `${AT}  evidence  hold      Inconclusive\n    canary fails 0.11 % of requests, stable 0.1 %; 612 mirrored pairs; some\n    1,300 more requests of`,
    );
  });
});
