import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment, DeploymentSpec } from '../api/kubernetes.ts';
import { allowance, nextStep, type PodFacts } from './rollout.ts';

const deployment = (spec: Partial<DeploymentSpec>): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'prod' },
  spec: { selector: {}, template: { spec: { containers: [{ name: 'app' }] } }, ...spec },
});

const pod = (name: string, more: Partial<PodFacts> = {}): PodFacts => ({
  name,
  current: true,
  ready: true,
  available: true,
  leaving: false,
  restarts: 0,
  createdAt: 0,
  ...more,
});

describe('the next step of a Deployment', () => {
  it('makes what is missing, one pod when replicas is not said', () => {
    expect(nextStep(deployment({ replicas: 3 }), [pod('a')])).toEqual({ create: 2, remove: [] });
    expect(nextStep(deployment({}), [])).toEqual({ create: 1, remove: [] });
  });

  it('does not count pods that are leaving', () => {
    expect(
      nextStep(deployment({ replicas: 1 }), [pod('a', { leaving: true, ready: false, available: false })]),
    ).toEqual({
      create: 1,
      remove: [],
    });
  });

  it('scales down by the unready, then the restless, then the youngest', () => {
    const pods = [
      pod('old'),
      pod('young', { createdAt: 9 }),
      pod('restless', { restarts: 3 }),
      pod('unready', { ready: false, available: false }),
    ];
    const removed = (replicas: number) => nextStep(deployment({ replicas }), pods).remove;
    expect(removed(3)).toEqual(['unready']);
    expect(removed(2)).toEqual(['unready', 'restless']);
    expect(removed(1)).toEqual(['unready', 'restless', 'young']);
    expect(removed(0)).toEqual(['unready', 'restless', 'young', 'old']);
  });

  it('starts new ones beside old ones, and ends old ones only when new ones are available', () => {
    const spec = deployment({ replicas: 2, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });
    const old = [pod('a', { current: false }), pod('b', { current: false })];
    expect(nextStep(spec, old)).toEqual({ create: 1, remove: [] });
    expect(nextStep(spec, [...old, pod('c', { ready: false, available: false })])).toEqual({ create: 0, remove: [] });
    expect(nextStep(spec, [...old, pod('c', { available: false })])).toEqual({ create: 0, remove: [] });
    expect(nextStep(spec, [...old, pod('c')])).toEqual({ create: 0, remove: ['a'] });
  });

  it('ends old pods that serve nobody without waiting', () => {
    const spec = deployment({ replicas: 2, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } });
    const pods = [pod('good', { current: false }), pod('bad', { current: false, ready: false, available: false })];
    expect(nextStep(spec, pods).remove).toEqual(['bad']);
  });

  it('keeps even a broken old pod while the new ones that were made for it are not there yet', () => {
    const spec = deployment({ replicas: 2, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });
    const pods = [
      pod('good', { current: false }),
      pod('bad', { current: false, ready: false, available: false }),
      pod('new', { ready: false, available: false }),
    ];
    expect(nextStep(spec, pods)).toEqual({ create: 0, remove: [] });
  });

  it('recreates only when nothing old is left, leaving pods included', () => {
    const spec = deployment({ replicas: 1, strategy: { type: 'Recreate' } });
    expect(nextStep(spec, [pod('a', { current: false })])).toEqual({ create: 0, remove: ['a'] });
    expect(nextStep(spec, [pod('a', { current: false, leaving: true })])).toEqual({ create: 0, remove: [] });
    expect(nextStep(spec, [])).toEqual({ create: 1, remove: [] });
  });

  it.each<[string | number, string | number, number, { maxSurge: number; maxUnavailable: number }]>([
    ['25%', '25%', 10, { maxSurge: 3, maxUnavailable: 2 }],
    ['25%', '25%', 1, { maxSurge: 1, maxUnavailable: 0 }],
    [0, 0, 4, { maxSurge: 0, maxUnavailable: 1 }],
    [2, '50%', 3, { maxSurge: 2, maxUnavailable: 1 }],
  ])(
    'rounds a surge of %s up and an unavailability of %s down, for %s pods',
    (maxSurge, maxUnavailable, wanted, expected) => {
      const spec = deployment({ strategy: { rollingUpdate: { maxSurge, maxUnavailable } } });
      expect(allowance(spec, wanted)).toEqual(expected);
    },
  );
});

describe('any rolling update', () => {
  const course = fc.record({
    replicas: fc.integer({ min: 0, max: 6 }),
    before: fc.integer({ min: 0, max: 6 }),
    maxSurge: fc.integer({ min: 0, max: 3 }),
    maxUnavailable: fc.integer({ min: 0, max: 3 }),
    // Which pod becomes ready or finishes leaving next; the world's choice.
    choices: fc.array(fc.nat(), { minLength: 200, maxLength: 200 }),
  });

  it('reaches exactly the wanted pods, never makes more than surge allows, never takes availability below the least', () => {
    fc.assert(
      fc.property(course, ({ replicas, before, maxSurge, maxUnavailable, choices }) => {
        const spec = deployment({ replicas, strategy: { rollingUpdate: { maxSurge, maxUnavailable } } });
        const allowed = allowance(spec, replicas);
        let pods = Array.from({ length: before }, (_, index) => pod(`old-${index}`, { current: false }));
        let made = 0;
        for (const choice of choices) {
          const step = nextStep(spec, pods);
          const living = pods.filter((one) => !one.leaving).length;
          if (step.create > 0) expect(living + step.create).toBeLessThanOrEqual(replicas + allowed.maxSurge);
          const available = (all: readonly PodFacts[]) => all.filter((one) => one.available && !one.leaving).length;
          const was = available(pods);
          pods = pods.map((one) =>
            step.remove.includes(one.name) ? { ...one, leaving: true, ready: false, available: false } : one,
          );
          if (available(pods) < was)
            expect(available(pods)).toBeGreaterThanOrEqual(Math.min(replicas, replicas - allowed.maxUnavailable));
          for (let n = 0; n < step.create; n += 1)
            pods = [...pods, pod(`new-${made++}`, { ready: false, available: false })];
          pods = advance(pods, choice);
        }
        expect(pods.filter((one) => !one.leaving)).toHaveLength(replicas);
        expect(pods.every((one) => one.current && one.available)).toBe(true);
        expect(nextStep(spec, pods)).toEqual({ create: 0, remove: [] });
      }),
    );
  });
});

/** One pod that is on its way arrives: it becomes ready, or it is gone. */
function advance(pods: PodFacts[], choice: number): PodFacts[] {
  const moving = pods.filter((one) => one.leaving || !one.ready);
  const chosen = moving[choice % moving.length];
  if (chosen === undefined) return pods;
  if (chosen.leaving) return pods.filter((one) => one !== chosen);
  return pods.map((one) => (one === chosen ? { ...one, ready: true, available: true } : one));
}
