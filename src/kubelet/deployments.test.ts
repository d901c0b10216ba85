import { beforeEach, describe, expect, it } from 'vitest';
import { kindOf, validate } from '../api/kinds.ts';
import type { Deployment, Pod } from '../api/kubernetes.ts';
import { refOf } from '../api/object.ts';
import { systemClock } from '../lib/clock.ts';
import { createMemoryObjects } from '../objects/memory/memory.ts';
import type { Objects, ObjectsError } from '../objects/objects.ts';
import { type DeploymentDeps, reconcile } from './deployments.ts';

const web: Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'prod' },
  spec: {
    replicas: 2,
    selector: {},
    template: {
      spec: { containers: [{ name: 'app', command: ['x'], ports: [{ containerPort: 80 }, { containerPort: 81 }] }] },
    },
  },
};
const ref = refOf(web);

describe('one turn of a Deployment', () => {
  let objects: Objects;
  let taken: Set<number>;
  let letters: number;
  beforeEach(async () => {
    let uids = 0;
    taken = new Set();
    letters = 0;
    objects = createMemoryObjects({ clock: systemClock, uid: () => `uid-${++uids}`, kinds: kindOf, validate });
    await objects.create(web);
  });

  const deps = (more: Partial<DeploymentDeps> = {}): DeploymentDeps => {
    let next = 20_000;
    return {
      objects,
      clock: systemClock,
      random: () => (letters++ % 27) / 27,
      run: new Map(),
      ports: {
        take: async () => {
          taken.add(++next);
          return next;
        },
        giveBack: (port) => void taken.delete(port),
      },
      ...more,
    };
  };
  const pods = async () => (await objects.list('Pod')).items as readonly Pod[];

  it('makes the missing pods, each port with a local one of its own, and none in the next turn', async () => {
    await reconcile(ref, deps());
    const made = await pods();
    expect(made.flatMap(({ spec }) => spec.containers[0]?.ports?.map(({ hostPort }) => hostPort))).toEqual([...taken]);
    expect(taken.size).toBe(4);
    await reconcile(ref, deps());
    expect(await pods()).toEqual(made);
  });

  it('gives ports back when a pod cannot be made, and draws another name when the one drawn is taken', async () => {
    await reconcile(ref, deps({ random: () => 0 })).catch((error: ObjectsError) =>
      expect(error.reason).toBe('Conflict'),
    );
    expect(await pods()).toHaveLength(1);
    expect(taken.size).toBe(2);
    await reconcile(ref, deps());
    expect(await pods()).toHaveLength(2);
  });

  it('does nothing for a Deployment that is gone or going', async () => {
    const now = await objects.get(ref);
    await objects.update({ ...now!, metadata: { ...now!.metadata, finalizers: ['serin.dev/test'] } });
    await objects.remove(ref);
    await reconcile(ref, deps());
    await reconcile({ ...ref, name: 'nobody' }, deps());
    expect(await pods()).toEqual([]);
  });

  it('leaves another Deployment’s pods alone', async () => {
    const other = { ...web, metadata: { ...web.metadata, name: 'other' } };
    await objects.create(other);
    await reconcile(refOf(other), deps());
    const others = await pods();
    const now = (await objects.get(ref)) as Deployment;
    await objects.update({ ...now, spec: { ...now.spec, replicas: 0 } });
    await reconcile(ref, deps());
    expect(await pods()).toEqual(others);
  });
});
