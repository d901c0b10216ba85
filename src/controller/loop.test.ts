import { describe, expect, it } from 'vitest';
import { checkoutObjects, checkoutRelease } from '../../test/support/checkout-objects.ts';
import { RELEASE } from '../../test/support/drive-release.ts';
import { SimCluster } from '../../test/support/sim-cluster.ts';
import type { KubeObject } from '../api/object.ts';
import { isEnded } from '../release/status.ts';
import { runController } from './controller.ts';
import type { Deps } from './deps.ts';
import { takeTurn } from './turn.ts';

/** A controller on the simulated cluster: while all that it drives sleep, half a second passes there. */
function loopOn(sim: SimCluster, deps: Partial<Deps>) {
  const stop = new AbortController();
  let passing: Promise<void> | undefined;
  const sleep = () => {
    passing ??= sim.pass().finally(() => {
      passing = undefined;
    });
    return passing;
  };
  const clock = { now: () => sim.clock.now(), sleep };
  return { stop, running: runController({ ...sim.deps(), clock, ...deps }, stop.signal) };
}

const waiting = (name: string): KubeObject => ({
  ...checkoutRelease(),
  metadata: { name, namespace: 'prod' },
  spec: { service: 'nobody', canary: { deployment: 'nobody' }, policy: 'web' },
});

const broken = (name: string, sim: SimCluster): Deps['objects'] => ({
  ...sim.objects,
  get: async (ref) => {
    if (ref.kind === 'Release' && ref.name === name) throw new TypeError('a bug');
    return sim.objects.get(ref);
  },
});

describe('the loop', () => {
  it('drives every release, and one whose turns fail keeps no other from its end', async () => {
    const sim = new SimCluster();
    await sim.create([...checkoutObjects(), waiting('broken'), checkoutRelease()]);
    const troubles: unknown[] = [];
    const { stop, running } = loopOn(sim, {
      objects: broken('broken', sim),
      onTrouble: (ref, error) => void troubles.push([ref.name, (error as Error).message]),
      onTurn: ({ ref, after }) => {
        if (ref.name === RELEASE.name && isEnded(after)) stop.abort();
      },
    });
    await running;
    expect(await sim.objects.get(RELEASE)).toMatchObject({ status: { phase: 'Promoted' } });
    expect(troubles).toContainEqual(['broken', 'a bug']);
  });

  it('ends with the bug when there is no other release to protect', async () => {
    const sim = new SimCluster();
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    const { running } = loopOn(sim, { objects: broken(RELEASE.name, sim) });
    await expect(running).rejects.toThrow('a bug');
  });

  it('takes a release made anew under the same name for another one', async () => {
    const sim = new SimCluster();
    await sim.create([...checkoutObjects(), checkoutRelease()]);
    const uid = (await sim.objects.get(RELEASE))?.metadata.uid ?? '';
    expect(await takeTurn(RELEASE, sim.deps(), uid)).toBe('again');
    expect(await takeTurn(RELEASE, sim.deps(), `${uid}-before`)).toBe('never');
  });
});
