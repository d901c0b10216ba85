import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ISTIO_EDGES } from '../../test/support/istio-edges.ts';
import type { LatencyBlock } from './buckets.ts';
import { interval } from './confidence.ts';
import type { EProcess, Latched } from './e-process.ts';
import { gauge } from './gauge.ts';
import { slower } from './latency.ts';
import { aboveLimit } from './limit.ts';
import { moreLost } from './lost.ts';
import type { RateBlock } from './rate.ts';
import { noWorseRate } from './rate-no-worse.ts';
import { ERROR_ALTERNATIVES, worseRate } from './rate-worse.ts';
import { restarts } from './restarts.ts';
import { sampleRatio } from './sample-ratio.ts';
import { slowEdges } from './slow-edges.ts';

const onset = { atOnce: 0.5, overBlocks: 1440 };
const tolerance = { factor: 1.1, points: 0.002 };
const latency = { factor: 1.2, extra: 15 };
const history = ISTIO_EDGES.map(() => 0);

/** What one block of a release is to each process. */
interface Seen {
  readonly rate: RateBlock;
  readonly latency: LatencyBlock;
  readonly share: number;
  readonly logRatio: number;
}

/** A process fed with its part of what is seen; types are the process's own business. */
function fed<Block, State extends Latched>(process: EProcess<Block, State>, of: (seen: Seen) => Block) {
  return {
    start: process.start as Latched,
    after: (state: Latched, seen: Seen): Latched => process.after(state as State, of(seen)),
    logEvidence: (state: Latched) => process.logEvidence(state as State),
  };
}

/** All that a release with every gate keeps. */
const processes = {
  errorsWorse: fed(
    worseRate({ tolerance, dispersion: 1.3, onset, alternatives: ERROR_ALTERNATIVES }),
    ({ rate }) => rate,
  ),
  errorsNoWorse: fed(
    noWorseRate({ tolerance, dispersion: 1.3, history: { requests: 15_000, errors: 12 } }),
    ({ rate }) => rate,
  ),
  errorsAboveLimit: fed(aboveLimit({ limit: 0.01, dispersion: 1.3, onset }), ({ rate }) => rate.canary),
  slower: fed(
    slower({
      edges: ISTIO_EDGES,
      tolerance: latency,
      slack: 0.002,
      buckets: 'interpolated',
      dispersion: 1,
      onset,
      history,
    }),
    (seen) => seen.latency,
  ),
  slowEdges: fed(
    slowEdges({
      edges: ISTIO_EDGES,
      asked: [6, 7, 8],
      mayTake: { factor: 1, extra: 0 },
      tolerance: { factor: 1.25, points: 0.005 },
      dispersion: 1,
      history,
    }),
    (seen) => seen.latency,
  ),
  cpuWorse: fed(gauge({ factor: 1.2, evidenceThat: 'worse' }), ({ logRatio }) => ({ logRatio })),
  cpuNoWorse: fed(gauge({ factor: 1.2, evidenceThat: 'noWorse' }), ({ logRatio }) => ({ logRatio })),
  memoryWorse: fed(gauge({ factor: 1.5, evidenceThat: 'worse' }), ({ logRatio }) => ({ logRatio: 0.7 * logRatio })),
  memoryNoWorse: fed(gauge({ factor: 1.5, evidenceThat: 'noWorse' }), ({ logRatio }) => ({ logRatio: 0.7 * logRatio })),
  sampleRatio: fed(sampleRatio({ tolerance: 0.02, dispersion: 1, onset }), ({ rate, share }) => ({
    canary: rate.canary.requests,
    stable: rate.stable.requests,
    share,
  })),
  moreLost: fed(moreLost({ limit: 0.02, dispersion: 1, onset }), ({ rate }) => ({
    requests: rate.stable.requests,
    share: 0.5,
    arrived: rate.canary.requests,
  })),
  restarts: fed(restarts({ factor: 2, perPodSecond: 1 / 3600, onset }), ({ rate }) => ({
    canary: { podSeconds: 30, restarts: Math.round(rate.canary.errors / 100) },
    stable: { podSeconds: 60, restarts: 0 },
  })),
};
const difference = interval({ factor: 1.1, dispersion: 1.3, alpha: 0.05 });

