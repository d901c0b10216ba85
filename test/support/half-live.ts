// A simulated release whose canary has half of the users, and stays there.
// Never drives it further. Called by tests of what must not wait.
import { expect } from 'vitest';
import { checkoutObjects, checkoutRelease } from './checkout-objects.ts';
import { driveRelease } from './drive-release.ts';
import { SimCluster } from './sim-cluster.ts';

const PLAN = [{ baseline: { for: '2s' } }, { shift: { traffic: '50%', for: '10m' } }];

class Live extends Error {}

export async function halfLive(): Promise<SimCluster> {
  const sim = new SimCluster();
  const objects = checkoutObjects().map((object) =>
    object.kind === 'ReleasePolicy'
      ? { ...object, spec: { ...(object.spec as object), plan: PLAN, deadline: '1h' } }
      : object,
  );
  await sim.create([...objects, checkoutRelease()]);
  const course = driveRelease(sim, {
    each: ({ step }) => {
      if (step?.index === 1 && step.arrivedAt !== undefined) throw new Live();
    },
  });
  await expect(course).rejects.toThrow(Live);
  return sim;
}
