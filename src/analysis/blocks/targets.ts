// The targets behind a version's series: which were scraped when, and what each counted between its scrapes.
// Never cuts blocks (cuts.ts, closing.ts) and takes no sample for a present one. Called by closing.ts, once a look.
import type { Millis } from '../../lib/clock.ts';
import { labelValue } from '../../series/labels.ts';
import type { Labels, SeriesData } from '../../series/series.ts';
import { addGrowth, addLevel, firstFrom, markFalls, type Readings, readingsOf, type Scrapes } from './counter.ts';
import type { Feed, PodFacts } from './samples.ts';
import type { Target } from './target.ts';
import type { Timing } from './timing.ts';

/** What a look is told beside the samples. */
export interface Frame {
  readonly timing: Timing;
  /** Counters of pods that started since began at zero with them. */
  readonly attemptBegan: Millis;
  /** How long after a pod is first ready its counts are left out; 0: they never are. */
  readonly warmUpMs: number;
  /** What is older has no part in blocks after the cursor, but that its target was there. */
  readonly since: Millis;
  /** Up to and with which time all samples have been read. */
  readonly to: Millis;
}

/** What carries the same `instance` and `pod`, or one series. */
interface Group {
  readonly pod: string;
  readonly classes: readonly Readings[][];
  /** Successful scrapes. */
  readonly scrapes: Float64Array[];
}

export function targetsOf(feed: Feed, pods: ReadonlyMap<string, PodFacts>, frame: Frame): readonly Target[] {
  const groups = feed.targets === 'series' ? alone(feed, frame) : byInstance(feed, frame);
  return groups
    .map((group) => targetOf(group, feed.reads, pods.get(group.pod), frame))
    .filter((target) => target !== undefined);
}

const emptyGroup = (labels: Labels, feed: Feed): Group => ({
  pod: labelValue(labels, 'pod') || labelValue(labels, 'instance'),
  classes: feed.classes.map(() => []),
  scrapes: [],
});

const alone = (feed: Feed, { since }: Frame): readonly Group[] =>
  feed.classes.flatMap((list, place) =>
    list.map((series) => {
      const group = emptyGroup(series.labels, feed);
      group.classes[place]?.push(readingsOf(series, since));
      return group;
    }),
  );

function byInstance(feed: Feed, { since }: Frame): readonly Group[] {
  const groups = new Map<string, Map<string, Group>>();
  const groupOf = (labels: Labels): Group => {
    const [instance, pod] = [labelValue(labels, 'instance'), labelValue(labels, 'pod')];
    const pods = groups.get(instance) ?? new Map<string, Group>();
    const found = pods.get(pod);
    if (found !== undefined) return found;
    const group = emptyGroup(labels, feed);
    // Some configurations put the pod on metrics, but not on `up`.
    group.scrapes.push(...(pods.get('')?.scrapes ?? []));
    groups.set(instance, pods.set(pod, group));
    return group;
  };
  for (const series of feed.up) groupOf(series.labels).scrapes.push(successes(series, since));
  for (const [place, list] of feed.classes.entries())
    for (const series of list) groupOf(series.labels).classes[place]?.push(readingsOf(series, since));
  const all = [...groups.values()].flatMap((pods) => [...pods.values()]);
  const carriers = new Set(all.filter(hasSeries).flatMap(({ scrapes }) => scrapes));
  return all.filter((group) => hasSeries(group) || !group.scrapes.some((one) => carriers.has(one)));
}

const hasSeries = ({ classes }: Group): boolean => classes.some((list) => list.length > 0);

function successes(up: SeriesData, since: Millis): Float64Array {
  const { times, values } = readingsOf(up);
  const succeeded = values.every((value) => value === 1) ? times : times.filter((_, index) => values[index] === 1);
  const first = Math.min(firstFrom(succeeded, since), succeeded.length - 1);
  return first <= 0 ? succeeded : succeeded.subarray(first);
}

