import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildReport } from './build.ts';
import type { Progress, ReportInput, RunEvent } from './input.ts';
import { joinLine, type Paint, piece, unpainted, wrapText } from './line.ts';
import { progressLine } from './progress.ts';
import { closingLines, eventLine } from './terminal.ts';

const marked: Paint = (tone, text) => (tone === 'plain' ? text : `<${tone}>${text}</>`);
const plain = { paint: unpainted };

describe('the line of an event', () => {
  it.each<[RunEvent, string]>([
    [
      { at: 340, kind: 'note', subject: 'checkout', text: '2 pods of checkout-service-v1 are ready' },
      '   0.3s  checkout          2 pods of checkout-service-v1 are ready',
    ],
    [
      { at: 12_000, kind: 'step', step: 'mirror 100%', number: 3, of: 6 },
      '  12.0s  mirror 100%       step 3 of 6 begins',
    ],
    [
      {
        at: 12_300,
        kind: 'confirmed',
        step: 'mirror 100%',
        tookMs: 1100,
        by: 'traffic',
        seen: { requests: 1412, what: 'copies' },
      },
      '  12.3s  mirror 100%       confirmed in 1.1 s (1,412 copies)',
    ],
    [
      { at: 12_300, kind: 'confirmed', step: 'shift 0.1%', tookMs: 61_000, by: 'time' },
      '  12.3s  shift 0.1%        confirmed in 1 min 1 s (by time)',
    ],
    [
      { at: 20_000, kind: 'gate', gate: 'p95-latency', verdict: 'fail', message: '0.2425 > 0.117' },
      '  20.0s  p95-latency       fail  0.2425 > 0.117',
    ],
    [
      { at: 1_234_500, kind: 'hold', reason: 'Inconclusive', message: 'too little traffic' },
      '1234.5s  hold              too little traffic  Inconclusive',
    ],
    [
      { at: 20_100, kind: 'rollBack', reason: 'GateFailed', message: 'p95-latency: 0.2425 > 0.117' },
      '  20.1s  roll back         p95-latency: 0.2425 > 0.117  GateFailed',
    ],
    [
      { at: 20_200, kind: 'trouble', subject: 'a-very-long-deployment-name', text: 'crashed (exit code 1)' },
      '  20.2s  a-very-long-deployment-name  crashed (exit code 1)',
    ],
  ])('stands in columns: %j', (event, line) => {
    expect(eventLine(event, plain)).toBe(line);
  });

  it('is painted by what it means, and reads the same without', () => {
    const event: RunEvent = { at: 1000, kind: 'gate', gate: 'errors', verdict: 'inconclusive', message: 'no data' };
    const painted = eventLine(event, { paint: marked });
    expect(painted).toBe('<quiet>   1.0s  </><strong>errors            </><warn>inconclusive</>  no data');
    expect(painted.replace(/<[^>]*>/g, '')).toBe(eventLine(event, plain));
  });
});

const FAIL: RunEvent = {
  at: 20_000,
  kind: 'gate',
  gate: 'errors',
  verdict: 'fail',
  message:
    'canary fails 2.1 % of requests, stable 0.1 %; were it within the tolerance, evidence this strong would appear in fewer than 1 of 4,000 releases; 612 mirrored pairs',
};

describe('a line that is wider than the terminal', () => {
  it('goes on under its column, at 80 columns and at 120', () => {
    expect(eventLine(FAIL, { paint: unpainted, width: 80 }).split('\n')).toEqual([
      '  20.0s  errors            fail  canary fails 2.1 % of requests, stable 0.1 %;',
      '                           were it within the tolerance, evidence this strong',
      '                           would appear in fewer than 1 of 4,000 releases; 612',
      '                           mirrored pairs',
    ]);
    expect(eventLine(FAIL, { paint: unpainted, width: 120 }).split('\n')).toEqual([
      '  20.0s  errors            fail  canary fails 2.1 % of requests, stable 0.1 %; were it within the tolerance, evidence',
      '                           this strong would appear in fewer than 1 of 4,000 releases; 612 mirrored pairs',
    ]);
    expect(eventLine(FAIL, plain)).not.toContain('\n');
  });

  it('is painted line by line, each piece in its tone', () => {
    const lines = eventLine(FAIL, { paint: marked, width: 80 }).split('\n');
    expect(lines[0]).toBe(
      '<quiet>  20.0s  </><strong>errors            </><bad>fail</>  canary fails 2.1 % of requests, stable 0.1 %;',
    );
    const hold: RunEvent = { at: 0, kind: 'hold', reason: 'Inconclusive', message: 'word '.repeat(15).trim() };
    expect(eventLine(hold, { paint: marked, width: 80 }).split('\n')[1]).toMatch(
      /^ {27}<warn>word .*<\/><quiet> {2}Inconclusive<\/>$/,
    );
  });

  it('loses no word and is no wider than the terminal, whatever is told', () => {
    const words = fc.array(fc.string({ minLength: 1, maxLength: 60 }), { maxLength: 30 }).map((all) => all.join(' '));
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 130 }), (message, width) => {
        const lines = eventLine({ ...FAIL, message }, { paint: unpainted, width }).split('\n');
        for (const line of lines) expect([...line].length).toBeLessThanOrEqual(width);
        for (const line of lines.slice(0, -1)) expect(line).not.toMatch(/ $/);
        const squeezed = (text: string) => text.replaceAll(' ', '');
        expect(squeezed(lines.join(''))).toBe(squeezed(eventLine({ ...FAIL, message }, plain)));
      }),
    );
  });
});

