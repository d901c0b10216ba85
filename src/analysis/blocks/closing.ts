// Closed blocks from samples, before anybody says what their classes mean: the same times for both versions, counts pod by pod.
// Never knows errors from latency (errors.ts, latency.ts, gauges.ts do) and keeps nothing between looks but a time. Called by these.
import type { Millis } from '../../lib/clock.ts';
import { cutsAfter, type Live, type Waiting } from './cuts.ts';
import type { OfVersions, PodFacts, VersionFeeds } from './samples.ts';
import { type Around, type Ends, endsOf, type Span, spanOf, type Target } from './target.ts';
import { type Frame, targetsOf } from './targets.ts';
import type { Cursor } from './timing.ts';

/** What each pod counted, feed by feed; who was not there, or was warming up, is not among them. */
export type PodSpans = ReadonlyMap<string, readonly Span[]>;

export interface ClosedSpan {
  readonly from: Millis;
  readonly to: Millis;
  readonly canary: PodSpans;
  readonly stable: PodSpans;
}

/** How one kind of block is read; fixed for the whole attempt. */
export interface Reading extends Omit<Frame, 'since' | 'to'> {
  /** Of blocks (see blockLengthOf). */
  readonly lengthMs: number;
  /** Blocks tell what is around their ends; left out where nobody asks for evidence after each of them. */
  readonly ends?: true;
}

export interface Closing {
  readonly closed: readonly ClosedSpan[];
  readonly waiting: readonly Waiting[];
  readonly cursor: Cursor;
}

/** A span of time in which neither version had any target is passed over. */
export function close(
  { at }: Cursor,
  samples: OfVersions<VersionFeeds>,
  { lengthMs, ends, ...reading }: Reading,
  to: Millis,
): Closing {
  // Most looks come between the ends of blocks.
  if (at + lengthMs > to) return { closed: [], waiting: [], cursor: { at } };
  const frame: Frame = { ...reading, to, since: at - reading.timing.goneMs };
  const live = { canary: liveOf(samples.canary, frame), stable: liveOf(samples.stable, frame) };
  const { times, waiting } = cutsAfter(at, lengthMs, { canary: allOf(live.canary), stable: allOf(live.stable) }, frame);
  const closed = times
    .map((to, index): ClosedSpan => {
      const from = times[index - 1] ?? at;
      const spans = (version: readonly Live[]) => podSpans(version, { from, to }, frame.timing.goneMs, ends === true);
      return { from, to, canary: spans(live.canary), stable: spans(live.stable) };
    })
    .filter(({ canary, stable }) => canary.size + stable.size > 0);
  return { closed, waiting, cursor: { at: times.at(-1) ?? at } };
}

/** Feed by feed. */
function liveOf({ feeds, pods }: VersionFeeds, frame: Frame): readonly Live[] {
  const byName = new Map(pods.map((pod) => [pod.name, pod]));
  return feeds.map((feed) => {
    const targets = targetsOf(feed, byName, frame);
    const scraped = new Set(targets.map(({ pod }) => pod));
    const maySoon = ({ name, startedAt = -Infinity, endedAt }: PodFacts) =>
      startedAt >= frame.attemptBegan && endedAt === undefined && !scraped.has(name);
    return { targets, unscraped: feed.reads === 'counters' ? pods.filter(maySoon) : [] };
  });
}

/** Who lacks scrapes in several feeds is waited for once. */
function allOf(feeds: readonly Live[]): Live {
  const unscraped = new Map(feeds.flatMap((feed) => feed.unscraped).map((pod) => [pod.name, pod]));
  return { targets: feeds.flatMap(({ targets }) => targets), unscraped: [...unscraped.values()] };
}

function podSpans(
  feeds: readonly Live[],
  { from, to }: { readonly from: Millis; readonly to: Millis },
  goneMs: number,
  withEnds: boolean,
): PodSpans {
  const pods = new Map<string, Span[]>();
  for (const [place, { targets }] of feeds.entries())
    for (const target of targets) {
      const span = spanOf(target, from, to, goneMs);
      if (span.seconds === 0) continue;
      const known = pods.get(target.pod) ?? feeds.map(NOTHING);
      const counted = withEnds ? { ...span, ends: endsOf(target, from, to, goneMs) } : span;
      known[place] = joined(known[place], counted, target);
      pods.set(target.pod, known);
    }
  return new Map([...pods].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const NOTHING = (): Span => ({ seconds: 0, counts: [] });

/** Several targets of one pod (containers, ports) count together, in the same seconds. */
function joined(known: Span | undefined, { seconds, counts, anew, ends }: Span, { grown }: Target): Span {
  const both = known?.ends !== undefined && ends !== undefined ? bothEnds(known.ends, ends) : (known?.ends ?? ends);
  return {
    seconds: Math.max(known?.seconds ?? 0, seconds),
    counts: grown.map((_, place) => (known?.counts[place] ?? 0) + (counts[place] ?? 0)),
    ...((anew === true || known?.anew === true) && { anew: true }),
    ...(both && { ends: both }),
  };
}

export const bothEnds = (one: Ends, other: Ends): Ends => ({
  from: bothAround(one.from, other.from),
  to: bothAround(one.to, other.to),
});

const bothAround = (one: Around, other: Around): Around => ({
  before: one.before.map((count, place) => count + (other.before[place] as number)),
  after: one.after.map((count, place) => count + (other.after[place] as number)),
  prior: one.prior.map((count, place) => count + (other.prior[place] as number)),
});
