import { describe, expect, it } from 'vitest';
import { gateOf, PAIR } from '../../test/support/gates.ts';
import { parse } from '../promql/parse.ts';
import { print } from '../promql/print.ts';
import { planQueries } from './plan.ts';

const planOf = (text: string, pair = PAIR) => planQueries(gateOf(text), pair);
const CANARY = 'namespace="prod", app="checkout-service", version="v2"';
const STABLE = 'namespace="prod", app="checkout-service", version="v1"';

describe('planQueries', () => {
  it('asks the query, the same with zeros, its sides, its selectors, and stable: each once', () => {
    const plan = planOf('sum(rate(r{$canary,code="500"}[1m])) / sum(rate(r{$canary}[1m])) > 0.01');
    const failed = `rate(r{${CANARY}, code="500"}[1m])`;
    const all = `rate(r{${CANARY}}[1m])`;
    const rate = `sum((${failed} or sum without (code) (${all}) * 0)) / sum(${all})`;
    expect(plan.queries.map(({ key }) => key)).toEqual([
      `sum(${failed}) / sum(${all}) > 0.01`,
      `${rate} > 0.01`,
      `sum(rate(r{${STABLE}, code="500"}[1m])) / sum(rate(r{${STABLE}}[1m])) > 0.01`,
      rate,
      `count(${failed})`,
      `count(r{${CANARY}})`,
      `count(${all})`,
    ]);
    expect(plan.comparisons).toEqual([{ op: '>', left: { key: rate }, right: { constant: 0.01 } }]);
  });

  it('gives each query its text as key, which a Prometheus reads as the same query', () => {
    const texts = [
      'sum(rate(r{$canary,code="500"}[1m])) > 2 * sum(rate(r{$stable,code="500"}[1m] offset 5m))',
      'histogram_quantile(0.95, sum by (le) (rate(b{$canary,method="GET"}[5m]))) > 0.2 unless absent(x{$stable})',
      'max by (pod) (r{$canary,mode=~"a|b"}) / on (pod) group_left (node) max by (pod, node) (s{$canary}) > -1',
    ];
    for (const { key, expr } of texts.flatMap((text) => planOf(text).queries)) {
      expect(key).toBe(print(expr));
      const again = parse(key);
      expect(again.ok ? print(again.value) : again.problems).toBe(key);
    }
  });

  it('has nothing to fill where no selector asks for more than its version', () => {
    const plan = planOf('sum(rate(r{$canary}[1m])) > 100');
    expect(plan.filled).toBe(plan.result);
  });

  it('leaves what is within absent() alone', () => {
    const plan = planOf('absent(r{$canary,code="200"})');
    expect(plan.filled).toBe(plan.result);
    expect(plan.selectors).toEqual([]);
  });

  it('fills each series in a sum, else only where all are absent, so that no average is drawn down', () => {
    const filledOf = (text: string) => planOf(text).filled;
    expect(filledOf('sum by (pod) (r{$canary,code="500"}) > 1')).toContain(' or sum without (code) ');
    expect(filledOf('avg by (pod) (r{$canary,code="500"}) > 1')).toContain(' or on () sum without (code) ');
    expect(filledOf('sum by (code) (r{$canary,code="500"}) > 1')).toContain(' or on () ');
    expect(filledOf('sum without (code) (r{$canary,code="500"}) > 1')).toContain(' or sum without ');
    expect(filledOf('sum without (pod) (r{$canary,code="500"}) > 1')).toContain(' or on () ');
  });

  it('never asks for a metric of all the world', () => {
    const plan = planOf('sum(up{job="node"}) > 100');
    expect(plan.filled).toBe(plan.result);
    expect(plan.selectors).toEqual([{ text: 'up{job="node"}', found: 'count(up{job="node"})', ofCanary: true }]);
  });

  it('knows the sides of a query by literal labels and by pod', () => {
    const { deployments: _, ...withoutPods } = PAIR;
    expect(planOf('r{version="v2"} > 1').oneSided).toBe(true);
    expect(planOf('r{version="v2"} > r{version="v1"}').oneSided).toBe(false);
    expect(planOf('r{pod=~"checkout-service-v1-.*"} > 1').oneSided).toBe(false);
    expect(planOf('r{pod=~"checkout-service-.*"} > 1').oneSided).toBe(false);
    expect(planOf('r{pod=~"checkout-service-v1-.*"} > 1', withoutPods).oneSided).toBe(true);
    expect(planOf('r{app="checkout-service"} > 1').oneSided).toBe(true);
  });

  it('shows the query with labels where placeholders stood, otherwise as it was written', () => {
    const text = '# $canary\nr{$canary,code="5"}\n  > r{$stable}';
    const shown = (version: string) => `namespace="prod",app="checkout-service",version="${version}"`;
    expect(planOf(text).query).toBe(`# $canary\nr{${shown('v2')},code="5"}\n  > r{${shown('v1')}}`);
  });
});
