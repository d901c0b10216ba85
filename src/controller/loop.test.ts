import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { RELEASE } from '../../test/support/drive-release.ts';
import { canaryWeight, loseCanaryPods } from '../../test/support/lost-pods.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import { SteppedClock, settled } from '../../test/support/stepped-clock.ts';
import { kinds } from '../api/kinds.ts';
import type { KubeObject } from '../api/object.ts';
import { seededRandom } from '../lib/random.ts';
import type { MetricsSource } from '../metrics/source.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import { isEnded } from '../release/status.ts';
import { runController } from './controller.ts';
import type { LoopDeps, LoopState, Taken } from './loop-deps.ts';
import { createMemory } from './memory.ts';
import { takeTurn } from './turn.ts';
import { watchedObjects } from './watched.ts';

const TICK_MS = 500;

let sim: SimCluster;
let clock: SteppedClock;
let stop: AbortController;
let taken: Taken[];
let loop: LoopState | undefined;
let running: Promise<void>;

beforeEach(() => {
  clock = new SteppedClock();
  sim = new SimCluster();
  stop = new AbortController();
  taken = [];
});

afterEach(async () => {
  stop.abort();
  await running.catch(() => {});
});

function start(deps: Partial<LoopDeps> = {}, objects: Objects = sim.objects): void {
  const observe = {
    started: (state: LoopState) => {
      loop = state;
    },
    taken: (one: Taken) => void taken.push(one),
  };
  running = runController(
    {
      ...sim.deps(),
      clock: { now: () => sim.clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) },
      objects: watchedObjects({ objects, kinds: Object.keys(kinds), clock, signal: stop.signal }),
      random: seededRandom(1),
      observe,
      ...deps,
    },
    stop.signal,
  );
  // What a test does not look at must not end the process.
  running.catch(() => {});
}

/** Half a second of the simulated cluster, and of all who sleep. */
async function tick(times = 1): Promise<void> {
  for (let time = 0; time < times; time++) {
    await sim.pass();
    await clock.pass(TICK_MS);
  }
}

async function until(holds: () => boolean, ticks = 400): Promise<void> {
  for (let time = 0; time < ticks && !holds(); time++) await tick();
  expect(holds()).toBe(true);
}

const turnsOf = (name: string) => taken.filter(({ ref }) => ref.name === name).length;

const waiting = (name: string): KubeObject => ({
  ...checkoutRelease(),
  metadata: { name, namespace: 'prod' },
  spec: { service: 'nobody', canary: { deployment: 'nobody' }, policy: 'web' },
});

const broken = (name: string): Objects => ({
  ...sim.objects,
  get: async (ref) => {
    if (ref.kind === 'Release' && ref.name === name) throw new TypeError('a bug');
    return sim.objects.get(ref);
  },
});

const edit = async (ref: typeof RELEASE | { kind: string; namespace: string; name: string }, spec: object) => {
  const object = await sim.objects.get(ref);
  if (object === undefined) throw new Error('gone');
  await sim.objects.update({ ...object, spec: { ...(object.spec as object), ...spec } });
};