describe('a line', () => {
  it('is not broken between a number and its unit, but where nothing else is left', () => {
    expect(wrapText('the canary fails 2.1 % of requests', 20)).toEqual(['the canary fails', '2.1 % of requests']);
    expect(wrapText('tolerated are 250 ms', 17)).toEqual(['tolerated are', '250 ms']);
    expect(wrapText('in 3 months', 5)).toEqual(['in 3', 'month', 's']);
    expect(wrapText('100 %', 4)).toEqual(['100', '%']);
  });

  it('is cut by what is seen, not by what paints it', () => {
    const pieces = [piece('abcdef', 'good'), piece('ghijkl', 'bad')];
    expect(joinLine(pieces, { paint: marked, width: 12 })).toBe('<good>abcdef</><bad>ghijkl</>');
    expect(joinLine(pieces, { paint: marked, width: 9 })).toBe('<good>abcdef</><bad>gh</>…');
    expect(joinLine(pieces, { paint: marked, width: 6 })).toBe('<good>abcde</>…');
    expect(joinLine(pieces, { paint: marked, width: 1 })).toBe('…');
    expect(joinLine(pieces, { paint: marked, width: 0 })).toBe('');
  });

  it('lets no control character of a service through', () => {
    expect(joinLine([piece('a\u001b[2Jb\r\nc\u0007')], plain)).toBe('a [2Jb c ');
  });
});

const PROGRESS: Progress = {
  at: 12_300,
  step: 'mirror 100%',
  number: 3,
  of: 6,
  stepMs: 4200,
  atLeastMs: 10_000,
  stableRate: 118.4,
  canaryRate: 119.6,
  users: { requests: 1204, failed: 0 },
  waitingFor: '500 requests per version',
};

describe('the progress line', () => {
  it('says where the release is, what users feel and what it waits for', () => {
    expect(progressLine(PROGRESS, plain)).toBe(
      '  12.3s  mirror 100% 3/6  4.2 of 10.0 s  stable 118/s, canary 120/s  users 1,204, 0 failed  500 requests per version',
    );
  });

  it('says that it is confirming as long as the traffic has not followed, and no time to go once it is over', () => {
    const { stepMs: _, ...confirming } = PROGRESS;
    expect(progressLine(confirming, plain)).toContain(' 3/6  confirming  stable');
    expect(progressLine({ ...PROGRESS, stepMs: 12_000 }, plain)).toContain(' 3/6  12.0 s  stable');
  });

  it('never is wider than the terminal', () => {
    for (let width = 0; width < 140; width += 1)
      for (const line of progressLine(PROGRESS, { paint: unpainted, width }).split('\n'))
        expect(line.length).toBeLessThanOrEqual(width);
  });

  it('has what it waits for below where the terminal is narrow', () => {
    expect(progressLine(PROGRESS, { paint: unpainted, width: 100 })).toBe(
      [
        '  12.3s  mirror 100% 3/6  4.2 of 10.0 s  stable 118/s, canary 120/s  users 1,204, 0 failed',
        '         500 requests per version',
      ].join('\n'),
    );
  });

  it('leaves out the rates before it cuts what users feel', () => {
    expect(progressLine(PROGRESS, { paint: unpainted, width: 80 }).split('\n')).toEqual([
      '  12.3s  mirror 100% 3/6  4.2 of 10.0 s  users 1,204, 0 failed',
      '         500 requests per version',
    ]);
  });

  it('shows failed users in another tone', () => {
    const painted = progressLine({ ...PROGRESS, users: { requests: 5, failed: 2 } }, { paint: marked });
    expect(painted).toContain('<bad>2 failed</>');
  });
});

describe('the closing lines', () => {
  const input: ReportInput = {
    outcome: 'promoted',
    reason: 'every gate passed',
    release: { name: 'r', namespace: 'n', service: 's', stable: 'checkout-v1', canary: 'checkout-v2', attempt: 1 },
    startedAt: '2026-11-05T09:30:00.000Z',
    endedAt: '2026-11-05T09:31:05.200Z',
    steps: [],
    decisions: [],
    users: { requests: 7812, failed: 0, failedByStable: 0, failedByCanary: 0, failedByRouting: 0 },
  };

  it('say how it ended, why, and what users felt', () => {
    expect(closingLines(buildReport(input), plain)).toEqual([
      '         promoted          checkout-v2 after 1 min 5 s: every gate passed',
      '         users             7,812 requests, 0 failed',
    ]);
  });

  it('say whose fault failed requests were', () => {
    const users = { requests: 10, failed: 3, failedByStable: 1, failedByCanary: 2, failedByRouting: 0 };
    expect(closingLines(buildReport({ ...input, users }), plain)[1]).toBe(
      '         users             10 requests, 3 failed (1 by stable, 2 by the canary)',
    );
  });
});
