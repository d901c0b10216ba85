import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simulateRelease } from '../../../test/support/sim-release.ts';
import { answersIn, lifeStarts, type SimPodPlan } from '../../../test/support/sim-requests.ts';
import type { ScrapedPod, SimScraping } from '../../../test/support/sim-scrapes.ts';
import { seededRandom } from '../../lib/random.ts';
import type { Block, Cursor, Reading } from './blocks.ts';
import {
  blockLengthOf,
  type ErrorCounts,
  type ErrorCursor,
  errorBlocks,
  gaugeBlocks,
  latencyBlocks,
} from './blocks.ts';
import { onGrid, readFrom, type Timing, timingOf } from './timing.ts';

/** On every grid. */
const BEGAN = 1_000_000_020_000;
const LASTS_MS = 300_000;
const END = BEGAN + LASTS_MS;

interface Course {
  readonly seed: number;
  readonly scraping: SimScraping;
  readonly stable: readonly SimPodPlan[];
  readonly canary: readonly SimPodPlan[];
  /** Of each of its pods. */
  readonly probes: number;
}

/** Pods that were there before, come later, or go; replaced ones among them. */
const anyPods = (version: string) =>
  fc
    .array(
      fc.record({
        comes: fc.option(fc.integer({ min: 1, max: LASTS_MS }), { freq: 2 }),
        stays: fc.option(fc.integer({ min: 20_000, max: LASTS_MS }), { freq: 2 }),
        restarts: fc.boolean(),
      }),
      { minLength: 1, maxLength: 3 },
    )
    .map((pods) =>
      pods.map(({ comes, stays, restarts }, index): SimPodPlan => {
        const startsAt = comes === null ? BEGAN - 170_000 + index * 7000 : BEGAN + comes;
        return {
          name: `${version}-${index}`,
          startsAt,
          ...(stays === null ? {} : { endsAt: Math.max(BEGAN, startsAt) + stays }),
          ...(restarts ? { restartsEveryMs: 180_000 } : {}),
        };
      }),
    );

const anyCourse: fc.Arbitrary<Course> = fc.record({
  seed: fc.nat(),
  scraping: fc.record({
    everyMs: fc.constantFrom(1000, 2000, 5000, 15_000),
    jitterMs: fc.constantFrom(0, 300),
    loss: fc.constantFrom(0, 0.3),
  }),
  stable: anyPods('stable'),
  canary: anyPods('canary'),
  probes: fc.constantFrom(0, 0.2),
});

function releaseOf({ seed, scraping, stable, canary }: Course, most = 12) {
  const failing = () => 0.1;
  const perSecond = (time: number) => most * (0.6 + 0.4 * Math.sin(time / 20_000));
  return simulateRelease(
    {
      from: BEGAN,
      to: END,
      stable: {
        pods: stable,
        failing,
        arrivals: { kind: 'own', perSecond, most },
        latencyMs: (random) => 5 - Math.log(1 - random()) * 40,
        cpuSeconds: (random) => random() / 50,
      },
      canary: {
        pods: canary,
        failing,
        arrivals: { kind: 'copies', share: () => 0.5 },
        latencyMs: (random) => 5 - Math.log(1 - random()) * 40,
        cpuSeconds: (random) => random() / 50,
      },
    },
    scraping,
    seededRandom(seed),
  );
}

const readingFor = (timing: Timing, sort: 'errors' | 'latency' | 'gauges'): Reading & { readonly ends: true } => ({
  timing,
  attemptBegan: BEGAN,
  warmUpMs: sort === 'errors' ? 0 : 15_000,
  lengthMs: blockLengthOf(sort, timing),
  ends: true as const,
});

interface Looked<Counts> {
  readonly blocks: readonly Block<Counts>[];
  readonly cursor: Cursor;
}

/** Look after look, each from the cursor of the one before, which has been stored meanwhile; with no more samples than it asks for. */
function inLooks<Counts>(
  begin: Cursor,
  times: readonly number[],
  timing: Timing,
  look: (cursor: Cursor, window: { from: number; to: number }) => Looked<Counts>,
): Looked<Counts> {
  let cursor = begin;
  const blocks = times.flatMap((to) => {
    const seen = look(cursor, { from: readFrom(cursor, timing), to });
    cursor = JSON.parse(JSON.stringify(seen.cursor));
    return seen.blocks;
  });
  return { blocks, cursor };
}

