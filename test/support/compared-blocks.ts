// Closed blocks for tests of the comparative gates: seeded requests of both versions, in pods, in a span of one exposure.
// Never samples: what comes before a block is tested in analysis/blocks. Called by tests and benchmarks.
import type { Block, ErrorCounts, LatencyCounts } from '../../src/analysis/blocks/blocks.ts';
import type { Compared, ExposureSpan } from '../../src/analysis/comparative/exposure.ts';
import type { Setting } from '../../src/analysis/comparative/setting.ts';
import type { Random } from '../../src/lib/random.ts';
import { failures } from './seeded-traffic.ts';

export const SETTING: Setting = {
  began: 0,
  deadlineMs: 7_200_000,
  lengths: { errors: 5000, latency: 10_000, gauges: 30_000 },
  byCallers: false,
  gaugeBlocks: { cpu: 30_000, memory: 30_000 },
  dispersion: 1,
  history: { requests: 0, errors: 0 },
};

export const MIRRORED: ExposureSpan = { exposure: 'mirrored', share: 1, from: 0, confirmedAt: 0 };
export const LIVE: ExposureSpan = { exposure: 'live', share: 0.05, from: 0, confirmedAt: 0 };

interface Counted {
  readonly requests: number;
  readonly errors: number;
  readonly clientErrors?: number;
  readonly unanswered?: number;
}

const counts = ({ requests, errors, clientErrors = 0, unanswered = 0 }: Counted): ErrorCounts => ({
  requests,
  errors,
  podSeconds: 5,
  others: { clientErrors, unanswered },
});

const sumOf = (all: readonly ErrorCounts[]): ErrorCounts => ({
  requests: all.reduce((sum, { requests }) => sum + requests, 0),
  errors: all.reduce((sum, { errors }) => sum + errors, 0),
  podSeconds: all.reduce((sum, { podSeconds }) => sum + podSeconds, 0),
  others: {
    clientErrors: all.reduce((sum, { others }) => sum + (others?.['clientErrors'] ?? 0), 0),
    unanswered: all.reduce((sum, { others }) => sum + (others?.['unanswered'] ?? 0), 0),
  },
});

const version = (pods: Readonly<Record<string, Counted>>) => {
  const each = Object.fromEntries(Object.entries(pods).map(([pod, one]) => [pod, counts(one)]));
  return { ...sumOf(Object.values(each)), pods: each };
};

/** The `index`th block of the span. */
export function errorBlock(
  index: number,
  canary: Readonly<Record<string, Counted>>,
  stable: Readonly<Record<string, Counted>>,
  span: ExposureSpan = MIRRORED,
): Compared<ErrorCounts> {
  const from = span.from + index * 5000;
  const block: Block<ErrorCounts> = { from, to: from + 5000, canary: version(canary), stable: version(stable) };
  return { block, span };
}

/** Independent requests, one pod of each version. */
export function drawnErrors(
  random: Random,
  index: number,
  requests: { readonly canary: number; readonly stable: number },
  rates: { readonly canary: number; readonly stable: number },
  span: ExposureSpan = MIRRORED,
): Compared<ErrorCounts> {
  const one = (which: 'canary' | 'stable') => ({
    requests: requests[which],
    errors: failures(random, requests[which], rates[which]),
  });
  return errorBlock(index, { 'v2-a': one('canary') }, { 'v1-a': one('stable') }, span);
}

/** Counts by bucket. */
export function latencyBlock(
  index: number,
  canary: readonly number[],
  stable: readonly number[],
  span: ExposureSpan = MIRRORED,
): Compared<LatencyCounts> {
  const from = span.from + index * 10_000;
  const whole = (buckets: readonly number[]) => {
    const all = { requests: buckets.reduce((sum, count) => sum + count, 0), buckets };
    return { ...all, pods: { a: all } };
  };
  return { block: { from, to: from + 10_000, canary: whole(canary), stable: whole(stable) }, span };
}
