// Blocks of requests and errors: what the error gate, lost requests and limits compare.
// Never judges. Called by whoever reads a release's samples, look by look, with the cursor of the look before.
import type { Millis } from '../../lib/clock.ts';
import type { SeriesData } from '../../series/series.ts';
import { type Allowances, NO_ALLOWANCES, takeOff } from './allowance.ts';
import { type Look, type Meaning, read } from './block.ts';
import { type ClosedSpan, close, type PodSpans, type Reading } from './closing.ts';
import { type Counted, type ErrorEnds, endsOf, endsTogether, othersOf } from './error-ends.ts';
import { countText, isAbove } from './quality.ts';
import type { OfVersions, PodFacts, ProbeLoad, Version, VersionFeeds } from './samples.ts';
import type { Span } from './target.ts';
import type { Cursor } from './timing.ts';

/** Fractions where a block begins or ends between two scrapes. Errors are never more than requests. */
export interface ErrorCounts extends Counted {
  /** For how long pods were there to be counted, all together. */
  readonly podSeconds: number;
  /** Counters began anew in it: what they had counted since the scrape before is in no block. */
  readonly anew?: true;
  /** Between the scrapes around its two ends; left out where there was nothing. */
  readonly ends?: ErrorEnds;
}

export interface ErrorSamples {
  /** All requests, errors among them, by raw counters; a series of errors stands in both lists. */
  readonly requests: readonly SeriesData[];
  readonly errors: readonly SeriesData[];
  /** What else is to be counted in the same blocks: client errors, requests without an answer. */
  readonly others?: Readonly<Record<string, readonly SeriesData[]>>;
  /** Of the targets that carry them. */
  readonly up: readonly SeriesData[];
  readonly pods: readonly PodFacts[];
}

/** Where pods' probes are counted, what they may still have made is kept: some 20 bytes and the name of each pod. */
export interface ErrorCursor extends Cursor {
  readonly allowances?: Allowances;
}

export interface ErrorReading extends Reading {
  /** Names of `others`, alike in both versions. */
  readonly others?: readonly string[];
}

/** `to`: up to and with which time all samples have been read, those from `readFrom(cursor)` on. */
export function errorBlocks(
  cursor: ErrorCursor,
  samples: OfVersions<ErrorSamples>,
  reading: ErrorReading,
  to: Millis,
): Look<ErrorCounts, ErrorCursor> {
  const names = reading.others ?? [];
  const meaning = errorsAnd(names);
  const feeds = { canary: feedsOf(samples.canary, names), stable: feedsOf(samples.stable, names) };
  const { closed, waiting, cursor: next } = close(cursor, feeds, reading, to);
  const probing = { canary: probingPods(samples.canary), stable: probingPods(samples.stable) };
  if (probing.canary.size + probing.stable.size === 0)
    return { ...read(closed, meaning), waiting, cursor: { ...cursor, ...next } };
  let allowances = cursor.allowances ?? NO_ALLOWANCES;
  const freed = closed.map((span) => {
    const canary = withoutProbes(span, 'canary', probing, allowances);
    const stable = withoutProbes(span, 'stable', probing, allowances);
    allowances = { canary: canary.left, stable: stable.left };
    return { ...span, canary: canary.spans, stable: stable.spans };
  });
  return { ...read(freed, meaning), waiting, cursor: { ...next, allowances } };
}

function feedsOf({ requests, errors, others, up, pods }: ErrorSamples, names: readonly string[]): VersionFeeds {
  const classes = [requests, errors, ...names.map((name) => others?.[name] ?? [])];
  return { feeds: [{ classes, up, targets: 'instance', reads: 'counters' }], pods };
}

const inClasses = ([span]: readonly Span[]): ErrorCounts => ({
  requests: span?.counts[0] ?? 0,
  errors: span?.counts[1] ?? 0,
  podSeconds: span?.seconds ?? 0,
  ...(span?.anew === true && { anew: true }),
});

const errorsAnd = (names: readonly string[]): Meaning<ErrorCounts> => ({
  counts: (spans) => {
    const counted = inClasses(spans);
    const others = names.map((name, place) => [name, spans[0]?.counts[place + 2] ?? 0]);
    return {
      ...counted,
      requests: Math.max(counted.requests, counted.errors),
      ...(names.length > 0 && { others: Object.fromEntries(others) }),
      ...endsOf(spans[0]?.ends, names),
    };
  },
  sum: (all) => ({
    requests: all.reduce((sum, { requests }) => sum + requests, 0),
    errors: all.reduce((sum, { errors }) => sum + errors, 0),
    podSeconds: all.reduce((sum, { podSeconds }) => sum + podSeconds, 0),
    ...(all.some(({ anew }) => anew) && { anew: true }),
    ...othersOf(all, names),
    ...endsTogether(all, names),
  }),
  fault: (spans) => {
    const { requests, errors } = inClasses(spans);
    if (!isAbove(errors, requests)) return undefined;
    return {
      reason: 'errorsAboveRequests',
      found: `${countText(errors)} errors among ${countText(requests)} requests`,
    };
  },
});

/** For `withoutPod` as well, whatever else was counted. */
export const ERRORS: Meaning<ErrorCounts> = {
  ...errorsAnd([]),
  sum: (all) => errorsAnd(Object.keys(all[0]?.others ?? {})).sum(all),
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
    [...span[version]].map(([pod, each]): readonly [string, readonly Span[]] => {
      const probes = probing[version].get(pod);
      if (probes === undefined) return [pod, each];
      const counted = inClasses(each);
      const before = allowances[version];
      const known = Object.hasOwn(before, pod) ? before[pod] : undefined;
      const off = takeOff({ ...counted, from: span.from, to: span.to }, probes, known);
      left.set(pod, off.left);
      const [one] = each;
      const counts = [off.requests, ...(one?.counts.slice(1) ?? [])];
      return [pod, one === undefined ? [] : [{ ...one, counts }]];
    }),
  );
  return { spans, left: Object.fromEntries(left) };
}