const anyLooks = fc
  .array(fc.integer({ min: 0, max: LASTS_MS }), { maxLength: 60 })
  .map((times) => [...times.toSorted((a, b) => a - b).map((time) => BEGAN + time), END]);

const errorLook = (release: ReturnType<typeof releaseOf>, reading: Reading, probes = 0) => {
  const probing = <Samples extends { readonly pods: readonly object[] }>(samples: Samples): Samples =>
    probes === 0
      ? samples
      : { ...samples, pods: samples.pods.map((pod) => ({ ...pod, probes: { perSecond: probes } })) };
  return (cursor: ErrorCursor, window: { from: number; to: number }) => {
    const { canary, stable } = release.errors(window);
    return errorBlocks(cursor, { canary: probing(canary), stable: probing(stable) }, reading, window.to);
  };
};

describe('blocks do not depend on when somebody looks', () => {
  it('of errors: one look at the end is many looks, each after a restart, to the last digit', () => {
    fc.assert(
      fc.property(anyCourse, anyLooks, (course, looks) => {
        const timing = timingOf(course.scraping.everyMs);
        const reading = readingFor(timing, 'errors');
        const begin = { at: onGrid(BEGAN, reading.lengthMs) };
        const look = errorLook(releaseOf(course), reading, course.probes);
        expect(inLooks(begin, looks, timing, look)).toEqual(inLooks(begin, [END], timing, look));
      }),
      { numRuns: 80 },
    );
  });

  it('of latencies and gauges as well', () => {
    fc.assert(
      fc.property(anyCourse, anyLooks, (course, looks) => {
        const timing = timingOf(course.scraping.everyMs);
        const release = releaseOf(course);
        const reading = { ...readingFor(timing, 'latency'), edges: [10, 25, 50, 100] };
        const latency = (cursor: Cursor, window: { from: number; to: number }) =>
          latencyBlocks(cursor, release.latency(window, reading.edges), reading, window.to);
        const begin = { at: onGrid(BEGAN, reading.lengthMs) };
        expect(inLooks(begin, looks, timing, latency)).toEqual(inLooks(begin, [END], timing, latency));
        const slow = readingFor(timing, 'gauges');
        const memory = (time: number) => 1e8 + time / 1000;
        const gauges = (cursor: Cursor, window: { from: number; to: number }) =>
          gaugeBlocks(cursor, release.gauges(window, memory), slow, window.to);
        const start = { at: onGrid(BEGAN, slow.lengthMs) };
        expect(inLooks(start, looks, timing, gauges)).toEqual(inLooks(start, [END], timing, gauges));
      }),
      { numRuns: 40 },
    );
  });
});

interface Known {
  readonly at: number;
  /** When the process began. */
  readonly life: number;
  /** What its counters said, none where a series was not there. */
  readonly good: number;
  readonly bad: number;
}

/** What each scrape showed, and before the first, for a pod that started in this attempt, that it had counted nothing. */
function shown({ pod, scrapes }: ScrapedPod, timing: Timing): readonly Known[] {
  const lives = lifeStarts(pod.plan, END);
  const seen: Known[] = [];
  let [next, good, bad] = [0, 0, 0];
  let life = lives[0] as number;
  for (const { at, failed } of scrapes) {
    const current = lives.findLast((start) => start <= at) as number;
    for (let one = pod.answers[next]; one !== undefined && one.at <= at; one = pod.answers[++next]) {
      if (one.at > current && life !== current) [life, good, bad] = [current, 0, 0];
      if (one.failed) bad += 1;
      else good += 1;
    }
    if (life !== current) [life, good, bad] = [current, 0, 0];
    if (!failed) seen.push({ at, life, good, bad });
  }
  const [first] = seen;
  const began = pod.plan.startsAt;
  if (first === undefined || began < BEGAN || first.at - began > timing.goneMs) return seen;
  return [{ at: Math.max(began, first.at - timing.missingMs), life: first.life, good: 0, bad: 0 }, ...seen];
}

