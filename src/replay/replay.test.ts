import { describe, expect, it } from 'vitest';
import { RECORDED_FROM, RECORDED_PAIR, type Recorded, recordedSeries } from '../../test/support/recordings.ts';
import type { PolicySpec, Release } from '../api/release.ts';
import { resolvePolicy } from '../api/release.ts';
import { formatProblem } from '../lib/problem.ts';
import type { SeriesData } from '../series/series.ts';
import type { Recording } from './recording.ts';
import { type ReplayOptions, replay } from './replay.ts';
import type { Subject } from './subject.ts';

const ERRORS =
  'sum(rate(http_requests_total{$canary,code=~"5.."}[1m])) / sum(rate(http_requests_total{$canary}[1m])) > 0.01';
const COMPARED =
  'sum(rate(http_requests_total{$canary,code=~"5.."}[1m])) > 2 * sum(rate(http_requests_total{$stable,code=~"5.."}[1m]))';

function subject(gates: Readonly<Record<string, string>>, changes: Partial<PolicySpec> = {}): Subject {
  const release: Release = {
    apiVersion: 'serin.dev/v1alpha1',
    kind: 'Release',
    metadata: { name: 'checkout-v2', namespace: 'prod' },
    spec: {
      service: 'checkout-service',
      canary: { deployment: 'checkout-service-v2' },
      plan: [
        { baseline: { for: '1m' } },
        { mirror: { traffic: '100%', for: '2m' } },
        { shift: { traffic: '50%', for: '30m' } },
      ],
      minRequests: 1000,
      gates: Object.fromEntries(Object.entries(gates).map(([name, promql]) => [name, { promql }])),
    },
  };
  const policy = resolvePolicy(release, []);
  if (!policy.ok) throw new Error('the policy is whole');
  return { release, policy: { ...policy.value, ...changes }, pair: RECORDED_PAIR };
}

function recordingOf(series: readonly SeriesData[], seconds = 600): Recording {
  const samples = series.reduce((sum, { times }) => sum + times.length, 0);
  return { series, samples, from: RECORDED_FROM, to: RECORDED_FROM + seconds * 1000 };
}

interface Asked extends Recorded, ReplayOptions {
  readonly gates?: Readonly<Record<string, string>>;
}

async function replayed({ gates = { errors: ERRORS }, ...asked }: Asked) {
  const { seconds = 600 } = asked;
  const done = await replay(subject(gates), recordingOf(recordedSeries(asked), seconds), asked);
  if (!done.ok) throw new Error(done.problems.map(formatProblem).join('\n'));
  const { value } = done;
  const second = (at: number) => (at - RECORDED_FROM) / 1000;
  const seen = value.verdicts.map(({ at, verdict }) => `${second(at)} ${verdict.verdict} ${verdict.reason}`);
  return { ...value, seen, end: second(value.endedAt) };
}

