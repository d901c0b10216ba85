import { describe, expect, it } from 'vitest';
import { planQueries, prepareGate } from '../analysis/gate.ts';
import { systemClock } from '../lib/clock.ts';
import { SerinError } from '../lib/problem.ts';
import type { Expr } from '../promql/ast.ts';
import { parse } from '../promql/parse.ts';
import { print } from '../promql/print.ts';
import { createStore } from '../series/store.ts';
import { localSource } from './local.ts';
import type { MetricsSource } from './source.ts';
import { togetherSource } from './together.ts';

const exprOf = (text: string): Expr => {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(parsed.problems[0]?.message);
  return parsed.value;
};

/** Two versions for a minute; `answer` may refuse a query. */
function world(answer: (query: string) => void = () => {}) {
  const store = createStore({ retentionMs: 1e12 });
  for (const version of ['v1', 'v2'])
    for (const code of ['200', '500'])
      for (let second = 0; second <= 60; second++)
        store.append(
          { __name__: 'requests', app: 'a', version, code },
          second * 1000,
          second * (code === '200' ? 9 : 1),
        );
  const local = localSource({ store, scrapeIntervalMs: 1000 });
  const asked: string[] = [];
  const source: MetricsSource = {
    ...local,
    instant: async (expr, at) => {
      asked.push(print(expr));
      answer(print(expr));
      return local.instant(expr, at);
    },
  };
  return { local, asked, together: togetherSource({ source, clock: systemClock }) };
}

const PAIR = {
  canary: { app: 'a', version: 'v2' },
  stable: { app: 'a', version: 'v1' },
  deployments: { canary: 'a-v2', stable: 'a-v1' },
};

function gateQueries(promql: string): readonly Expr[] {
  const gate = prepareGate('errors', promql);
  if (!gate.ok) throw new Error(gate.problems[0]?.message);
  return planQueries(gate.value, PAIR).queries.map(({ expr }) => expr);
}

const ERRORS = 'sum(rate(requests{$canary,code="500"}[30s])) / sum(rate(requests{$canary}[30s])) > 0.05';

describe('instant queries asked together', () => {
  it('are one query for all that a gate asks at one moment, with the answers of each', async () => {
    const { local, asked, together } = world();
    const queries = gateQueries(ERRORS);
    expect(queries.length).toBeGreaterThan(5);
    const answers = await Promise.all(queries.map((expr) => together.instant(expr, 60_000)));
    expect(asked).toHaveLength(1);
    expect(answers).toEqual(await Promise.all(queries.map((expr) => local.instant(expr, 60_000))));
    expect(answers.some((value) => value.kind === 'vector' && value.samples.length > 0)).toBe(true);
  });

  it('are as many as there are moments, and scalars are asked for by themselves', async () => {
    const { asked, together } = world();
    const [one, two] = [exprOf('requests'), exprOf('count(requests)')];
    await Promise.all([
      ...[one, two].map((expr) => together.instant(expr, 50_000)),
      ...[one, two].map((expr) => together.instant(expr, 60_000)),
      together.instant(exprOf('time()'), 60_000),
    ]);
    expect(asked).toHaveLength(3);
  });

  it('that cannot be evaluated fail by themselves, in their own words', async () => {
    const { local, together } = world();
    const bad = exprOf('requests{version="v1"} / on (app) requests{version="v2"}');
    const [failed, fine] = await Promise.allSettled(
      [bad, exprOf('requests')].map((expr) => together.instant(expr, 60_000)),
    );
    const [alone] = await Promise.allSettled([local.instant(bad, 60_000)]);
    expect(failed).toEqual(alone);
    expect(failed?.status).toBe('rejected');
    expect(fine).toEqual({ status: 'fulfilled', value: await local.instant(exprOf('requests'), 60_000) });
  });

  it('are not asked again one by one where nobody answers', async () => {
    const outage = new SerinError([{ code: 'SRN1901', place: {}, message: 'nobody answers' }]);
    const { asked, together } = world(() => {
      throw outage;
    });
    const answers = await Promise.allSettled(gateQueries(ERRORS).map((expr) => together.instant(expr, 60_000)));
    expect(asked).toHaveLength(1);
    for (const answer of answers) expect(answer).toEqual({ status: 'rejected', reason: outage });
  });

  it('are answered although one of them, another release’s, is too slow for Prometheus', async () => {
    const slow: MetricsSource = {
      scrapeIntervalMs: 1000,
      freshAt: async () => undefined,
      select: async () => [],
      instant: async (expr) => {
        if (print(expr).includes('slow'))
          throw new SerinError([{ code: 'SRN1908', place: {}, message: 'did not finish the query in time' }]);
        return { kind: 'vector', samples: [] };
      },
    };
    const source = togetherSource({ source: slow, clock: systemClock });
    const asked = ['count(slow)', 'count(quick)'].map((text) => source.instant(exprOf(text), 5));
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });
});
