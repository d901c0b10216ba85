// Blocks of requests and errors: what the error gate, lost requests and limits compare.
// Never judges. Called by whoever reads a release's samples, look by look, with the cursor of the look before.
import type { Millis } from '../../lib/clock.ts';
import type { SeriesData } from '../../series/series.ts';
import { type Allowances, NO_ALLOWANCES, takeOff } from './allowance.ts';
import { type Look, type Meaning, read } from './block.ts';
import { type ClosedSpan, close, type PodSpans, type Reading } from './closing.ts';
import { countText, isAbove } from './quality.ts';
import type { OfVersions, PodFacts, ProbeLoad, Version, VersionFeeds } from './samples.ts';
import type { Span } from './target.ts';
import type { Cursor } from './timing.ts';

/** Fractions where a block begins or ends between two scrapes. Errors are never more than requests. */
export interface ErrorCounts {
  readonly requests: number;
  readonly errors: number;
  /** For how long pods were there to be counted, all together. */
  readonly podSeconds: number;
}

export interface ErrorSamples {
  /** All requests, errors among them, by raw counters; a series of errors stands in both lists. */
  readonly requests: readonly SeriesData[];
  readonly errors: readonly SeriesData[];
  /** Of the targets that carry them. */
  readonly up: readonly SeriesData[];
  readonly pods: readonly PodFacts[];
}

/** Where pods' probes are counted, what they may still have made is kept: some 20 bytes and the name of each pod. */
export interface ErrorCursor extends Cursor {
  readonly allowances?: Allowances;
}

/** `to`: up to and with which time all samples have been read, those from `readFrom(cursor)` on. */
export function errorBlocks(
  cursor: ErrorCursor,
  samples: OfVersions<ErrorSamples>,
  reading: Reading,
  to: Millis,
): Look<ErrorCounts, ErrorCursor> {
  const feeds = { canary: feedsOf(samples.canary), stable: feedsOf(samples.stable) };
  const { closed, waiting, cursor: next } = close(cursor, feeds, reading, to);
  const probing = { canary: probingPods(samples.canary), stable: probingPods(samples.stable) };
  if (probing.canary.size + probing.stable.size === 0) return { ...read(closed, ERRORS), waiting, cursor: next };
  let allowances = cursor.allowances ?? NO_ALLOWANCES;
  const freed = closed.map((span) => {
    const canary = withoutProbes(span, 'canary', probing, allowances);
    const stable = withoutProbes(span, 'stable', probing, allowances);
    allowances = { canary: canary.left, stable: stable.left };
    return { ...span, canary: canary.spans, stable: stable.spans };
  });
  return { ...read(freed, ERRORS), waiting, cursor: { ...next, allowances } };
}

const feedsOf = ({ requests, errors, up, pods }: ErrorSamples): VersionFeeds => ({
  feeds: [{ classes: [requests, errors], up, targets: 'instance', reads: 'counters' }],
  pods,
});

const inClasses = ([span]: readonly Span[]): ErrorCounts => ({
  requests: span?.counts[0] ?? 0,
  errors: span?.counts[1] ?? 0,
  podSeconds: span?.seconds ?? 0,
});

/** For `withoutPod` as well. */
export const ERRORS: Meaning<ErrorCounts> = {
  counts: (spans) => {
    const counted = inClasses(spans);
    return { ...counted, requests: Math.max(counted.requests, counted.errors) };
  },
  sum: (all) => ({
    requests: all.reduce((sum, { requests }) => sum + requests, 0),
    errors: all.reduce((sum, { errors }) => sum + errors, 0),
    podSeconds: all.reduce((sum, { podSeconds }) => sum + podSeconds, 0),
  }),
  fault: (spans) => {
    const { requests, errors } = inClasses(spans);
    if (!isAbove(errors, requests)) return undefined;
    return {
      reason: 'errorsAboveRequests',
      found: `${countText(errors)} errors among ${countText(requests)} requests`,
    };
  },
};

type Probing = ReadonlyMap<string, ProbeLoad>;

const probingPods = ({ pods }: ErrorSamples): Probing =>
  new Map(pods.flatMap(({ name, probes }) => (probes === undefined ? [] : [[name, probes]])));

function withoutProbes(
  span: ClosedSpan,
  version: Version,
  probing: OfVersions<Probing>,
  allowances: Allowances,
): { readonly spans: PodSpans; readonly left: Readonly<Record<string, number>> } {
  const left = new Map<string, number>();
  const spans = new Map(
    [...span[version]].map(([pod, each]) => {
      const probes = probing[version].get(pod);
      if (probes === undefined) return [pod, each];
      const counted = inClasses(each);
      const before = allowances[version];
      const known = Object.hasOwn(before, pod) ? before[pod] : undefined;
      const off = takeOff({ ...counted, from: span.from, to: span.to }, probes, known);
      left.set(pod, off.left);
      return [pod, [{ seconds: counted.podSeconds, counts: [off.requests, counted.errors] }]];
    }),
  );
  return { spans, left: Object.fromEntries(left) };
}
