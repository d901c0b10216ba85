// Promise 5 on a real API server: every write of a promotion and of a roll back is one at which the leading replica dies, in three
// ways; another takes over, and the end is the same. Pods, traffic and samples are simulated after the routes as accepted.
// All of them with SERIN_KILLS=all (`npm run test:cluster:kills`); else a third, drawn by a seed that is printed (SERIN_SEED repeats it).
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../src/lib/random.ts';
import type { KillPoint } from '../../src/objects/faults.ts';
import { isEnded } from '../../src/release/status.ts';
import { waitFor } from '../support/wait.ts';
import { type RunningApiServer, startApiServer } from './api-server.ts';
import { createFate, type Fate, startReplica } from './mortal-replica.ts';
import { type End, type SimWorld, type SimWorlds, startSimWorlds } from './sim-world.ts';
import { clusterTools } from './tools.ts';

const AT_ONCE = Number(process.env['SERIN_AT_ONCE'] ?? 16);
const ALL = process.env['SERIN_KILLS'] === 'all';
const SEED = Number(process.env['SERIN_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const POINTS: readonly KillPoint[] = ['before', 'answerLost', 'after'];
const ENDED_WITHIN_MS = 120_000;
const SETTLED_WITHIN_MS = 20_000;

interface Course {
  readonly name: string;
  readonly plan: readonly object[];
  /** Users meet errors of the canary once it has arrived at this step, 0-based; writes count from then on. */
  readonly badFrom?: number;
  readonly end: Partial<End>;
}

const courses: readonly Course[] = [
  {
    name: 'a promotion',
    plan: [
      { baseline: { for: '1s' } },
      { mirror: { traffic: '100%', methods: 'all', for: '1s' } },
      { shift: { traffic: '10%', for: '1s' } },
      { shift: { traffic: '50%', for: '1s' } },
      { bake: { for: '1s' } },
    ],
    end: { phase: 'Promoted', attempt: 1, notes: [], finalizers: [] },
  },
  {
    name: 'a roll back from 50 %',
    plan: [{ baseline: { for: '1s' } }, { shift: { traffic: '50%', for: '30s' } }],
    badFrom: 1,
    end: { phase: 'RolledBack', attempt: 1, outcome: 'rolledBack', notes: [], finalizers: [] },
  },
];

interface Kill {
  readonly n: number;
  readonly at: KillPoint;
}

interface Run {
  readonly kill: Kill | undefined;
  readonly end: End;
  readonly writes: readonly string[];
  readonly killedAt: string | undefined;
  /** Requests of users that met nobody. */
  readonly failed: number;
  readonly leaders: number;
  readonly ms: number;
  readonly log: readonly string[];
}

describe(`kills on a real API server, seed ${SEED}`, () => {
  let server: RunningApiServer;
  let worlds: SimWorlds;
  const random = seededRandom(SEED);
  const undisturbedRuns = new Map<string, Promise<Run>>();

  beforeAll(async () => {
    const tools = clusterTools();
    if ('reason' in tools) throw new Error(tools.reason);
    server = await startApiServer({ manifests: [tools.istioCrds] });
    worlds = await startSimWorlds(server);
    for (const course of courses) undisturbedRuns.set(course.name, run(course, undefined));
    await Promise.allSettled(undisturbedRuns.values());
  });
  afterAll(async () => {
    await worlds?.[Symbol.asyncDispose]();
    await server?.stop();
  });

  /** From the release's beginning to an end at which nothing moves any more. */
  async function run(course: Course, kill: Kill | undefined, expected?: End): Promise<Run> {
    const began = performance.now();
    const fate = createFate(kill);
    const { plan, badFrom } = course;
    if (badFrom === undefined) fate.arm();
    await using world = await worlds.create({ plan, minRequests: 50, cleanup: { stable: 'scaleDown', after: '1s' } });
    const replica = (name: string) =>
      startReplica({ kubeconfig: server.kubeconfig, namespace: world.namespace, name, samples: world.sim.store, fate });
    await using first = await replica('first');
    await using second = await replica('second');
    const log = () => [...first.log, ...second.log];
    try {
      await ended(world, fate, badFrom);
      const end = expected === undefined ? await settled(world) : await settledAs(world, expected);
      const leaders = log().filter((line) => line.includes('"message":"leads"')).length;
      const ms = performance.now() - began;
      return {
        kill,
        end,
        writes: fate.writes,
        killedAt: fate.killedAt(),
        failed: world.sim.failed,
        leaders,
        ms,
        log: log(),
      };
    } catch (error) {
      const { history, holding, route } = await world.status();
      const state = JSON.stringify({ kill, killedAt: fate.killedAt(), history: history?.slice(-4), holding, route });
      throw new Error(`${(error as Error).message}: ${state}\n${log().join('\n')}`, { cause: error });
    }
  }

  async function ended(world: SimWorld, fate: Fate, badFrom: number | undefined): Promise<void> {
    await waitFor(
      'the release has ended',
      async () => {
        const status = await world.status();
        if (status.step?.index === badFrom && status.step?.arrivedAt !== undefined && world.sim.canaryErrors === 0) {
          fate.arm();
          world.sim.canaryErrors = 0.5;
        }
        return isEnded(status);
      },
      ENDED_WITHIN_MS,
    );
  }

  /** Autoscalers that have their own floors back follow the load again. */
  async function settled(world: SimWorld): Promise<End> {
    let [last, since] = [await world.end(), performance.now()];
    return await waitFor(
      'nothing moves any more',
      async () => {
        const now = await world.end();
        if (!isDeepStrictEqual(now, last)) [last, since] = [now, performance.now()];
        return performance.now() - since > 4000 && now;
      },
      SETTLED_WITHIN_MS,
    );
  }

  async function settledAs(world: SimWorld, expected: End): Promise<End> {
    const end = () => world.end();
    return await waitFor(
      'the same end',
      async () => isDeepStrictEqual(await end(), expected) && (await end()),
      SETTLED_WITHIN_MS,
    ).catch(end);
  }

  it.each(courses)('$name ends the same, killed at its writes', { timeout: 45 * 60_000 }, async (course) => {
    const undisturbed = await undisturbedRuns.get(course.name);
    if (undisturbed === undefined) throw new Error('no course of that name');
    expect(undisturbed.end).toMatchObject(course.end);
    expect(undisturbed.failed).toBe(0);
    expect(undisturbed.leaders).toBe(1);
    const all = undisturbed.writes.flatMap((_, index) => POINTS.map((at): Kill => ({ n: index + 1, at })));
    const kills = ALL ? all : shuffled(all, random).slice(0, Math.ceil(all.length / 3));
    const began = performance.now();
    const runs = await pooled(kills, AT_ONCE, (kill) => run(course, kill, undisturbed.end));
    const wrong = runs.filter(({ end, failed, killedAt, writes, kill }) => {
      // How often running totals are written is the clock's: a course may be a write shorter than the undisturbed one.
      const died = killedAt !== undefined || writes.length < (kill?.n ?? 0);
      return !died || failed > 0 || !isDeepStrictEqual(end, undisturbed.end);
    });
    const killed = runs.filter(({ killedAt }) => killedAt !== undefined);
    console.log(
      [
        `${course.name}, seed ${SEED}: ${undisturbed.writes.length} writes undisturbed in ${seconds(undisturbed.ms)} s`,
        `${killed.length} of ${runs.length} runs killed (${POINTS.map((at) => `${at} ${killed.filter(({ kill }) => kill?.at === at).length}`).join(', ')})`,
        `${wrong.length} with another end or a failed user, median ${seconds(median(runs.map(({ ms }) => ms)))} s, worst ${seconds(Math.max(...runs.map(({ ms }) => ms)))} s`,
        `all of them, ${AT_ONCE} at once, in ${seconds(performance.now() - began)} s`,
      ].join('; '),
    );
    expect(wrong).toEqual([]);
    expect(killed.length).toBeGreaterThan(runs.length * 0.9);
    // After its last write there is nothing left to take over.
    const left = killed.filter(({ kill, writes }) => writes.length > (kill?.n ?? 0));
    expect(left.filter(({ leaders }) => leaders < 2)).toEqual([]);
    if (!ALL) return;
    // Each object that the course writes has been the one at which a replica died, in each way.
    for (const at of POINTS)
      expect(new Set(killed.flatMap(({ kill, killedAt }) => (kill?.at === at ? [killedAt] : [])))).toEqual(
        new Set(undisturbed.writes),
      );
  });
});

/** The answers in the order of the items, so many under way at once. */
async function pooled<Item, Answer>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const hand = async () => {
    for (let index = next++; index < items.length; index = next++) answers[index] = await work(items[index] as Item);
  };
  await Promise.all(Array.from({ length: atOnce }, hand));
  return answers;
}

function shuffled<Item>(items: readonly Item[], random: Random): readonly Item[] {
  const keyed = items.map((item) => ({ item, key: random() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const seconds = (ms: number): string => (ms / 1000).toFixed(1);
