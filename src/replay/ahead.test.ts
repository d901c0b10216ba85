import { describe, expect, it } from 'vitest';
import { RECORDED_FROM, recordedSeries } from '../../test/support/recordings.ts';
import { expression } from '../../test/support/series-notation.ts';
import { localSource } from '../metrics/local.ts';
import type { MetricsSource } from '../metrics/source.ts';
import type { Expr } from '../promql/ast.ts';
import type { Value } from '../promql/value.ts';
import { seriesKey } from '../series/labels.ts';
import { askedAhead } from './ahead.ts';
import { createArchive } from './archive.ts';

const EVERY_MS = 5000;

const archive = createArchive(
  recordedSeries({ seconds: 300, gap: [100, 150], canary: { from: 30, errors: (second) => (second > 60 ? 0.1 : 0) } }),
);

/** The source, and how often it was asked itself. */
function counted(): { source: MetricsSource; count: () => number } {
  let asked = 0;
  const local = localSource({ store: archive, scrapeIntervalMs: EVERY_MS });
  const instant = async (expr: Expr, at: number) => {
    asked++;
    return local.instant(expr, at);
  };
  return { source: { ...local, instant }, count: () => asked };
}

const comparable = (value: Value) =>
  value.kind === 'vector'
    ? new Map(value.samples.map(({ labels, value: number }) => [seriesKey(labels), number]))
    : value;

/** Answers at every step, or the errors; both ways. */
async function both(query: string, to = 300) {
  const { source, count } = counted();
  const steps = { startMs: RECORDED_FROM, endMs: RECORDED_FROM + to * 1000, stepMs: EVERY_MS };
  const ahead = askedAhead(source, archive, steps);
  const expr = expression(query);
  const answers: unknown[] = [];
  for (let at = steps.startMs; at <= steps.endMs; at += EVERY_MS)
    answers.push(await ahead.instant(expr, at).then(comparable, String));
  const asked = count();
  const instants: unknown[] = [];
  for (let at = steps.startMs; at <= steps.endMs; at += EVERY_MS)
    instants.push(await source.instant(expr, at).then(comparable, String));
  return { answers, instants, asked };
}

describe('queries asked ahead', () => {
  it.each([
    'sum(rate(http_requests_total{version="v2",code=~"5.."}[1m])) / sum(rate(http_requests_total{version="v2"}[1m])) > 0.01',
    'histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket{version="v2"}[30s])))',
    'count(http_requests_total{version="v2"} offset 20s)',
    'up',
    'absent(http_requests_total{code="500"})',
    'topk(1, http_requests_total) or vector(time())',
    '-sum by (pod) (up) > bool 2',
  ])('are answered as each by itself: %s', async (query) => {
    const { answers, instants, asked } = await both(query);
    expect(answers).toEqual(instants);
    expect(asked).toBe(0);
  });

  it.each([
    ['a scalar', 'scalar(sum(up))'],
    ['@ end()', 'sum(up @ end())'],
    ['a fixed @', `sum(http_requests_total @ ${RECORDED_FROM / 1000 + 200})`],
    ['a subquery', 'max_over_time(sum(rate(http_requests_total[1m]))[2m:30s])'],
    ['series that meet several times', 'http_requests_total * on (app) http_requests_total'],
    ['a doubtful answer', 'histogram_quantile(2, sum by (le) (http_request_duration_seconds_bucket))'],
  ])('are asked one by one where a range query would mean or do something else: %s', async (_, query) => {
    const { answers, instants, asked } = await both(query);
    expect(answers).toEqual(instants);
    expect(asked).toBe(61);
  });

  it('are asked of the source between and after the steps', async () => {
    const { source, count } = counted();
    const steps = { startMs: RECORDED_FROM, endMs: RECORDED_FROM + 100_000, stepMs: EVERY_MS };
    const ahead = askedAhead(source, archive, steps);
    const expr = expression('sum(up)');
    for (const offset of [-5000, 2500, 105_000, 200_000]) await ahead.instant(expr, RECORDED_FROM + offset);
    expect(count()).toBe(4);
  });
});