describe('a replay', () => {
  it('promotes a good canary: every gate passes at the end', async () => {
    const { outcome, reason, seen, number, requests } = await replayed({
      gates: { errors: ERRORS, compared: COMPARED },
    });
    expect({ outcome, reason }).toEqual({ outcome: 'promoted', reason: 'every gate passes after 10m' });
    expect(number).toBe(2);
    expect(requests).toEqual({ canary: 23_800, stable: 23_800 });
    expect(seen).toHaveLength(121 * 2);
    expect(seen[0]).toBe('0 inconclusive LowTraffic');
    expect(seen.filter((one) => one.startsWith('60 '))).toEqual(['60 pass Passed', '60 pass Passed']);
  });

  it('rolls a bad canary back, and ends there', async () => {
    const { outcome, reason, seen, end } = await replayed({ canary: { errors: (second) => (second < 300 ? 0 : 0.1) } });
    expect(outcome).toBe('rolledBack');
    expect(reason).toMatch(/^errors: 0\.01\d+ > 0\.01, on \d+ canary requests in 1m$/);
    expect(end).toBe(305);
    expect(seen.at(-1)).toBe('305 fail ThresholdExceeded');
    expect(seen).toHaveLength(62);
  });

  it('holds when stable fails the same: an incident proves nothing about the canary', async () => {
    const errors = () => 0.1;
    const { outcome, reason, end } = await replayed({ canary: { errors }, stable: { errors } });
    expect({ outcome, end }).toEqual({ outcome: 'inconclusive', end: 600 });
    expect(reason).toMatch(/^stable fails the same gates \(errors: /);
  });

  it('is inconclusive about a canary without samples, and says which labels fit nothing', async () => {
    const { outcome, reason, series, seen } = await replayed({ canary: { absent: true } });
    expect(outcome).toBe('inconclusive');
    expect(reason).toBe(
      'no series of the recording has the canary\'s labels {namespace="prod",app="checkout-service",version="v2"}',
    );
    expect(series).toEqual({ stable: 12, canary: 0 });
    expect(new Set(seen.map((one) => one.replace(/^\d+ /, '')))).toEqual(new Set(['inconclusive Stale']));
  });

  it('is inconclusive about a canary that is up and has no requests', async () => {
    const { outcome, reason } = await replayed({ canary: { rate: 0 } });
    expect(outcome).toBe('inconclusive');
    expect(reason).toBe('1000 requests per version are needed, the canary has 0, stable 23800');
  });

  it('is inconclusive when stable is lost from sight, although the canary by itself passes', async () => {
    const series = recordedSeries().map((one) => {
      if (one.labels['version'] !== 'v1') return one;
      return { ...one, times: one.times.slice(0, 60), values: one.values.slice(0, 60) };
    });
    const done = await replay(subject({ errors: ERRORS }), recordingOf(series), {});
    expect(done.ok && [done.value.outcome, done.value.reason]).toEqual([
      'inconclusive',
      'every gate passes, but stable has no fresh samples at the end',
    ]);
  });

  it('is inconclusive when stable is down at the end', async () => {
    const series = recordedSeries().map((one) => {
      const isStable = one.labels['version'] === 'v1' && one.labels['__name__'] === 'up';
      return isStable
        ? { ...one, values: one.values.map((up, index) => (index === one.values.length - 1 ? 0 : up)) }
        : one;
    });
    const done = await replay(subject({ errors: ERRORS }), recordingOf(series), {});
    expect(done.ok && done.value.reason).toBe('every gate passes, but stable has no fresh samples at the end');
  });

  it('is refused where one stray sample would make it last for ever', async () => {
    const recording = recordingOf(recordedSeries(), 50 * 365 * 86_400);
    const done = await replay(subject({ errors: ERRORS }), recording, {});
    expect(done.ok ? [] : done.problems.map(formatProblem)).toEqual([
      'the gates would be judged more than 20000 times (found samples from 2026-01-01T00:00:00.000Z to 2075-12-20T00:00:00.000Z, a look every 5s; accepted: --every 21h54m or more, or samples of the release alone) [SRN2001]',
    ]);
    // Of the step alone there are not too many.
    const begun = await replay(subject({ errors: ERRORS }), recording, { beganMs: (50 * 365 * 86_400 - 60) * 1000 });
    expect(begun.ok).toBe(true);
  });

  it('is inconclusive while stable, which it is compared with, has no requests', async () => {
    const { outcome, reason } = await replayed({ stable: { absent: true }, gates: { compared: COMPARED } });
    expect(outcome).toBe('inconclusive');
    expect(reason).toContain("no series of the recording has stable's labels");
  });

  it('decides nothing in a gap, neither for nor against, and goes on after it', async () => {
    const { outcome, seen } = await replayed({
      gap: [200, 400],
      canary: { errors: (second) => (second > 210 && second < 300 ? 0.1 : 0) },
    });
    // Three scrapes long the last samples count as fresh.
    expect(seen.find((one) => one.startsWith('215 '))).toBe('215 pass Passed');
    const inGap = seen.filter((one) => Number(one.split(' ')[0]) > 215 && Number(one.split(' ')[0]) < 400);
    expect(new Set(inGap.map((one) => one.replace(/^\d+ /, '')))).toEqual(new Set(['inconclusive Stale']));
    expect(outcome).toBe('promoted');
  });

  it('waits for a canary that comes late', async () => {
    const { outcome, seen } = await replayed({ canary: { from: 120, errors: () => 0.1 } });
    expect(outcome).toBe('rolledBack');
    expect(seen.find((one) => one.startsWith('115 '))).toBe('115 inconclusive Stale');
    // Its first traffic is the first increase, five seconds after its first sample; it has begun between the two.
    expect(seen.find((one) => one.startsWith('175 '))).toBe('175 inconclusive WindowTooEarly');
    expect(seen.at(-1)).toBe('180 fail ThresholdExceeded');
  });

  it('counts on through a restart of the counters', async () => {
    const { outcome, requests } = await replayed({ canary: { restartsAt: 300 } });
    expect(outcome).toBe('promoted');
    expect(requests.canary).toBe(23_800);
  });

  it('reads recordings without `up`', async () => {
    expect((await replayed({ up: false })).outcome).toBe('promoted');
    const bad = await replayed({ up: false, canary: { errors: () => 0.1 } });
    expect(bad.seen.at(-1)).toBe('60 fail ThresholdExceeded');
  });

  it('tells when the recording is shorter than the step', async () => {
    const { outcome, reason } = await replayed({ step: 3, seconds: 120 });
    expect({ outcome, reason }).toEqual({
      outcome: 'promoted',
      reason: 'every gate passes after 2m; the step itself lasts at least 30m',
    });
  });

  it('at everything on the canary asks what does not compare with stable', async () => {
    const stable = { rate: 0 };
    const { outcome, step } = await replayed({ step: 4, stable, gates: { errors: ERRORS, compared: COMPARED } });
    expect({ outcome, kind: step.kind }).toEqual({ outcome: 'promoted', kind: 'bake' });
    const { outcome: frozen, reason } = await replayed({ step: 4, stable, gates: { compared: COMPARED } });
    expect({ frozen, reason }).toEqual({
      frozen: 'inconclusive',
      reason: 'every gate compares with stable, which has no traffic in this step',
    });
  });

  it('judges as often as it is told, and at the last sample in any case', async () => {
    const { seen, everyMs, scrapeIntervalMs } = await replayed({ everyMs: 45_000, seconds: 100 });
    expect(seen.map((one) => one.split(' ')[0])).toEqual(['0', '45', '90', '100']);
    expect({ everyMs, scrapeIntervalMs }).toEqual({ everyMs: 45_000, scrapeIntervalMs: 5000 });
  });

  it('takes the scrape interval that it is told: fresh is what is three of them old', async () => {
    const { seen } = await replayed({ gap: [200, 400], scrapeIntervalMs: 30_000, everyMs: 5000 });
    expect(seen.find((one) => one.startsWith('290 '))).toMatch(/^290 (?!inconclusive Stale)/);
    expect(seen.find((one) => one.startsWith('295 '))).toBe('295 inconclusive Stale');
  });

  it('refuses to begin after the last sample', async () => {
    await expect(replayed({ beganMs: 660_000 })).rejects.toThrow(
      'the step would begin after the last sample (found --began 11m; accepted: at most 10m, the time from the first sample to the last) [SRN2001]',
    );
    expect((await replayed({ beganMs: 600_000 })).end).toBe(600);
  });

  it('refuses a step without canary traffic, and one that the plan lacks', async () => {
    await expect(replayed({ step: 1 })).rejects.toThrow(
      'step 1 is a baseline: the canary gets no traffic, and no gate is read (found --step 1; accepted: 2 (mirror 100%), 3 (shift 50%), 4 (bake 100%)) [SRN2001]',
    );
    await expect(replayed({ step: 9 })).rejects.toThrow('the plan has no step 9');
  });

  it('needs two samples of a series, or the interval', async () => {
    const single = recordingOf(recordedSeries({ seconds: 0 }), 0);
    const done = await replay(subject({ errors: ERRORS }), single, {});
    expect(done).toMatchObject({
      ok: false,
      problems: [{ code: 'SRN1907', accepted: '--scrape-interval, or a longer recording' }],
    });
    expect(await replay(subject({ errors: ERRORS }), single, { scrapeIntervalMs: 5000 })).toMatchObject({ ok: true });
  });
});