describe('the loop', () => {
  it('drives every release, and one whose turns fail keeps no other from its end', async () => {
    await sim.create([...checkoutObjects(), waiting('broken'), checkoutRelease()]);
    const troubles: unknown[] = [];
    let ended = false;
    start(
      {
        onTrouble: (ref, error) => void troubles.push([ref.name, (error as Error).message]),
        onTurn: ({ ref, after }) => {
          if (ref.name === RELEASE.name && isEnded(after)) ended = true;
        },
      },
      broken('broken'),
    );
    await until(() => ended);
    expect(await sim.objects.get(RELEASE)).toMatchObject({ status: { phase: 'Promoted' } });
    expect(troubles).toContainEqual(['broken', 'a bug']);
  });

  it('ends with the bug when there is no other release to protect', async () => {
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    start({}, broken(RELEASE.name));
    await expect(running).rejects.toThrow('a bug');
  });

  it('takes a release made anew under the same name for another one', async () => {
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    const memory = createMemory();
    for (let turns = 0; turns < 5; turns++) await takeTurn(RELEASE, sim.deps(), memory);
    expect(await sim.objects.get(RELEASE)).toMatchObject({ status: { phase: 'Running' } });
    const release = (await sim.objects.get(RELEASE)) as KubeObject;
    await sim.objects.update({ ...release, metadata: { ...release.metadata, finalizers: [] } });
    await sim.objects.remove(RELEASE);
    await sim.create([checkoutRelease()]);
    // Its first turn is that of a release that has never been looked at.
    expect(await takeTurn(RELEASE, sim.deps(), memory)).toBe('again');
    expect((await sim.objects.get(RELEASE))?.status).toBeUndefined();
  });

  it('takes no turn of a release that waits for objects until one of these comes, and then soon', async () => {
    const objects = checkoutObjects();
    const service = objects.filter(({ kind }) => kind === 'Service');
    await sim.create([...objects.filter(({ kind }) => kind !== 'Service'), checkoutRelease()]);
    start();
    await tick(4);
    const before = turnsOf(RELEASE.name);
    await tick(100);
    expect(turnsOf(RELEASE.name)).toBe(before);
    await sim.create(service);
    await tick(4);
    expect(await sim.objects.get(RELEASE)).toMatchObject({ status: { phase: 'Running' } });
  });

  it('looks at a waiting release again after a long time, whatever has changed', async () => {
    await sim.create([waiting('alone')]);
    start({ resyncMs: 10_000 });
    await tick(4);
    const before = turnsOf('alone');
    await tick(25);
    expect(turnsOf('alone')).toBe(before + 1);
  });

  it('looks at once when a pod of the release has changed, and not for the pods of others', async () => {
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    start({ settings: { ...sim.deps().settings, tickMs: 60_000 } });
    await tick(2);
    const pod = (await sim.pods()).find(({ metadata }) => metadata.name.startsWith('checkout-service-v1'));
    if (pod === undefined) throw new Error('no pod');
    const before = turnsOf(RELEASE.name);
    const other = { ...pod, metadata: { name: 'other', namespace: 'prod', labels: { app: 'other' } } };
    await sim.objects.create(other as unknown as KubeObject);
    await settled();
    expect(turnsOf(RELEASE.name)).toBe(before);
    await sim.objects.remove({ kind: 'Pod', namespace: 'prod', name: pod.metadata.name });
    await settled();
    expect(turnsOf(RELEASE.name)).toBeGreaterThan(before);
  });

  it("obeys an order at once, and takes no turn for its own status' sake", async () => {
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    start({ settings: { ...sim.deps().settings, tickMs: 60_000 } });
    await tick(2);
    const before = turnsOf(RELEASE.name);
    const release = (await sim.objects.get(RELEASE)) as KubeObject<unknown, object>;
    await sim.objects.updateStatus({ ...release, status: { ...release.status, problems: [] } });
    await settled();
    expect(turnsOf(RELEASE.name)).toBe(before);
    await edit(RELEASE, { aborted: true });
    await settled();
    expect(await sim.objects.get(RELEASE)).toMatchObject({ status: { phase: 'RollingBack' } });
  });

  it('begins with whoever is most exposed, and never with the release that nobody has looked at yet', async () => {
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    start();
    let live = false;
    await until(() => {
      live ||= taken.length > 0;
      return live;
    });
    for (let time = 0; time < 200; time++) {
      await tick();
      const release = (await sim.objects.get(RELEASE)) as KubeObject<
        unknown,
        { route?: { intent?: { target?: { canary: number } } } }
      >;
      if ((release.status?.route?.intent?.target?.canary ?? 0) > 0) break;
    }
    stop.abort();
    await running;
    await sim.create(['a-first', 'b-second'].map(waiting));
    stop = new AbortController();
    taken = [];
    start({ atOnce: 1 });
    await settled();
    expect(taken[0]?.ref.name).toBe(RELEASE.name);
    expect(loop?.protecting()).toBe(true);
  });

  it('waits longer after each failure, and by chance; then goes on as if nothing had been', async () => {
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    let down = false;
    const failing: Objects = {
      ...sim.objects,
      get: async (ref) => {
        if (down && ref.kind === 'Release') throw new ObjectsError('Unavailable', 'no answer');
        return sim.objects.get(ref);
      },
    };
    const times: number[] = [];
    start({ onTrouble: () => void times.push(sim.clock.now()) }, failing);
    await tick(4);
    down = true;
    await tick(80);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps.length).toBeGreaterThan(4);
    expect(gaps.length).toBeLessThan(16);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(17 * TICK_MS);
    expect(gaps[0]).toBeLessThan(gaps.at(-1) ?? 0);
    down = false;
    await tick(20);
    const before = turnsOf(RELEASE.name);
    await tick(4);
    expect(turnsOf(RELEASE.name)).toBeGreaterThanOrEqual(before + 3);
  });

  it('takes no more turns at once than it may, and every release gets its own', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `one-${index}`);
    await sim.create(names.map(waiting));
    let most = 0;
    let now = 0;
    const slow: Objects = {
      ...sim.objects,
      get: async (ref) => {
        if (ref.kind !== 'Release') return sim.objects.get(ref);
        now += 1;
        most = Math.max(most, now);
        await settled();
        now -= 1;
        return sim.objects.get(ref);
      },
    };
    start({ atOnce: 3 }, slow);
    await tick(10);
    expect(most).toBe(3);
    expect(new Set(taken.map(({ ref }) => ref.name))).toEqual(new Set(names));
  });

  it('leaves no listener with who watches for it, however often it begins and ends', async () => {
    const listeners = new Set<unknown>();
    const watched = watchedObjects({ objects: sim.objects, kinds: [], clock, signal: stop.signal });
    const objects: LoopDeps['objects'] = {
      ...watched,
      onChange(listener) {
        listeners.add(listener);
        const deafen = watched.onChange(listener);
        return () => {
          listeners.delete(listener);
          deafen();
        };
      },
    };
    for (let term = 0; term < 3; term++) {
      const ending = new AbortController();
      const ran = runController({ ...sim.deps(), clock, objects, random: seededRandom(1) }, ending.signal);
      await settled();
      expect(listeners.size).toBe(1);
      ending.abort();
      await clock.pass(TICK_MS);
      await ran;
      expect(listeners.size).toBe(0);
    }
  });

  it('routes users who lose their pods back in the middle of a look at the metrics that does not end', async () => {
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    const { metrics } = sim.deps();
    const outage = Promise.withResolvers<void>();
    let hangs = false;
    let asked = false;
    const select: MetricsSource['select'] = async (...wanted) => {
      asked ||= hangs;
      if (hangs) await outage.promise;
      return metrics.select(...wanted);
    };
    start({ metrics: { ...metrics, select } });
    let share = 0;
    for (let ticks = 0; ticks < 400 && share === 0; ticks++) {
      await tick();
      share = await canaryWeight(sim);
    }
    hangs = true;
    await until(() => asked);
    await loseCanaryPods(sim);
    await settled();
    const left = await canaryWeight(sim);
    outage.resolve();
    expect(share).toBeGreaterThan(0);
    expect(left).toBe(0);
  });

  it('finishes the turns that are under way when it is to stop', async () => {
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    const gate = Promise.withResolvers<void>();
    let inside = false;
    const slow: Objects = {
      ...sim.objects,
      updateStatus: async (object, options) => {
        inside = true;
        await gate.promise;
        return sim.objects.updateStatus(object, options);
      },
    };
    start({}, slow);
    await until(() => inside);
    stop.abort();
    let over = false;
    void running.then(() => {
      over = true;
    });
    await settled();
    expect(over).toBe(false);
    gate.resolve();
    await running;
    expect((await sim.objects.get(RELEASE))?.status).toBeDefined();
  });
});
