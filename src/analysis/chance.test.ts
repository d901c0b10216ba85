import { describe, expect, it } from 'vitest';
import { answersOf, gateOf, PAIR, ripe } from '../../test/support/gates.ts';
import { seededRandom } from '../lib/random.ts';
import { evaluate } from '../promql/evaluate.ts';
import { createStore } from '../series/store.ts';
import { beyondChance, CHANCE, chanceQuery, vouchedQuantile } from './chance.ts';
import { judge, planQueries, type QueryVerdict } from './gate.ts';

const AT = 1_000_000;
const bucket = (version: string) => `rate(http_request_duration_seconds_bucket{$${version}}[10s])`;
const p95 = (version: string) => `histogram_quantile(0.95, sum by (le) (${bucket(version)}))`;
const SLOWER = `${p95('canary')} > 1.2 * ${p95('stable')}`;

/** Ten seconds of requests: so many of the canary's were slow, all of stable's were quick. */
function judged(promql: string, requests: number, slow: number, pods = 1): QueryVerdict {
  const store = createStore({ retentionMs: 60_000 });
  const count = (version: string, le: string, total: number): void => {
    const name = { __name__: 'http_request_duration_seconds_bucket', namespace: 'prod', app: 'checkout-service' };
    for (let pod = 0; pod < pods; pod += 1) {
      const labels = { ...name, version, le, pod: `pod-${pod}` };
      store.append(labels, AT - 9_000, 0);
      store.append(labels, AT, total / pods);
    }
  };
  for (const [version, all, late] of [
    ['v1', 450, 0],
    ['v2', requests, slow],
  ] as const) {
    count(version, '0.05', all - late);
    count(version, '0.5', all);
    count(version, '+Inf', all);
  }
  const plan = planQueries(gateOf(promql), PAIR);
  const answers = answersOf(plan, store, AT);
  const context = { ...ripe(AT), scrapeIntervalMs: 1000, canaryRequestsInWindow: requests };
  const verdict = judge(gateOf(promql), plan, answers, context);
  const asked = chanceQuery(plan, verdict, answers);
  return asked === undefined ? verdict : beyondChance(verdict, asked, evaluate(asked.expr, store, AT));
}

describe('a gate that fails by a quantile of the canary', () => {
  it('fails when so many were slow that it is no chance', () => {
    expect(judged(SLOWER, 32, 12)).toMatchObject({ verdict: 'fail', reason: 'ThresholdExceeded' });
  });

  it('is taken at its word from ten requests above the quantile on, whatever chance may do', () => {
    expect(judged(SLOWER, 199, 12)).toMatchObject({ verdict: 'inconclusive' });
    expect(judged(SLOWER, 200, 12)).toMatchObject({ verdict: 'fail' });
  });

  it('decides nothing when two of thirty-two were, and says why', () => {
    const verdict = judged(SLOWER, 32, 3);
    expect(verdict).toMatchObject({ verdict: 'inconclusive', reason: 'LowTraffic' });
    expect(verdict.message).toMatch(
      /^0\.\d+ > 0\.057, on 32 canary requests in 10s: so few do that by chance, for with the quantile 0\.7\d+ in place of 0\.95 it does not hold$/,
    );
    expect(verdict).not.toHaveProperty('stableFailsToo');
  });

  it('counts for each group its part of the requests', () => {
    const perPod = SLOWER.replaceAll('by (le)', 'by (le, pod)');
    expect(judged(SLOWER, 240, 14)).toMatchObject({ verdict: 'fail' });
    expect(judged(perPod, 240, 14, 4)).toMatchObject({ verdict: 'inconclusive', reason: 'LowTraffic' });
    expect(judged(perPod, 240, 120, 4)).toMatchObject({ verdict: 'fail' });
  });

  it('keeps what it has measured as evidence', () => {
    expect(judged(SLOWER, 32, 3).evidence.values).toHaveLength(1);
  });

  it('decides nothing when nobody answers that question', () => {
    const failed = judged(SLOWER, 32, 12);
    const asked = { key: 'q', expr: gateOf(SLOWER).expr, from: 0.95, to: 0.7 };
    const verdict = beyondChance(failed, asked, { error: 'gone' });
    expect(verdict).toMatchObject({ verdict: 'inconclusive', reason: 'QueryFailed' });
    expect(verdict.message).toContain('gone');
  });

  it('is asked the same with nothing but the canary’s own quantile lowered', () => {
    const plan = planQueries(gateOf(SLOWER), PAIR);
    const verdict = { ...judged(SLOWER, 32, 12), verdict: 'fail' as const };
    const asked = chanceQuery(plan, verdict, new Map());
    expect(asked?.key.match(/histogram_quantile\(0\.\d+/g)).toEqual([
      expect.stringMatching(/^histogram_quantile\(0\.7/),
      'histogram_quantile(0.95',
    ]);
  });
});

describe('other gates', () => {
  it.each([
    ['a quantile of stable alone', `${p95('stable')} > 0.01`],
    ['a quantile that is computed', `histogram_quantile(scalar(q{$canary}), sum by (le) (${bucket('canary')})) > 0.01`],
    [
      'both versions in one quantile',
      `histogram_quantile(0.95, sum by (le) (rate(b{app="checkout-service"}[10s]))) > 1`,
    ],
    ['no quantile', `sum(${bucket('canary')}) > 1`],
  ])('have no such question: %s', (_, promql) => {
    expect(planQueries(gateOf(promql), PAIR).ownQuantiles).toEqual([]);
  });
});

describe('the quantile that a number of requests can vouch for', () => {
  it.each([0.5, 0.9, 0.95, 0.99])('is above the true %s-quantile in fewer than one of a thousand', (quantile) => {
    const random = seededRandom(7);
    for (const requests of [30, 100, 400]) {
      const rank = vouchedQuantile(quantile, requests) * requests;
      let above = 0;
      for (let run = 0; run < 20_000; run += 1) {
        let slow = 0;
        for (let i = 0; i < requests; i += 1) if (random() >= quantile) slow += 1;
        if (requests - slow < rank) above += 1;
      }
      expect(above / 20_000).toBeLessThan(1.5 * CHANCE);
    }
  });

  it('comes closer to the quantile itself with every request', () => {
    const counts = [30, 31, 50, 100, 1000, 100_000];
    const vouched = counts.map((requests) => vouchedQuantile(0.95, requests));
    expect(vouched).toEqual(vouched.toSorted((a, b) => a - b));
    expect(vouched.at(0)).toBeGreaterThan(0.7);
    expect(vouched.at(-1)).toBeCloseTo(0.95, 2);
    expect(vouched.at(-1)).toBeLessThan(0.95);
  });

  it('is the least of all when there are too few for any', () => {
    expect(vouchedQuantile(0.95, 1)).toBe(0);
    expect(vouchedQuantile(0.95, 0)).toBe(0);
  });
});
