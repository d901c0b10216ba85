import { describe, expect, it } from 'vitest';
import {
  drawnErrors,
  errorBlock,
  LIVE,
  latencyBlock,
  MIRRORED,
  SETTING,
} from '../../../test/support/compared-blocks.ts';
import { ISTIO_EDGES } from '../../../test/support/istio-edges.ts';
import { latencies } from '../../../test/support/seeded-traffic.ts';
import { seededRandom } from '../../lib/random.ts';
import type { Look } from '../blocks/blocks.ts';
import {
  afterNews,
  beginComparisons,
  type Comparisons,
  type Moment,
  type News,
  togetherText,
  verdictsOf,
  withLatency,
} from './comparisons.ts';
import type { Compared } from './exposure.ts';
import type { ComparativeGate } from './kinds.ts';

const ERRORS: ComparativeGate = {
  kind: 'errors',
  name: 'errors',
  byDefault: true,
  worseBy: { factor: 1, points: 0.002 },
};
const LATENCY: ComparativeGate = {
  kind: 'latency',
  name: 'latency',
  byDefault: true,
  quantile: 0.95,
  worseBy: { factor: 1.2, extraMs: 0 },
};
const GATES = [ERRORS, LATENCY];
const MOMENT: Moment = { at: 0, exposure: 'mirrored', fresh: true, waiting: {} };
const HISTORY = { edges: ISTIO_EDGES.slice(0, -1), history: drawnTimes(1, 20_000, 50), dispersion: 1 };

function drawnTimes(seed: number, requests: number, median: number): number[] {
  return latencies(seededRandom(seed), requests, ISTIO_EDGES, (normal) => median * Math.exp(0.8 * normal));
}

const begun = (): Comparisons => ({
  ...withLatency(beginComparisons(SETTING, { errors: { at: 0 }, latency: { at: 0 }, gauges: { at: 0 } }), HISTORY),
  spans: [MIRRORED],
});

function look<Counts>(all: readonly Compared<Counts>[]): Look<Counts> {
  return {
    blocks: all.map(({ block }) => block),
    faults: [],
    waiting: [],
    cursor: { at: all.at(-1)?.block.to ?? 0 },
  };
}

const errors = (from: number, count: number, canary: number): News => {
  const random = seededRandom(from + 5);
  const rates = { canary, stable: 0.001 };
  const each = Array.from({ length: count }, (_, index) =>
    drawnErrors(random, from + index, { canary: 50, stable: 50 }, rates),
  );
  return { errors: look(each) };
};

const latency = (from: number, count: number, times: number): News => ({
  latency: look(
    Array.from({ length: count }, (_, index) =>
      latencyBlock(from + index, drawnTimes(from + index, 100, 50 * times), drawnTimes(from + index + 500, 100, 50)),
    ),
  ),
});

const told = (comparisons: Comparisons, moment: Partial<Moment> = {}) =>
  verdictsOf(comparisons, GATES, { ...MOMENT, ...moment }).map(({ gate, verdict, reason }) => [gate, verdict, reason]);

describe('comparisons', () => {
  it('give one verdict for each gate, in the order of the plan', () => {
    const seen = afterNews(begun(), GATES, { ...errors(0, 10, 0.001), ...latency(0, 5, 1) });
    expect(told(seen).map(([gate]) => gate)).toEqual(['errors', 'latency']);
    expect(seen.cursors).toMatchObject({ errors: { at: 50_000 }, latency: { at: 50_000 }, gauges: { at: 0 } });
  });

  it('come to the same, to the last digit, from one look, from many, and from a stored state between any two', () => {
    const at = (from: number, to: number): News => ({
      ...errors(0, 0, 0),
      errors: look(
        Array.from({ length: 40 }, (_, index) =>
          drawnErrors(seededRandom(index), index, { canary: 40, stable: 60 }, { canary: 0.01, stable: 0.001 }),
        ).slice(from, to),
      ),
      latency: look(
        Array.from({ length: 20 }, (_, index) =>
          latencyBlock(index, drawnTimes(index, 40, 60), drawnTimes(index + 50, 60, 50)),
        ).slice(from / 2, to / 2),
      ),
    });
    const whole = afterNews(begun(), GATES, at(0, 40));
    let piece = begun();
    for (let from = 0; from < 40; from += 2)
      piece = JSON.parse(JSON.stringify(afterNews(piece, GATES, at(from, from + 2)))) as Comparisons;
    expect(piece).toEqual(JSON.parse(JSON.stringify(whole)));
  });

  it('keep a fail that was reached, whatever comes after it in the same look', () => {
    const bad = afterNews(begun(), GATES, errors(0, 40, 0.1));
    expect(told(bad)[0]).toEqual(['errors', 'fail', 'Worse']);
    const better = afterNews(bad, GATES, errors(40, 3000, 0));
    expect(told(better)[0]).toEqual(['errors', 'fail', 'Worse']);
    expect(better.together.gates).toEqual(['errors']);
  });

  it('say so when all gates have the evidence together and none has it alone', () => {
    let seen = begun();
    const nearly = (of: Comparisons) => of.together.best >= Math.log(60);
    for (let index = 0; index < 4000 && !nearly(seen); index += 1)
      seen = afterNews(seen, GATES, errors(index, 1, 0.006));
    for (let index = 0; index < 400 && seen.together.gates === undefined; index += 1)
      seen = afterNews(seen, GATES, latency(index, 1, 1.3));
    const alone = told(seen).filter(([, verdict]) => verdict === 'fail');
    expect([seen.together.gates, alone]).toEqual([[], []]);
    expect(togetherText(seen)).toContain('all gates together');
  });

  it('leave out blocks in which the routes were changed, and those of nobody', () => {
    const spans = [
      { ...MIRRORED, to: 22_000 },
      { ...LIVE, from: 24_000 },
    ];
    const blocks = Array.from({ length: 10 }, (_, index) =>
      errorBlock(index, { a: { requests: 100, errors: 0 } }, { b: { requests: 100, errors: 0 } }),
    );
    const seen = afterNews({ ...begun(), spans }, GATES, { errors: look(blocks) });
    const [verdict] = verdictsOf(seen, GATES, { ...MOMENT, exposure: 'live' });
    expect(verdict?.evidence.requests).toEqual({ canary: 500, stable: 500 });
  });

  it('stand still at 100 %, in a preview and where methods cannot be told, and are not in the way', () => {
    const seen = afterNews(begun(), GATES, errors(0, 10, 0.001));
    const open = (moment: Partial<Moment>) =>
      verdictsOf(seen, GATES, { ...MOMENT, ...moment }).map(({ reason, mayStayOpen }) => [reason, mayStayOpen]);
    expect(open({ frozen: 'everything is on the canary' })[0]).toEqual(['Frozen', true]);
    expect(open({ exposure: 'preview' })[0]).toEqual(['NotCompared', true]);
    expect(open({ confounded: 'no method label' })[0]).toEqual(['Confounded', true]);
  });
});
