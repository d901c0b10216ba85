import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completeGates } from '../../api/gate-defaults.ts';
import { GATE_KIND_NAMES, GATE_KINDS, type GateKindName } from '../../api/gate-kinds.ts';
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

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const decimal = (most: number) =>
  fc
    .tuple(fc.integer({ min: 0, max: most }), fc.constantFrom('', '.5', '.25', '.0001', '.00001'))
    .map(([whole, part]) => `${whole}${part}`);
const withUnit = (most: number, ...units: readonly string[]) =>
  fc.tuple(decimal(most), fc.constantFrom(...units)).map(([value, unit]) => `${value}${unit}`);

const SHARES = withUnit(101, '%');
const POINTS = withUnit(101, 'pp');
const DURATIONS = withUnit(90, 'ns', 'ms', 's', 'm', 'h');
const QUANTITIES = withUnit(900, '', 'm', 'Mi', 'e3', 'e400');
const COUNTS = fc.integer({ min: -1, max: 9 });
const FACTORS = fc.oneof(fc.double({ noNaN: true, min: 0.5, max: 1e6 }), COUNTS);

const MAX = { share: SHARES, duration: DURATIONS, quantity: fc.oneof(QUANTITIES, COUNTS), count: COUNTS } as const;
const TOLERANCES = { points: POINTS, factor: FACTORS, extra: DURATIONS, perHour: FACTORS } as const;

/** The fields that a kind has, with values that may do. */
const likely = (kind: GateKindName): fc.Arbitrary<object> => {
  const { max, quantile, worseBy } = GATE_KINDS[kind];
  const tolerances = Object.fromEntries(worseBy.fields.map((field) => [field, maybe<unknown>(TOLERANCES[field])]));
  return fc.record({
    ...(quantile === undefined ? {} : { quantile: maybe(fc.double({ noNaN: true, min: 0, max: 1 })) }),
    max: maybe<unknown>(MAX[max.unit]),
    ...(worseBy.fields.length === 0 ? {} : { worseBy: maybe(fc.record(tolerances)) }),
  });
};

/** Any field with any value, mostly wrong. */
const anything = fc.record({
  promql: maybe(fc.constant('up')),
  quantile: maybe(FACTORS),
  max: maybe(fc.oneof(SHARES, POINTS, DURATIONS, QUANTITIES, COUNTS)),
  worseBy: maybe(fc.record({ points: maybe(POINTS), factor: maybe(FACTORS), extra: maybe(DURATIONS) })),
});

const named = fc.oneof(
  fc.constantFrom(...GATE_KIND_NAMES).chain((kind) => fc.tuple(fc.constant<string>(kind), likely(kind))),
  fc.tuple(fc.constantFrom<string>(...GATE_KIND_NAMES, 'mine'), anything),
);

const json = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

describe('whatever the schema accepts', () => {
  it('can be read from its copy in a status, and is the same when it is completed again', () => {
    let accepts = 0;
    fc.assert(
      fc.property(named, ([kind, gate]) => {
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