/**
 * What can be known of one pod's requests in (from, to] from its scrapes. `least` and `most` differ by the scrape intervals
 * around the two ends, and, where a process began anew between two scrapes, by what the counter had before if it was above that
 * again when it was next seen. What came between the last scrape of a process and its end is in neither.
 */
function knowable(scraped: ScrapedPod, from: number, to: number, timing: Timing) {
  const seen = shown(scraped, timing);
  let [least, most] = [0, 0];
  for (const [index, after] of seen.entries()) {
    const before = seen[index - 1];
    if (before === undefined || after.at - before.at > timing.goneMs || after.at <= from || before.at >= to) continue;
    const isWhole = before.at >= from && after.at <= to;
    const sameLife = before.life === after.life;
    const showsRestart = after.good > 0 && after.good < before.good;
    for (const code of ['good', 'bad'] as const) {
      const [was, is] = [before[code], after[code]];
      const grown = sameLife ? is - was : is;
      const hidden = !sameLife && (is >= was || (is === 0 && !showsRestart)) ? was : 0;
      most += grown;
      least += (isWhole ? grown : 0) - hidden;
    }
  }
  return { least, most };
}

const totals = (blocks: readonly Block<ErrorCounts>[], version: 'canary' | 'stable', pod: string) =>
  blocks.reduce((sum, block) => sum + (block[version].pods[pod]?.requests ?? 0), 0);

describe('what blocks count', () => {
  it('is what each pod did, within the scrapes around the ends, whatever is lost, replaced or begins anew', () => {
    let counted = 0;
    fc.assert(
      fc.property(anyCourse, (course) => {
        const timing = timingOf(course.scraping.everyMs);
        const reading = readingFor(timing, 'errors');
        const release = releaseOf(course);
        const begin = onGrid(BEGAN, reading.lengthMs);
        const { blocks, faults, cursor } = errorLook(release, reading)({ at: begin }, { from: BEGAN, to: END });
        expect(faults).toEqual([]);
        for (const version of ['canary', 'stable'] as const)
          for (const scraped of release.pods[version]) {
            const { least, most } = knowable(scraped, begin, cursor.at, timing);
            const total = totals(blocks, version, scraped.pod.plan.name);
            expect(total).toBeGreaterThanOrEqual(least);
            expect(total).toBeLessThanOrEqual(most);
            counted += total;
          }
      }),
      { numRuns: 80 },
    );
    expect(counted).toBeGreaterThan(50_000);
  });

  it('is exact, block by block and pod by pod, where scrapes fall on the grid and none is lost', () => {
    fc.assert(
      fc.property(anyCourse, (course) => {
        const plain = (pods: readonly SimPodPlan[]) =>
          pods.map(({ name }): SimPodPlan => ({ name, startsAt: BEGAN - 100_000 }));
        const scraping = { everyMs: course.scraping.everyMs, phaseMs: 0 };
        const release = releaseOf({ ...course, scraping, stable: plain(course.stable), canary: plain(course.canary) });
        const reading = readingFor(timingOf(scraping.everyMs), 'errors');
        // The first scrape only says where counting begins; series show with the first request, long before this.
        const begin = onGrid(BEGAN + 60_000, reading.lengthMs);
        const { blocks } = errorLook(release, reading)({ at: begin }, { from: BEGAN, to: END });
        expect(blocks).toHaveLength(Math.floor((END - begin) / reading.lengthMs));
        for (const { from, to, canary } of blocks)
          for (const { pod } of release.pods.canary) {
            const truth = answersIn(pod, from, to);
            const errors = truth.filter(({ failed }) => failed).length;
            expect(canary.pods[pod.plan.name]).toMatchObject({ requests: truth.length, errors });
          }
      }),
      { numRuns: 25 },
    );
  });

  it('is cut alike in both versions, without a hole, never negative, and errors are never more than requests', () => {
    fc.assert(
      fc.property(anyCourse, (course) => {
        const reading = readingFor(timingOf(course.scraping.everyMs), 'errors');
        const pods = [...course.stable, { name: 'always', startsAt: BEGAN - 1 }];
        const release = releaseOf({ ...course, scraping: { ...course.scraping, loss: 0 }, stable: pods });
        const begin = onGrid(BEGAN + 30_000, reading.lengthMs);
        const { blocks, cursor } = errorLook(release, reading, course.probes)({ at: begin }, { from: BEGAN, to: END });
        let at = begin;
        for (const { from, to, canary, stable } of blocks) {
          expect(from).toBe(at);
          expect((to - from) % reading.lengthMs).toBe(0);
          at = to;
          for (const counts of [...Object.values(canary.pods), ...Object.values(stable.pods), canary, stable]) {
            expect(counts.errors).toBeGreaterThanOrEqual(0);
            expect(counts.requests).toBeGreaterThanOrEqual(counts.errors);
          }
        }
        expect(at).toBe(cursor.at);
      }),
      { numRuns: 40 },
    );
  });

  it('adds up exactly: a longer block is the sum of the shorter ones between its ends', () => {
    let compared = 0;
    fc.assert(
      fc.property(anyCourse, (course) => {
        const timing = timingOf(course.scraping.everyMs);
        const release = releaseOf(course);
        const of = (lengthMs: number) => {
          const look = errorLook(release, { ...readingFor(timing, 'errors'), lengthMs });
          return look({ at: onGrid(BEGAN, 60_000) }, { from: BEGAN, to: END }).blocks;
        };
        const [short, long] = [of(5000), of(30_000)];
        for (const { from, to, canary, stable } of long) {
          const parts = short.filter((part) => part.from >= from && part.to <= to);
          if (parts[0]?.from !== from || parts.at(-1)?.to !== to) continue;
          const sum = (version: 'canary' | 'stable', name: 'requests' | 'errors') =>
            parts.reduce((all, part) => all + part[version][name], 0);
          expect([sum('canary', 'requests'), sum('canary', 'errors')]).toEqual([canary.requests, canary.errors]);
          expect([sum('stable', 'requests'), sum('stable', 'errors')]).toEqual([stable.requests, stable.errors]);
          compared += 1;
        }
      }),
      { numRuns: 40 },
    );
    expect(compared).toBeGreaterThan(50);
  });
});

