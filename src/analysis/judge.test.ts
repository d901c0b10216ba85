import { beforeAll, describe, expect, it } from 'vitest';
import { answersOf, gateOf, PAIR, ripe, verdictOn } from '../../test/support/gates.ts';
import { createMetricsWorld, type MetricsWorld, POD } from '../../test/support/metrics-world.ts';
import { type GateContext, judge, planQueries } from './gate.ts';

const ERRORS =
  'sum(rate(http_requests_total{$canary,code=~"5.."}[5m])) / sum(rate(http_requests_total{$canary}[5m])) > 0.01';
const WORSE =
  'sum(rate(http_requests_total{$canary,code=~"5.."}[5m])) > 2 * sum(rate(http_requests_total{$stable,code=~"5.."}[5m]))';

const worldOf = (v1: number | undefined, v2: number | undefined): MetricsWorld => {
  const world = createMetricsWorld();
  world.run(900, {
    ...(v1 !== undefined && { v1: { rate: 50, errors: v1 } }),
    ...(v2 !== undefined && { v2: { rate: 50, errors: v2 } }),
  });
  return world;
};

describe('a verdict', () => {
  let good: MetricsWorld;
  let bad: MetricsWorld;
  beforeAll(() => {
    good = worldOf(0.001, 0.001);
    bad = worldOf(0.001, 0.05);
  });

  it('passes on enough requests, a window of this exposure, and numbers on both sides', () => {
    expect(verdictOn(good, ERRORS)).toMatchObject({ verdict: 'pass', reason: 'Passed', oneSided: true });
    expect(verdictOn(good, WORSE)).toMatchObject({ verdict: 'pass', reason: 'Passed', oneSided: false });
  });

  it('fails on any returned series, with the labels of this release in the query', () => {
    const verdict = verdictOn(bad, ERRORS);
    expect(verdict).toMatchObject({ verdict: 'fail', reason: 'ThresholdExceeded', stableFailsToo: false });
    expect(verdict.message).toBe('0.05 > 0.01, on 5000 canary requests in 5m');
    expect(verdict.evidence.query).toContain('{namespace="prod",app="checkout-service",version="v2",code=~"5.."}');
  });

  describe('is inconclusive, not a pass,', () => {
    const at = () => good.now();
    const cases: [string, GateVerdictReason, () => Partial<GateContext>][] = [
      ['below minRequests', 'LowTraffic', () => ({ requests: { canary: 999, stable: 5000 } })],
      ['without exposure', 'LowTraffic', () => ({ exposure: 'none' })],
      ['before the exposure is confirmed', 'WindowTooEarly', () => ({ exposureConfirmedAt: at() + 1 })],
      ['in a window that began before it', 'WindowTooEarly', () => ({ exposureConfirmedAt: at() - 299_999 })],
      ['on stale samples', 'Stale', () => ({ fresh: false })],
    ];
    it.each(cases)('%s', (_, reason, context) => {
      expect(verdictOn(good, ERRORS, context())).toMatchObject({ verdict: 'inconclusive', reason });
    });

    it('without any confirmation', () => {
      const { exposureConfirmedAt: _, ...context } = ripe(good.now());
      expect(judged(good, ERRORS, context)).toMatchObject({ verdict: 'inconclusive', reason: 'WindowTooEarly' });
    });

    it('with too few requests of stable, when it reads stable', () => {
      const requests = { canary: 5000, stable: 999 };
      expect(verdictOn(good, WORSE, { requests })).toMatchObject({ verdict: 'inconclusive', reason: 'LowTraffic' });
      expect(verdictOn(good, ERRORS, { requests })).toMatchObject({ verdict: 'pass' });
    });

    it('and passes once the window lies within the exposure', () => {
      expect(verdictOn(good, ERRORS, { exposureConfirmedAt: good.now() - 300_000 })).toMatchObject({ verdict: 'pass' });
    });
  });

  describe('is inconclusive, not a fail,', () => {
    it('with fewer than thirty canary requests in the window', () => {
      expect(verdictOn(bad, ERRORS, { canaryRequestsInWindow: 29 })).toMatchObject({
        verdict: 'inconclusive',
        reason: 'LowTraffic',
        message: '0.05 > 0.01, but on 29 canary requests in 5m, and it takes 30 to fail',
      });
      expect(verdictOn(bad, ERRORS, { canaryRequestsInWindow: 30 })).toMatchObject({ verdict: 'fail' });
    });

    it("in a window that began before the scrape after which the canary's first traffic came", () => {
      const at = bad.now();
      const latest = at - 300_000 + ripe(at).scrapeIntervalMs;
      expect(verdictOn(bad, ERRORS, { canaryFirstTrafficAt: latest + 1 })).toMatchObject({
        verdict: 'inconclusive',
        reason: 'WindowTooEarly',
      });
      expect(verdictOn(bad, ERRORS, { canaryFirstTrafficAt: latest })).toMatchObject({ verdict: 'fail' });
      const { canaryFirstTrafficAt: _, ...context } = ripe(at);
      expect(judged(bad, ERRORS, context)).toMatchObject({ reason: 'WindowTooEarly' });
    });

    it('on stale samples', () => {
      expect(verdictOn(bad, ERRORS, { fresh: false })).toMatchObject({ verdict: 'inconclusive', reason: 'Stale' });
    });
  });

  it('needs no minRequests to fail, and no confirmed exposure', () => {
    const context = { requests: { canary: 40, stable: 40 }, exposureConfirmedAt: bad.now() };
    expect(verdictOn(bad, ERRORS, context)).toMatchObject({ verdict: 'fail' });
  });

  it('stands still when it reads stable and stable has no traffic any more, and only then', () => {
    const frozen = '100 % was written at 12:00';
    expect(verdictOn(bad, WORSE, { frozen })).toMatchObject({ verdict: 'inconclusive', reason: 'Frozen' });
    expect(verdictOn(bad, WORSE, { frozen }).message).toContain(frozen);
    expect(verdictOn(bad, ERRORS, { frozen })).toMatchObject({ verdict: 'fail' });
    expect(verdictOn(good, ERRORS, { frozen })).toMatchObject({ verdict: 'pass' });
  });

  it('reads stable also by literal labels', () => {
    const literal = WORSE.replace('$stable', 'app="checkout-service",version="v1"');
    expect(verdictOn(bad, literal, { frozen: 'x' })).toMatchObject({ reason: 'Frozen', oneSided: false });
  });

  it('of a gate over the whole service stays armed at 100 %', () => {
    const whole = 'sum(rate(http_requests_total{app="checkout-service",code=~"5.."}[5m])) > 1';
    expect(verdictOn(bad, whole, { frozen: 'x' })).toMatchObject({ verdict: 'fail', oneSided: true });
  });
});

