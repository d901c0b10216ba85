import { describe, expect, it } from 'vitest';
import { RECORDED_FROM, RECORDED_PAIR, type Recorded, recordedSeries } from '../../test/support/recordings.ts';
import { type PolicySpec, type Release, resolvePolicy } from '../api/release.ts';
import { localSource } from '../metrics/local.ts';
import { createArchive } from './archive.ts';
import { createHindsight, type HindsightOptions, type Look } from './hindsight.ts';
import { replay } from './replay.ts';

/** Without gates in it: those that nobody has written. */
function subject(gates: Release['spec']['gates']) {
  const release: Release = {
    apiVersion: 'serin.dev/v1alpha1',
    kind: 'Release',
    metadata: { name: 'checkout-v2', namespace: 'prod' },
    spec: {
      service: 'checkout-service',
      canary: { deployment: 'checkout-service-v2' },
      plan: [{ mirror: { traffic: '100%', methods: 'all', for: '2m' } }, { shift: { traffic: '50%', for: '5m' } }],
      ...(gates === undefined ? {} : { gates }),
    },
  };
  const policy = resolvePolicy(release, []);
  if (!policy.ok) throw new Error('the policy is whole');
  return { release, policy: policy.value, pair: RECORDED_PAIR };
}

interface Asked extends Recorded {
  readonly gates?: Release['spec']['gates'];
  readonly step?: number;
  readonly beganMs?: number;
}

async function replayed({ gates, step, beganMs, ...recorded }: Asked) {
  const { seconds = 600 } = recorded;
  const series = recordedSeries(recorded);
  const samples = series.reduce((sum, { times }) => sum + times.length, 0);
  const recording = { series, samples, from: RECORDED_FROM, to: RECORDED_FROM + seconds * 1000 };
  const done = await replay(subject(gates), recording, {
    ...(step !== undefined && { step }),
    ...(beganMs !== undefined && { beganMs }),
  });
  if (!done.ok) throw new Error('it can be replayed');
  const last = done.value.verdicts.filter(({ at }) => at === done.value.endedAt);
  return { ...done.value, last: Object.fromEntries(last.map(({ verdict }) => [verdict.gate, verdict])) };
}

function hindsight(policy: PolicySpec, recorded: Recorded) {
  const metrics = localSource({ store: createArchive(recordedSeries(recorded)), scrapeIntervalMs: 5000 });
  const options: HindsightOptions = { pair: RECORDED_PAIR, policy, stepIndex: 0, beganAt: RECORDED_FROM, metrics };
  return createHindsight(options);
}

describe('gates that compare, replayed', () => {
  it('promote a good canary by the gates that nobody has written, and say which of them say nothing', async () => {
    const { outcome, reason, last } = await replayed({ seconds: 900 });
    expect(last['errors']).toMatchObject({ verdict: 'pass', reason: 'Passed' });
    expect(last['latency']).toMatchObject({ verdict: 'pass' });
    expect(last['saturation']).toMatchObject({ verdict: 'inconclusive', reason: 'NotMeasured' });
    expect(last['restarts']).toBeUndefined();
    expect({ outcome, reason }).toEqual({
      outcome: 'promoted',
      reason: 'every gate but saturation, which may stay open, passes after 15m',
    });
  });

  it('roll back a canary that is worse than stable, and none that is as bad', async () => {
    const bad = await replayed({ canary: { errors: () => 0.05 } });
    expect(bad.outcome).toBe('rolledBack');
    expect(bad.reason).toMatch(/^errors: canary fails 5 % of requests, stable 0 %; were it within the tolerance/);
    expect(bad.endedAt).toBeLessThan(RECORDED_FROM + 60_000);
    const errors = () => 0.005;
    const equal = await replayed({ canary: { errors }, stable: { errors }, seconds: 1800 });
    expect(equal.outcome).toBe('promoted');
  });

  it('are asked for by name, and one that nothing measures keeps the canary where it is', async () => {
    const { outcome, reason } = await replayed({ gates: { errors: {}, memory: {} } });
    expect(outcome).toBe('inconclusive');
    expect(reason).toMatch(/^memory: /);
  });

  it("know stable's past where the step begins later than the samples", async () => {
    const asked: Asked = { seconds: 660, canary: { from: 600 }, gates: { latency: {} } };
    const isUnknown = ({ verdicts }: Awaited<ReturnType<typeof replayed>>) =>
      verdicts.some(({ verdict }) => verdict.message.includes('to know how its latencies lie'));
    const past = await replayed({ ...asked, beganMs: 600_000 });
    expect(past.from).toBe(RECORDED_FROM + 600_000);
    expect(past.requests.stable).toBeLessThan(60 * 40 + 1);
    expect(isUnknown(past)).toBe(false);
    expect(isUnknown(await replayed({ seconds: 60, gates: { latency: {} } }))).toBe(true);
  });

  it('stand still with everything on the canary', async () => {
    const { outcome, reason } = await replayed({ step: 3, stable: { rate: 0 }, gates: { errors: {} } });
    expect({ outcome, reason }).toEqual({
      outcome: 'inconclusive',
      reason: 'every gate compares with stable, which has no traffic in this step',
    });
    // Limits of the canary's own are asked all the same.
    const own = await replayed({ step: 3, stable: { rate: 0 }, gates: { errors: {}, saturation: {} } });
    expect(own.outcome).toBe('inconclusive');
    expect(own.reason).toMatch(/^saturation: [^;]*$/);
  });

  it('judge the same however often they are asked, and however late for the first time', async () => {
    const { policy } = subject(undefined);
    const recorded: Recorded = {
      seconds: 2400,
      gap: [700, 760],
      canary: { errors: (second) => (second % 300 < 100 ? 0.012 : 0.002), restartsAt: 450, from: 40 },
      stable: { errors: () => 0.004 },
    };
    const one = hindsight(policy, recorded);
    let [often, seldom]: (Look | undefined)[] = [];
    for (let second = 0; second <= 2400; second += 5) often = await one.look(RECORDED_FROM + second * 1000, often);
    for (let second = 0; second <= 2400; second += 400) seldom = await one.look(RECORDED_FROM + second * 1000, seldom);
    const once = await one.look(RECORDED_FROM + 2_400_000);
    expect(often?.verdicts.map(({ evidence }) => evidence)).not.toContain(undefined);
    expect(seldom?.verdicts).toEqual(often?.verdicts);
    expect(once.verdicts).toEqual(often?.verdicts);
  });

  it.each(['errors', 'latency'])('read all that there is at once, whatever they go by: %s', async (gate) => {
    const one = hindsight(subject({ [gate]: {} }).policy, { seconds: 2400 });
    let seldom: Look | undefined;
    for (let second = 0; second <= 2400; second += 400) seldom = await one.look(RECORDED_FROM + second * 1000, seldom);
    expect((await one.look(RECORDED_FROM + 2_400_000)).verdicts).toEqual(seldom?.verdicts);
  });
});
