// What judge may never do, whatever it is given.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gateOf, PAIR } from '../../test/support/gates.ts';
import type { Value } from '../promql/value.ts';
import { type Answer, type GateContext, judge, type PreparedGate, planQueries, type QueryPlan } from './gate.ts';

const ERRORS =
  'sum(rate(http_requests_total{$canary,code=~"5.."}[5m])) / sum(rate(http_requests_total{$canary}[5m])) > 0.01';
const WORSE =
  'sum(rate(http_requests_total{$canary,code=~"5.."}[5m])) > 2 * sum(rate(http_requests_total{$stable,code=~"5.."}[5m]))';

describe('whatever the answers are', () => {
  const gates = [ERRORS, WORSE, 'absent(up{$canary})', 'http_requests_total{$canary} > 1 and up{$stable} < 1'].map(
    (text) => {
      const gate = gateOf(text);
      return { gate, plan: planQueries(gate, PAIR) };
    },
  );
  const number = fc.oneof(
    fc.double(),
    fc.constantFrom(0, 1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
  );
  const sample = fc.record({
    labels: fc.dictionary(fc.constantFrom('pod', 'code', '__proto__', 'a'), fc.string({ maxLength: 5 }), {
      maxKeys: 2,
    }),
    value: number,
  });
  const answer: fc.Arbitrary<Answer | undefined> = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('vector' as const), samples: fc.array(sample, { maxLength: 14 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('scalar' as const), value: number }) },
    fc.record({ kind: fc.constant('string' as const), value: fc.string() }),
    fc.record({ kind: fc.constant('matrix' as const), series: fc.constant([]) }),
    fc.record({ error: fc.string() }),
    fc.constant(undefined),
  );
  const time = fc.option(fc.integer({ min: 1_000_000, max: 2_000_000 }), { nil: undefined });
  const context: fc.Arbitrary<GateContext> = fc
    .record({
      at: fc.constant(1_700_000),
      scrapeIntervalMs: fc.constantFrom(1000, 15_000),
      exposure: fc.constantFrom('none' as const, 'preview' as const, 'mirrored' as const, 'live' as const),
      exposureConfirmedAt: time,
      canaryFirstTrafficAt: time,
      minRequests: fc.integer({ min: 1, max: 1000 }),
      requests: fc.record({ canary: fc.nat(2000), stable: fc.nat(2000) }),
      canaryRequestsInWindow: fc.nat(100),
      frozen: fc.option(fc.string(), { nil: undefined }),
      fresh: fc.boolean(),
    })
    .map(
      (drawn) =>
        Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined)) as unknown as GateContext,
    );
  const drawn = fc.record({
    which: fc.nat(gates.length - 1),
    given: context,
    list: fc.array(answer, { minLength: 20, maxLength: 20 }),
  });
  const build = ({ which, list }: { readonly which: number; readonly list: readonly (Answer | undefined)[] }) => {
    const { gate, plan } = gates[which] as { gate: PreparedGate; plan: QueryPlan };
    const answers = new Map<string, Answer>();
    for (const [index, { key }] of plan.queries.entries()) {
      const one = list[index % list.length];
      if (one !== undefined) answers.set(key, one);
    }
    return { gate, plan, answers };
  };

  it('there is a verdict in plain JSON, and it never passes or fails without its evidence', () => {
    fc.assert(
      fc.property(drawn, ({ given, ...raw }) => {
        const { gate, plan, answers } = build(raw);
        const verdict = judge(gate, plan, answers, given);
        expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
        const windowMs = Math.max(gate.windowMs, given.scrapeIntervalMs);
        if (verdict.verdict !== 'inconclusive') expect(given.fresh).toBe(true);
        if (verdict.verdict === 'pass') {
          expect(given.requests.canary).toBeGreaterThanOrEqual(given.minRequests);
          expect(given.exposure).not.toBe('none');
          expect(given.exposureConfirmedAt ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(given.at - windowMs);
          expect(answers.get(plan.result)).toSatisfy(isEmpty);
        }
        if (verdict.verdict === 'fail') {
          const sinceScrape = Math.min(given.scrapeIntervalMs, windowMs - given.scrapeIntervalMs);
          const latest = given.at - windowMs + sinceScrape;
          expect(given.canaryFirstTrafficAt ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(latest);
          expect(verdict.evidence.canaryRequestsInWindow).toBeGreaterThanOrEqual(30);
          expect(verdict.evidence.values.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('it never passes when every selector came back empty', () => {
    const nothing: Value = { kind: 'vector', samples: [] };
    for (const { gate, plan } of gates.slice(0, 2))
      fc.assert(
        fc.property(context, (given) => {
          const answers = new Map(plan.queries.map(({ key }): [string, Answer] => [key, nothing]));
          return judge(gate, plan, answers, given).verdict === 'inconclusive';
        }),
      );
  });

  it('the order of the series does not matter', () => {
    fc.assert(
      fc.property(drawn, ({ given, ...raw }) => {
        const { gate, plan, answers } = build(raw);
        const turned = new Map([...answers].map(([key, one]): [string, Answer] => [key, reversed(one)]));
        const [here, there] = [judge(gate, plan, answers, given), judge(gate, plan, turned, given)];
        expect([there.verdict, there.reason]).toEqual([here.verdict, here.reason]);
      }),
      { numRuns: 500 },
    );
  });
});

const isEmpty = (one: Answer | undefined): boolean =>
  one !== undefined && 'kind' in one && one.kind === 'vector' && one.samples.length === 0;

const reversed = (one: Answer): Answer =>
  'kind' in one && one.kind === 'vector' ? { ...one, samples: one.samples.toReversed() } : one;