type GateVerdictReason = ReturnType<typeof judge>['reason'];

function judged(world: MetricsWorld, promql: string, context: GateContext) {
  const gate = gateOf(promql);
  const plan = planQueries(gate, PAIR);
  return judge(gate, plan, answersOf(plan, world.store, context.at), context);
}

describe('a selector that finds nothing', () => {
  it('is unknown when its metric is not there for that version: a typo never passes', () => {
    const world = worldOf(0.001, 0.05);
    const verdict = verdictOn(world, ERRORS.replaceAll('http_requests_total', 'http_request_total'));
    expect(verdict).toMatchObject({ verdict: 'inconclusive', reason: 'UnknownSeries' });
    expect(verdict.message).toContain('http_request_total{namespace="prod"');
  });

  it('is unknown when only the other version has the metric', () => {
    expect(verdictOn(worldOf(0.001, undefined), ERRORS)).toMatchObject({ reason: 'UnknownSeries' });
    expect(verdictOn(worldOf(undefined, 0.001), WORSE)).toMatchObject({ reason: 'UnknownSeries' });
  });

  it('is unknown when a label is mistyped that says whose series it is', () => {
    const query = ERRORS.replaceAll('$canary', 'app="checkout",version="v2"');
    expect(verdictOn(worldOf(0.001, 0.05), query)).toMatchObject({ reason: 'UnknownSeries' });
  });

  it('is only low traffic before the canary has had thirty requests: request metrics appear with requests', () => {
    const verdict = verdictOn(worldOf(0.001, undefined), ERRORS, { requests: { canary: 29, stable: 5000 } });
    expect(verdict).toMatchObject({ verdict: 'inconclusive', reason: 'LowTraffic' });
  });

  it("is unknown at once when it is stable's: users' requests are there from the start", () => {
    const query = WORSE.replace('{$stable', '_typo{$stable');
    const context = { requests: { canary: 0, stable: 5000 } };
    expect(verdictOn(worldOf(0.001, 0.001), query, context)).toMatchObject({ reason: 'UnknownSeries' });
  });

  it('and names no version at all proves nothing by being absent', () => {
    const world = worldOf(0.001, 0.001);
    expect(verdictOn(world, 'ALERTS{alertname="CheckoutDown"} > 0')).toMatchObject({ reason: 'UnknownSeries' });
  });

  it('within absent() is the answer, not a doubt', () => {
    const world = worldOf(0.001, 0.001);
    expect(verdictOn(world, 'absent(http_requests_total{$canary})')).toMatchObject({ verdict: 'pass' });
    expect(verdictOn(world, 'absent(heartbeat{$canary})')).toMatchObject({ verdict: 'fail' });
    expect(verdictOn(world, 'absent_over_time(heartbeat{$canary}[5m])')).toMatchObject({ verdict: 'fail' });
  });
});