describe('clocks that are wrong by 30 s', () => {
  const pods = (version: string) =>
    [0, 1].map((index): SimPodPlan => ({ name: `${version}-${index}`, startsAt: BEGAN - 100_000 }));
  const skewed = (skew: number, everyMs: number) => {
    const skewMs = (pod: string) => (pod === 'canary-0' || pod === 'stable-1' ? skew : 0);
    const scraping = { everyMs, phaseMs: 0, skewMs };
    const release = releaseOf({ seed: 7, scraping, stable: pods('stable'), canary: pods('canary'), probes: 0 }, 40);
    return { release, skewMs, reading: readingFor(timingOf(everyMs), 'errors') };
  };
  const begin = { at: onGrid(BEGAN + 90_000, 15_000) };

  it.each([
    [30_000, 1000],
    [-30_000, 1000],
    [30_000, 15_000],
    [-30_000, 15_000],
  ])('move a pod’s counts by %i ms, scraped every %i ms, and neither lose nor add any', (skew, everyMs) => {
    const { release, skewMs, reading } = skewed(skew, everyMs);
    const looks = Array.from({ length: LASTS_MS / 1000 }, (_, index) => BEGAN + (index + 1) * 1000);
    const look = errorLook(release, reading);
    const seen = inLooks(begin, looks, reading.timing, look);
    expect(seen).toEqual(inLooks(begin, [END], reading.timing, look));
    expect(seen.cursor.at).toBe(END - (skew < 0 ? 30_000 : 0));
    for (const version of ['canary', 'stable'] as const)
      for (const { pod } of release.pods[version])
        for (const block of seen.blocks) {
          const offset = skewMs(pod.plan.name);
          const truth = answersIn(pod, block.from - offset, block.to - offset);
          const errors = truth.filter(({ failed }) => failed).length;
          expect(block[version].pods[pod.plan.name]).toMatchObject({ requests: truth.length, errors });
        }
  });
});