function targetOf(
  { pod, classes, scrapes }: Group,
  reads: Feed['reads'],
  facts: PodFacts | undefined,
  frame: Frame,
): Target | undefined {
  const { timing, warmUpMs, to } = frame;
  const end = (facts?.endedAt ?? Infinity) + timing.scrapeMs;
  const all = union([...scrapes, ...classes.flat().map(({ times }) => times)]);
  const seen = (all.at(-1) ?? 0) <= end ? all : all.filter((time) => time <= end);
  if (seen.length === 0) return undefined;
  const times = reads === 'counters' ? withStart(seen, facts, frame) : seen;
  const line: Scrapes = { times, goneMs: timing.goneMs };
  const { grown, anew, whole } = grownOf(classes, reads, line, frame);
  return {
    pod,
    times: times.subarray(0, whole),
    grown,
    anew,
    countsFrom: warmUpMs === 0 || facts === undefined ? -Infinity : (facts.readyAt ?? Infinity) + warmUpMs,
    // A last scrape that is not believed yet may still be.
    over: to >= end && whole === times.length,
  };
}

/** `whole`: so many scrapes have come with all their series, as far as that can be known. */
function grownOf(classes: readonly Readings[][], reads: Feed['reads'], line: Scrapes, frame: Frame) {
  const fell = new Uint8Array(line.times.length);
  const anew = new Uint8Array(line.times.length);
  const all = classes.flat();
  // Who fell is asked only for series that were away.
  const { length } = line.times;
  const someAway = all.some(({ times }) => times.length !== length || times.at(-1) !== line.times.at(-1));
  if (reads === 'counters' && someAway) for (const readings of all) markFalls(readings, line, fell);
  let whole = length;
  const grown = classes.map((list) => {
    // Small typed arrays cost more than they hold.
    const sum = new Array<number>(length).fill(0);
    for (const readings of list) {
      const last = reads === 'counters' ? addGrowth(readings, line, fell, sum, anew) : addLevel(readings, line, sum);
      if (last < length - 1 && mayStillCome(last, line, fell, frame)) whole = Math.min(whole, last + 1);
    }
    return sum;
  });
  return { grown, anew, whole };
}

/**
 * Whether the samples that a series lacks after this scrape may still come: where series take different ways (a store in shards), one may stay
 * behind, and its counts would be lost. With the process counters begin anew: what is gone since others of its target fell stays
 * gone. But counters may have been read a moment before their `up`: a scrape that lacks what the one before had is not believed alone.
 */
function mayStillCome(last: number, { times }: Scrapes, fell: Uint8Array, { timing, to }: Frame): boolean {
  if (last < 0) return false;
  if (last === times.length - 2 && to < (times.at(-1) as number) + timing.missingMs) return true;
  return to < (times[last] as number) + timing.goneMs && !fell.includes(1, last + 1);
}

/**
 * A pod that started in this attempt had counted nothing then. Its requests before its first scrape are taken to have come in
 * the time after which a scrape would be missing; a start longer ago than `goneMs` says no more than none.
 */
function withStart(times: Float64Array, facts: PodFacts | undefined, { timing, attemptBegan }: Frame): Float64Array {
  const first = times[0] as number;
  const started = facts?.startedAt;
  if (started === undefined || started < attemptBegan || first - started > timing.goneMs) return times;
  const start = Math.min(Math.max(started, first - timing.missingMs), first - 1);
  return Float64Array.of(start, ...times);
}

/** One page has all series at one time, so that nearly always the times are the same. */
function union(lists: readonly Float64Array[]): Float64Array {
  const [first = new Float64Array(), ...more] = lists.filter(({ length }) => length > 0);
  const others = more.filter((list) => !same(list, first));
  if (others.length === 0) return first;
  const all = new Set(first);
  for (const list of others) for (const time of list) all.add(time);
  return Float64Array.from(all).sort();
}

function same(a: Float64Array, b: Float64Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