describe('an absent series of a known metric counts as zero', () => {
  it('on the canary: no errors ever is an error rate of zero', () => {
    const verdict = verdictOn(worldOf(0.001, 0), ERRORS);
    expect(verdict).toMatchObject({ verdict: 'pass' });
    expect(verdict.evidence.left).toEqual([{ labels: {}, value: 0 }]);
    expect(verdict.evidence.countedAsZero).toHaveLength(1);
  });

  it('on stable: worse than a stable version without errors is found, where PromQL alone returns nothing', () => {
    const world = worldOf(0, 0.05);
    const verdict = verdictOn(world, WORSE);
    expect(verdict).toMatchObject({
      verdict: 'fail',
      message: '2.5 > 0 (absent series counted as zero), on 5000 canary requests in 5m',
    });
    expect(verdictOn(worldOf(0, 0), WORSE)).toMatchObject({ verdict: 'pass' });
  });

  it('for a share of good answers: a canary that never gave one fails', () => {
    const good = ERRORS.replace('5..', '2..').replace('> 0.01', '< 0.99');
    expect(verdictOn(worldOf(0.001, 1), good)).toMatchObject({ verdict: 'fail' });
    expect(verdictOn(worldOf(0.001, 0.001), good)).toMatchObject({ verdict: 'pass' });
  });

  it('for one pod among others that have the series', () => {
    const world = worldOf(0.001, 0);
    const other = {
      namespace: 'prod',
      app: 'checkout-service',
      version: 'v2',
      pod: 'checkout-service-v2-x-y',
      method: 'GET',
    };
    for (let at = world.now() - 600_000; at <= world.now(); at += 15_000)
      world.store.append({ __name__: 'http_requests_total', code: '500', ...other }, at, at / 1000);
    const query = ERRORS.replace('5..', '2..').replace('> 0.01', '< 0.99').replaceAll('sum(', 'sum by (pod) (');
    const verdict = verdictOn(world, query);
    expect(verdict).toMatchObject({ verdict: 'fail' });
    expect(verdict.evidence.values).toEqual([{ labels: { pod: 'checkout-service-v2-x-y' }, value: 0 }]);
  });

  it('but a division by it is no number', () => {
    const query =
      'sum(rate(http_requests_total{$canary}[5m])) / sum(rate(http_requests_total{$canary,method="PUT"}[5m])) > 2';
    expect(verdictOn(worldOf(0.001, 0.001), query)).toMatchObject({ verdict: 'inconclusive', reason: 'NotANumber' });
  });

  it('does not make a threshold from below fail by a zero beside the sums by code', () => {
    const query = 'sum by (code) (rate(http_requests_total{$canary,code=~"2.."}[5m])) < 1';
    expect(verdictOn(worldOf(0.001, 0.001), query)).toMatchObject({ verdict: 'pass' });
  });
});

