import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyGate } from '../../../test/support/gate-arbitrary.ts';
import { completeGates } from '../../api/gate-defaults.ts';
import type { GateSpec, Gates } from '../../api/gates.ts';
import { validate } from '../../api/kinds.ts';
import { type PolicySpec, type Release, resolvePolicy } from '../../api/release.ts';
import { readComparativeGates } from './read.ts';

const PLAN = [{ mirror: { traffic: '10%', for: '1m' } }];

const release = (gates?: Gates): Release => ({
  apiVersion: 'serin.dev/v1alpha1',
  kind: 'Release',
  metadata: { name: 'checkout-v2', namespace: 'prod' },
  spec: {
    service: 'checkout',
    canary: { deployment: 'checkout-v2' },
    plan: PLAN,
    ...(gates === undefined ? {} : { gates }),
  },
});

function accepted(gates?: Gates): PolicySpec {
  const policy = resolvePolicy(release(gates), []);
  if (!policy.ok) throw new Error(JSON.stringify(policy.problems));
  return policy.value;
}

const read = (gates: Gates) => readComparativeGates(accepted(gates));

describe('comparative gates', () => {
  it('are read by default, and say so', () => {
    expect(readComparativeGates(accepted())).toEqual([
      { kind: 'errors', name: 'errors', byDefault: true, worseBy: { factor: 1, points: 0.002 } },
      {
        kind: 'latency',
        name: 'latency',
        byDefault: true,
        quantile: 0.95,
        worseBy: { factor: 1.2, extraMs: 15 },
      },
      { kind: 'saturation', name: 'saturation', byDefault: true, max: 0.9 },
      { kind: 'lostRequests', name: 'lostRequests', byDefault: true, max: 0.02 },
      { kind: 'restarts', name: 'restarts', byDefault: true, worseBy: { factor: 1, perHour: 1 } },
    ]);
  });

  it('are read in their units, in the order of the policy', () => {
    const byDefault = false;
    expect(
      read({
        trafficShare: { max: '5%' },
        memory: { max: '1.5Gi' },
        cpuPerRequest: { max: '1.5ms', worseBy: { factor: 2 } },
        cpu: { max: '80%', worseBy: { points: '10pp' } },
        mine: { promql: 'up' },
        errors: { max: '0.1%', worseBy: { points: '0.25pp', factor: 1.1 } },
        clientErrors: {},
        latency: { quantile: 0.99, max: '1.5s', worseBy: { extra: '0.1s' } },
        restarts: { max: 3 },
      }),
    ).toEqual([
      { kind: 'trafficShare', name: 'trafficShare', byDefault, within: 0.05 },
      { kind: 'memory', name: 'memory', byDefault, worseBy: { factor: 1.5 }, max: 1.5 * 2 ** 30 },
      { kind: 'cpuPerRequest', name: 'cpuPerRequest', byDefault, worseBy: { factor: 2 }, max: 0.0015 },
      { kind: 'cpu', name: 'cpu', byDefault, max: 0.8, worseBy: { points: 0.1 } },
      { kind: 'errors', name: 'errors', byDefault, worseBy: { factor: 1.1, points: 0.0025 }, max: 0.001 },
      { kind: 'clientErrors', name: 'clientErrors', byDefault, worseBy: { factor: 1.25, points: 0.01 } },
      {
        kind: 'latency',
        name: 'latency',
        byDefault,
        quantile: 0.99,
        worseBy: { factor: 1, extraMs: 100 },
        max: 1500,
      },
      { kind: 'restarts', name: 'restarts', byDefault, worseBy: { factor: 1, perHour: 1 }, max: 3 },
    ]);
  });

  it.each<[string, GateSpec]>([
    ['mine', {}],
    ['errors', {}],
    ['errors', { worseBy: { points: '0.2%', factor: 1 } }],
    ['errors', { worseBy: { points: '0.2pp', factor: 0.9 } }],
    ['errors', { max: '0%', worseBy: { points: '0.2pp', factor: 1 } }],
    ['latency', { quantile: 1, worseBy: { factor: 1.2, extra: '15ms' } }],
    ['latency', { quantile: 0.95, worseBy: { factor: 1.2 } }],
    ['saturation', {}],
    ['saturation', { max: 80 }],
    ['memory', { max: 'much', worseBy: { factor: 1.5 } }],
    ['restarts', { max: 'two', worseBy: { factor: 1, perHour: 1 } }],
    ['restarts', { worseBy: { factor: 1, perHour: 0 } }],
  ])('of a policy that was never accepted are a fault of the program: %s', (name, gate) => {
    expect(() => readComparativeGates({ gates: { [name]: gate } })).toThrow(TypeError);
  });
});

const json = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

describe('whatever the schema accepts', () => {
  it('can be read from its copy in a status, and is the same when it is completed again', () => {
    let accepts = 0;
    fc.assert(
      fc.property(anyGate, ([kind, gate]) => {
        // `undefined` stands for "not written".
        const object = json(release({ [kind]: gate as GateSpec }));
        if (validate(object).length > 0) return;
        accepts++;
        const policy = accepted(object.spec.gates);
        const copy = json(policy);
        expect(copy).toEqual(policy);
        const gates = readComparativeGates(copy);
        expect(gates.length).toBe(copy.gates[kind]?.promql === undefined ? 1 : 0);
        expect(JSON.stringify(gates)).not.toContain('null');
        // A copy could stand in a policy of its own, and would mean the same.
        expect(validate(release(copy.gates))).toEqual([]);
        expect(readComparativeGates(completeGates(copy.gates, undefined))).toEqual(gates);
        expect(readComparativeGates(accepted(copy.gates))).toEqual(gates);
      }),
      { numRuns: 3000 },
    );
    expect(accepts).toBeGreaterThan(500);
  });
});
