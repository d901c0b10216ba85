// Gates as somebody may write them, many at the edges of what the contract accepts, and some with anything in any field.
// Never only what is accepted: who uses it asks the contract. Used by property tests of src/analysis/comparative.
import fc from 'fast-check';
import { GATE_KIND_NAMES, GATE_KINDS, type GateKindName, MOST_RESTARTS, MOST_TIMES } from '../../src/api/gate-kinds.ts';

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
const decimal = (most: number) =>
  fc
    .tuple(fc.integer({ min: 0, max: most }), fc.constantFrom('', '.5', '.25', '.0001', '.00001'))
    .map(([whole, part]) => `${whole}${part}`);
const withUnit = (most: number, ...units: readonly string[]) =>
  fc.tuple(decimal(most), fc.constantFrom(...units)).map(([value, unit]) => `${value}${unit}`);

const SHARES = fc.oneof(withUnit(101, '%'), fc.constantFrom('0.0001%', '99.9999%', '100%'));
const POINTS = fc.oneof(withUnit(101, 'pp'), fc.constantFrom('0.0001pp', '99.9999pp'));
const DURATIONS = fc.oneof(
  withUnit(90, 'ns', 'ms', 's', 'm', 'h'),
  fc.constantFrom('0s', '0.000000000000000000000000001ns', '9999999999999999999999999999999h'),
);
const QUANTITIES = fc.oneof(
  withUnit(900, '', 'm', 'Mi', 'e3', 'e400'),
  fc.constantFrom('1k', '99999999999999999999999999999Ei'),
);
const COUNTS = fc.oneof(fc.integer({ min: -1, max: 9 }), fc.constantFrom(MOST_RESTARTS, MOST_RESTARTS + 1, 1e308));
const FACTORS = fc.oneof(
  fc.double({ noNaN: true, min: 0.5, max: 1e6 }),
  COUNTS,
  fc.constantFrom(1 + Number.EPSILON, MOST_TIMES, MOST_TIMES + 1, 1e308, Number.MIN_VALUE),
);
const QUANTILES = fc.oneof(
  fc.double({ noNaN: true, min: 0, max: 1 }),
  fc.constantFrom(Number.MIN_VALUE, 1e-12, 1 - Number.EPSILON / 2),
);

const MAX = {
  share: SHARES,
  part: SHARES,
  duration: DURATIONS,
  quantity: fc.oneof(QUANTITIES, COUNTS),
  count: COUNTS,
} as const;
const TOLERANCES = { points: POINTS, factor: FACTORS, extra: DURATIONS, perHour: FACTORS } as const;

/** The fields that a kind has, with values that may do. */
const likely = (kind: GateKindName): fc.Arbitrary<object> => {
  const { max, quantile, worseBy } = GATE_KINDS[kind];
  const tolerances = Object.fromEntries(worseBy.fields.map((field) => [field, maybe<unknown>(TOLERANCES[field])]));
  return fc.record({
    ...(quantile === undefined ? {} : { quantile: maybe(QUANTILES) }),
    max: maybe<unknown>(MAX[max.unit]),
    ...(worseBy.fields.length === 0 ? {} : { worseBy: maybe(fc.record(tolerances)) }),
  });
};

export const likelyGate = fc
  .constantFrom(...GATE_KIND_NAMES)
  .chain((kind) => fc.tuple(fc.constant<string>(kind), likely(kind)));

/** Any field with any value, mostly wrong. */
const anything = fc.record({
  promql: maybe(fc.constant('up')),
  quantile: maybe(FACTORS),
  max: maybe(fc.oneof(SHARES, POINTS, DURATIONS, QUANTITIES, COUNTS)),
  worseBy: maybe(fc.record({ points: maybe(POINTS), factor: maybe(FACTORS), extra: maybe(DURATIONS) })),
});

/** Its name, and what stands under it; `undefined` stands for "not written". */
export const anyGate: fc.Arbitrary<[string, object]> = fc.oneof(
  likelyGate,
  fc.tuple(fc.constantFrom<string>(...GATE_KIND_NAMES, 'mine'), anything),
);