describe('sides of a comparison', () => {
  it('that are NaN are no numbers: nothing happened in the window', () => {
    const world = createMetricsWorld();
    world.run(900, { v1: { rate: 50 }, v2: { rate: 50, errors: 0.05 } });
    world.run(600, { v1: { rate: 50 }, v2: { rate: 0 } });
    expect(verdictOn(world, ERRORS)).toMatchObject({ verdict: 'inconclusive', reason: 'NotANumber' });
  });

  it('are not all there is: a query without comparison that returns NaN says nothing either', () => {
    const world = createMetricsWorld();
    world.run(900, { v1: { rate: 50 }, v2: { rate: 50 } });
    world.run(600, { v1: { rate: 50 }, v2: { rate: 0 } });
    const query = 'sum(rate(http_requests_total{$canary}[5m])) / sum(rate(http_requests_total{$canary}[5m]))';
    expect(verdictOn(world, query)).toMatchObject({
      verdict: 'inconclusive',
      reason: 'NotANumber',
      message: 'the query returns NaN',
    });
  });

  it('that are infinite do not pass: everything is below a limit that was divided by zero', () => {
    const query = `sum(rate(http_requests_total{$canary}[5m])) > sum(rate(http_requests_total{$stable}[5m])) / (0 * sum(rate(http_requests_total{$stable}[5m])))`;
    expect(verdictOn(worldOf(0, 0), query)).toMatchObject({ reason: 'NotANumber' });
  });

  it('that have no series in common were not compared', () => {
    const query =
      'sum by (version) (rate(http_requests_total{$canary}[5m])) > sum by (version) (rate(http_requests_total{$stable}[5m]))';
    expect(verdictOn(worldOf(0, 0), query)).toMatchObject({ verdict: 'inconclusive', reason: 'NoData' });
  });

  it('that are empty were not compared', () => {
    const query =
      'sum by (pod) (rate(http_requests_total{$canary}[5m])) * on(version) sum by (pod) (rate(http_requests_total{$stable}[5m])) > 1e9';
    const other = query.replace('on(version)', 'on(pod)');
    expect(verdictOn(worldOf(0, 0), other)).toMatchObject({ verdict: 'inconclusive', reason: 'NoData' });
    expect(verdictOn(worldOf(0, 0), query)).toMatchObject({ verdict: 'pass' });
  });

  it('below and, or, unless are looked at as well', () => {
    const world = createMetricsWorld();
    world.run(900, { v1: { rate: 50 }, v2: { rate: 50, errors: 0.05 } });
    world.run(600, { v1: { rate: 50 }, v2: { rate: 0 } });
    const guarded = `${ERRORS} and sum(rate(http_requests_total{$canary}[5m])) > 5`;
    expect(verdictOn(world, guarded)).toMatchObject({ verdict: 'inconclusive', reason: 'NotANumber' });
    expect(verdictOn(worldOf(0, 0.05), guarded)).toMatchObject({ verdict: 'fail' });
    expect(verdictOn(worldOf(0, 0.001), guarded)).toMatchObject({ verdict: 'pass' });
  });
});

describe('a gate on present values', () => {
  it('counts the requests of the exposure, having no window of its own', () => {
    const query = 'http_requests_total{$canary,code="200"} > 1000';
    const context = { canaryRequestsInWindow: 0 };
    expect(verdictOn(worldOf(0, 0), query, context)).toMatchObject({ verdict: 'fail' });
    expect(verdictOn(worldOf(0, 0), query, { ...context, requests: { canary: 29, stable: 29 } })).toMatchObject({
      reason: 'LowTraffic',
    });
  });
});

