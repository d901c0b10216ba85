import { describe, expect, it } from 'vitest';
import type { GateSpec, PolicySpec, Release } from '../api/release.ts';
import { resolvePolicy } from '../api/release.ts';
import { resolvePlan } from './resolve.ts';

function accepted(gates?: Readonly<Record<string, GateSpec>>): PolicySpec {
  const release: Release = {
    apiVersion: 'serin.dev/v1alpha1',
    kind: 'Release',
    metadata: { name: 'checkout-v2', namespace: 'prod' },
    spec: {
      service: 'checkout',
      canary: { deployment: 'checkout-v2' },
      plan: [{ mirror: { traffic: '10%', for: '1m' } }],
      ...(gates === undefined ? {} : { gates }),
    },
  };
  const policy = resolvePolicy(release, []);
  if (!policy.ok) throw new Error(JSON.stringify(policy.problems));
  return policy.value;
}

const names = (gates: readonly { readonly name: string }[]) => gates.map(({ name }) => name);

describe('the gates of a plan', () => {
  it('are apart: those with a query, whatever their name, and those that compare counts', () => {
    const plan = resolvePlan(accepted({ errors: {}, latency: { promql: 'up' }, mine: { promql: 'up > 1' }, cpu: {} }));
    expect(plan.gates).toEqual([
      { name: 'latency', promql: 'up' },
      { name: 'mine', promql: 'up > 1' },
    ]);
    expect(names(plan.comparative)).toEqual(['errors', 'cpu']);
  });

  it('are the default ones where nobody has written any, and none where that is written', () => {
    const { gates, comparative } = resolvePlan(accepted());
    expect(gates).toEqual([]);
    expect(names(comparative)).toEqual(['errors', 'latency', 'saturation', 'lostRequests', 'restarts']);
    expect(comparative.every(({ byDefault }) => byDefault)).toBe(true);
    expect(resolvePlan(accepted({}))).toMatchObject({ gates: [], comparative: [] });
  });

  it('are those of its status: an older one without default gates goes on without', () => {
    const { gatesByDefault: _, ...policy } = accepted();
    const older = { ...policy, gates: { errors: { promql: 'up' } } };
    expect(resolvePlan(JSON.parse(JSON.stringify(older)) as PolicySpec)).toMatchObject({
      gates: [{ name: 'errors' }],
      comparative: [],
    });
  });
});
