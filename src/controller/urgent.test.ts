// What must not wait for metrics that never answer, nor for a back-off.
import { describe, expect, it } from 'vitest';
import { RELEASE, readStatus } from '../../test/support/drive-release.ts';
import { halfLive } from '../../test/support/half-live.ts';
import { canaryWeight, loseCanaryPods } from '../../test/support/lost-pods.ts';
import type { SimCluster } from '../../test/support/sim-cluster.ts';
import { SteppedClock, settled } from '../../test/support/stepped-clock.ts';
import { kinds } from '../api/kinds.ts';
import type { KubeObject } from '../api/object.ts';
import { seededRandom } from '../lib/random.ts';
import type { MetricsSource } from '../metrics/source.ts';
import { type Objects, ObjectsError } from '../objects/objects.ts';
import { runController } from './controller.ts';
import type { LoopDeps } from './loop-deps.ts';
import { takeTurn } from './turn.ts';
import { watchedObjects } from './watched.ts';

const never = () => new Promise<never>(() => {});
const hung = (sim: SimCluster): MetricsSource => ({ ...sim.deps().metrics, select: never, instant: never });

/** A turn that waits for nothing but the simulation. */
async function turnOf(sim: SimCluster): Promise<void> {
  const turn = takeTurn(RELEASE, { ...sim.deps(), metrics: hung(sim) });
  await Promise.race([turn, settled().then(settled)]);
}

async function abort(sim: SimCluster): Promise<void> {
  const release = (await sim.objects.get(RELEASE)) as KubeObject;
  await sim.objects.update({ ...release, spec: { ...(release.spec as object), aborted: true } });
}

/** Somebody writes the VirtualService at the same moment. */
const contended = (sim: SimCluster): Objects => ({
  ...sim.objects,
  update: async (object, options) => {
    if (object.kind === 'VirtualService') throw new ObjectsError('Conflict', 'a user was faster');
    return sim.objects.update(object, options);
  },
});

describe('metrics that never answer hold up', () => {
  it('no abort', async () => {
    const sim = await halfLive();
    await abort(sim);
    await turnOf(sim);
    expect(await canaryWeight(sim)).toBe(0);
  });

  it('no way back that is intended already', async () => {
    const sim = await halfLive();
    await abort(sim);
    await expect(takeTurn(RELEASE, sim.deps(contended(sim)))).rejects.toThrow('faster');
    expect(await readStatus(sim)).toMatchObject({ phase: 'RollingBack', route: { intent: { target: { canary: 0 } } } });
    await turnOf(sim);
    expect(await canaryWeight(sim)).toBe(0);
  });

  it('no rescue whose route met a conflict', async () => {
    const sim = await halfLive();
    await loseCanaryPods(sim);
    await expect(takeTurn(RELEASE, sim.deps(contended(sim)))).rejects.toThrow('faster');
    expect(await canaryWeight(sim)).toBe(50);
    await turnOf(sim);
    expect(await canaryWeight(sim)).toBe(0);
  });

  it('nobody whose canary’s Deployment is deleted', async () => {
    const sim = await halfLive();
    for (const { metadata } of (await sim.objects.list('Pod')).items)
      if (metadata.labels?.['version'] === 'v2')
        await sim.objects.remove({ kind: 'Pod', namespace: 'prod', name: metadata.name });
    await sim.objects.remove({ kind: 'Deployment', namespace: 'prod', name: 'checkout-service-v2' });
    await turnOf(sim);
    expect(await canaryWeight(sim)).toBe(0);
  });
});

function drive(sim: SimCluster, objects: Objects, deps: Partial<LoopDeps>) {
  const clock = new SteppedClock();
  const stop = new AbortController();
  const running = runController(
    {
      ...sim.deps(),
      clock: { now: () => sim.clock.now(), sleep: (ms, signal) => clock.sleep(ms, signal) },
      objects: watchedObjects({ objects, kinds: Object.keys(kinds), clock, signal: stop.signal }),
      random: seededRandom(1),
      ...deps,
    },
    stop.signal,
  );
  running.catch(() => {});
  const end = async () => {
    stop.abort();
    await clock.pass(100_000);
    await running;
  };
  return { clock, end };
}

describe('users who lose their pods', () => {
  it('are noticed in the very first turn of a new leader too', async () => {
    const sim = await halfLive();
    const { metrics } = sim.deps();
    const outage = Promise.withResolvers<void>();
    let asked = false;
    const select: MetricsSource['select'] = async (...wanted) => {
      asked = true;
      await outage.promise;
      return metrics.select(...wanted);
    };
    const { end } = drive(sim, sim.objects, { metrics: { ...metrics, select } });
    await settled();
    await settled();
    expect(asked).toBe(true);
    await loseCanaryPods(sim);
    await settled();
    const left = await canaryWeight(sim);
    outage.resolve();
    await end();
    expect(left).toBe(0);
  });

  it('wait no longer than a second for a back-off, however long it has become', async () => {
    const sim = await halfLive();
    let refuses = true;
    let failures = 0;
    const objects: Objects = {
      ...sim.objects,
      updateStatus: async (object, options) => {
        if (refuses) throw new ObjectsError('Unavailable', 'failed calling webhook');
        return sim.objects.updateStatus(object, options);
      },
    };
    const { clock, end } = drive(sim, objects, {
      settings: { ...sim.deps().settings, tickMs: 3750 },
      onTrouble: () => {
        failures += 1;
      },
    });
    for (let time = 0; time < 140 && failures < 5; time++) {
      await sim.pass();
      await clock.pass(500);
    }
    expect(failures).toBeGreaterThanOrEqual(5);
    refuses = false;
    await loseCanaryPods(sim);
    await settled();
    const began = sim.clock.now();
    for (let time = 0; time < 100 && (await canaryWeight(sim)) > 0; time++) {
      sim.clock.pass(500);
      await clock.pass(500);
    }
    const waited = sim.clock.now() - began;
    await end();
    expect(waited).toBeLessThanOrEqual(1500);
  });
});