describe('stable in the place of the canary', () => {
  it('is asked the same by $canary, by literal labels and by pod', () => {
    const world = worldOf(0.05, 0.05);
    const literal = ERRORS.replaceAll('$canary', 'app="checkout-service",version="v2"');
    const byPod = ERRORS.replaceAll('$canary', 'pod=~"checkout-service-v2-.*"');
    for (const query of [ERRORS, literal, byPod])
      expect(verdictOn(world, query)).toMatchObject({ verdict: 'fail', stableFailsToo: true });
  });

  it('is not asked where the query has no counterpart', () => {
    const { deployments: _, ...pair } = PAIR;
    const verdict = verdictOn(worldOf(0.05, 0.05), ERRORS.replaceAll('$canary', `pod="${POD.v2}"`), {}, pair);
    expect(verdict).toMatchObject({ verdict: 'fail', oneSided: true });
    expect(verdict).not.toHaveProperty('stableFailsToo');
  });

  it('does not stand in the way when asking it fails', () => {
    const world = worldOf(0.05, 0.05);
    const gate = gateOf(ERRORS);
    const plan = planQueries(gate, PAIR);
    const answers = answersOf(plan, world.store, world.now()).set(plan.stable ?? '', { error: 'timed out' });
    const verdict = judge(gate, plan, answers, ripe(world.now()));
    expect(verdict).toMatchObject({ verdict: 'fail' });
    expect(verdict).not.toHaveProperty('stableFailsToo');
  });
});

describe('answers that cannot be used', () => {
  const world = worldOf(0.001, 0.05);
  const gate = gateOf(ERRORS);
  const plan = planQueries(gate, PAIR);
  const needed = plan.queries.map(({ key }) => key).filter((key) => key !== plan.stable);

  it('make no verdict: an error of any query but that about stable', () => {
    for (const key of needed) expectNoVerdict(key);
  });

  function expectNoVerdict(key: string) {
    const answers = answersOf(plan, world.store, world.now()).set(key, { error: 'connection refused' });
    const verdict = judge(gate, plan, answers, ripe(world.now()));
    expect(verdict).toMatchObject({ verdict: 'inconclusive', reason: 'QueryFailed' });
    expect(verdict.message).toContain('connection refused');
    expect(verdict.evidence).not.toHaveProperty('countedAsZero');
    answers.delete(key);
    expect(judge(gate, plan, answers, ripe(world.now()))).toMatchObject({ reason: 'QueryFailed' });
  }

  it('make no verdict: a query that the samples do not allow', () => {
    const manyToMany =
      'rate(http_requests_total{$canary}[5m]) / on(version) rate(http_requests_total{$canary}[5m]) > 1';
    expect(verdictOn(world, manyToMany)).toMatchObject({ verdict: 'inconclusive', reason: 'QueryFailed' });
  });
});

describe('evidence', () => {
  it('is bounded and says how much it leaves out', () => {
    const world = createMetricsWorld();
    for (let pod = 0; pod < 40; pod++)
      world.store.append(
        { __name__: 'queue', version: 'v2', pod: `p${String(pod).padStart(2, '0')}`, path: 'x'.repeat(900) },
        world.now(),
        pod + 100,
      );
    const { evidence } = verdictOn(world, 'queue{version="v2"} > 1');
    expect(evidence.values).toHaveLength(10);
    expect(evidence.values[0]).toMatchObject({ labels: { pod: 'p00' }, value: 100 });
    expect(evidence.left).toHaveLength(10);
    expect(evidence.omitted).toBe(60);
    expect(JSON.stringify(evidence).length).toBeLessThan(8000);
  });

  it('is plain JSON: what is no number in JSON is text', () => {
    const verdict = verdictOn(worldOf(0, 0), 'sum(rate(http_requests_total{$canary}[5m])) / 0 > 1');
    expect(verdict).toMatchObject({ verdict: 'fail' });
    expect(verdict.evidence.values).toEqual([{ labels: {}, value: '+Inf' }]);
    expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
  });
});