type States = Record<string, Latched>;
const start = (): States => Object.fromEntries(Object.entries(processes).map(([name, { start }]) => [name, start]));
const folded = (states: States, seen: Seen): States =>
  Object.fromEntries(Object.entries(processes).map(([name, one]) => [name, one.after(states[name] as Latched, seen)]));
const evidence = (states: States) =>
  Object.entries(processes).map(([name, one]) => [name, one.logEvidence(states[name] as Latched)] as const);
const restarted = <T>(state: T): T => JSON.parse(JSON.stringify(state)) as T;

const part = fc.double({ min: 0, max: 1, noNaN: true });
/** Fractions, since counters are interpolated; silence; and a billion requests at once. */
const requests = fc.oneof(
  fc.constantFrom(0, 1e-7, 1, 1e9),
  fc.integer({ min: 1, max: 5000 }),
  fc.double({ min: 0, max: 500, noNaN: true }),
);
const outcomes = fc
  .tuple(requests, fc.oneof(fc.constantFrom(0, 1), part))
  .map(([n, rate]) => ({ requests: n, errors: n * rate }));
const counts = fc.array(fc.oneof(fc.constant(0), requests), {
  minLength: ISTIO_EDGES.length,
  maxLength: ISTIO_EDGES.length,
});
const seen: fc.Arbitrary<Seen> = fc.record({
  rate: fc.record({ canary: outcomes, stable: outcomes }),
  latency: fc.record({ canary: counts, stable: counts }),
  share: fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }),
  logRatio: fc.double({ min: -20, max: 20, noNaN: true }),
});

describe('every process', () => {
  it('begins with an evidence of at most 1, and has seen nothing', () => {
    for (const [name, log] of evidence(start())) {
      expect(log, name).toBeLessThanOrEqual(1e-9);
      expect(log, name).toBeCloseTo(0, 6);
    }
    for (const { best } of Object.values(start())) expect(best).toBe(0);
  });

  it('stays finite, and keeps its best, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(seen, { minLength: 1, maxLength: 8 }), (blocks) => {
        let states = start();
        for (const one of blocks) {
          const next = folded(states, one);
          for (const [name, log] of evidence(next)) {
            expect(Number.isFinite(log), `${name}: ${log}`).toBe(true);
            const { best } = next[name] as Latched;
            expect(best).toBeGreaterThanOrEqual(
              Math.max((states[name] as Latched).best, name === 'slowEdges' ? 0 : log - 1e-6),
            );
          }
          states = next;
        }
      }),
      { numRuns: 150 },
    );
  });

  it('goes on from a checkpoint to the last digit', () => {
    fc.assert(
      fc.property(fc.array(seen, { minLength: 2, maxLength: 6 }), fc.nat(5), (blocks, at) => {
        let [through, stopped] = [start(), start()];
        let [shown, again] = [difference.start, difference.start];
        for (const [i, one] of blocks.entries()) {
          [through, shown] = [folded(through, one), difference.after(shown, one.rate)];
          [stopped, again] = [folded(stopped, one), difference.after(again, one.rate)];
          if (i >= at % blocks.length) [stopped, again] = [restarted(stopped), restarted(again)];
        }
        expect(JSON.stringify(stopped)).toBe(JSON.stringify(through));
        expect(evidence(stopped)).toEqual(evidence(through));
        expect(JSON.stringify(again)).toBe(JSON.stringify(shown));
      }),
      { numRuns: 60 },
    );
  });

  it('changes no state that it was given', () => {
    const frozen = start();
    const before = JSON.stringify(frozen);
    const [one] = fc.sample(seen, { numRuns: 1, seed: 1 });
    folded(frozen, one as Seen);
    expect(JSON.stringify(frozen)).toBe(before);
  });
});

describe('all that a release with every gate keeps', () => {
  it('is at most 4 KB of JSON, after a day', () => {
    let [states, shown] = [start(), difference.start];
    const blocks = fc.sample(seen, { numRuns: 400, seed: 7 });
    for (const one of blocks) [states, shown] = [folded(states, one), difference.after(shown, one.rate)];
    const sizes = { ...states, difference: shown };
    expect(JSON.stringify(sizes).length).toBeLessThanOrEqual(4096);
  });
});
