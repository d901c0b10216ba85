import { describe, expect, it } from 'vitest';
import { SerinError } from '../lib/problem.ts';
import { createLog, errorFields } from './log.ts';
import { createTelemetry } from './metrics.ts';
import { type ReleaseState, releaseText } from './release-text.ts';

const state = (release: string, more: Partial<ReleaseState> = {}): ReleaseState => ({
  namespace: 'prod',
  release,
  phase: 'Running',
  attempt: 1,
  step: 2,
  liveShare: 0.1,
  held: '',
  gates: [],
  ...more,
});

describe("the releases' metrics", () => {
  it('are text that Prometheus reads, whatever stands in the names', () => {
    const gates = [{ gate: 'a "quoted"\\gate\n', verdict: 'fail', value: Number.POSITIVE_INFINITY, threshold: 0.5 }];
    const text = [
      ...releaseText(() => [state('x', { gates, held: 'Paused' }), state('y', { phase: 'Promoted' })]),
    ].join('');
    expect(text).toContain(
      '# TYPE serin_releases gauge\nserin_releases{phase="Running"} 1\nserin_releases{phase="Promoted"} 1\n',
    );
    expect(text).toContain('serin_release_held{namespace="prod",release="x",reason="Paused"} 1\n');
    const labels = 'namespace="prod",release="x",gate="a \\"quoted\\"\\\\gate\\n"';
    expect(text).toContain(`serin_gate_verdict{${labels},verdict="fail"} 1\n`);
    expect(text).toContain(`serin_gate_value{${labels}} +Inf\n`);
    expect(text).toContain(`serin_gate_threshold{${labels}} 0.5\n`);
    expect(text.match(/serin_release_step\{/g)).toHaveLength(2);
  });

  it('have the evidence of comparisons as parts of what is asked, and no line for what is not there', () => {
    const gates = [
      { gate: 'errors', verdict: 'inconclusive', evidence: { rollBack: 0.5, promote: -0.25 } },
      { gate: 'restarts', verdict: 'pass', evidence: { rollBack: 0 } },
      { gate: 'p95', verdict: 'pass', value: 1 },
    ];
    const text = [...releaseText(() => [state('x', { gates })])].join('');
    const labels = 'namespace="prod",release="x"';
    expect(text.match(/^serin_gate_evidence.*$/gm)).toEqual([
      `serin_gate_evidence{${labels},gate="errors",to="rollBack"} 0.5`,
      `serin_gate_evidence{${labels},gate="errors",to="promote"} -0.25`,
      `serin_gate_evidence{${labels},gate="restarts",to="rollBack"} 0`,
    ]);
  });

  it('come in pieces, so that thousands of them are never one text', () => {
    const many = Array.from({ length: 2000 }, (_, index) => state(`r-${index}`));
    const pieces = [...releaseText(() => many)];
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(60_000);
    expect(pieces.join('').match(/serin_release_step\{/g)).toHaveLength(2000);
  });

  it('stand on the page beside those of the process', async () => {
    const queue = () => ({ waiting: 3, working: 1, oldestSeconds: 2 });
    const telemetry = createTelemetry('1.2.3', { queue, releases: () => [state('x')] });
    telemetry.turn('done', 0.2, -1);
    let page = '';
    for await (const piece of telemetry.pieces()) page += piece;
    for (const line of [
      'serin_build_info{version="1.2.3"} 1',
      'serin_queue_depth{state="waiting"} 3',
      'serin_queue_oldest_seconds 2',
      'serin_turn_seconds_count{outcome="done"} 1',
      'serin_turn_wait_seconds_sum 0',
      'serin_release_attempt{namespace="prod",release="x"} 1',
    ])
      expect(page).toContain(`${line}\n`);
    expect(page).toContain('process_resident_memory_bytes');
  });
});

describe('the log', () => {
  const clock = { now: () => Date.parse('2026-01-01T00:00:00Z'), sleep: async () => {} };
  const logged = (write: (log: ReturnType<typeof createLog>) => void, level: 'info' | 'debug' = 'info') => {
    const lines: unknown[] = [];
    write(createLog({ level, clock, write: (line) => void lines.push(JSON.parse(line)), fields: { replica: 'a' } }));
    return lines;
  };

  it('is one JSON line for each event, with what it is about as fields', () => {
    expect(logged((log) => log.warn('held', { release: 'prod/x', step: 2 }))).toEqual([
      { level: 'warn', time: '2026-01-01T00:00:00.000Z', replica: 'a', release: 'prod/x', step: 2, message: 'held' },
    ]);
  });

  it('leaves out what is below its level', () => {
    expect(logged((log) => log.debug('noise'))).toEqual([]);
    expect(logged((log) => log.debug('noise'), 'debug')).toHaveLength(1);
  });

  it("tells an error in its own words, a user's with the code, a bug with where it is", () => {
    const problem = { code: 'SRN1901', place: {}, message: 'cannot be reached' } as const;
    expect(errorFields(new SerinError([problem]))).toEqual({
      error: 'cannot be reached [SRN1901]',
      kind: 'SerinError',
    });
    expect(errorFields(new TypeError('a bug'))).toMatchObject({
      kind: 'TypeError',
      stack: expect.stringContaining('a bug'),
    });
  });
});
