// The built-in gates: what each asks, which fields it takes in which unit, and what holds where one is left out.
// Never parses a value (gate-units.ts and units.ts do). Read by rules, defaults, messages, the CRD and the reference page.
import type { Path } from './path.ts';

/** `part`: a share that is not all. */
export type LimitUnit = 'share' | 'part' | 'duration' | 'quantity' | 'count';

/** Of a pod no more than one restart a minute counts: nobody could be above more of them in an hour. */
export const MOST_RESTARTS = 60;

/** Beyond it a canary is a thousand times as bad as stable, and still tolerated. */
export const MOST_TIMES = 1000;

/** How much worse than stable, as it is written. */
export interface Tolerance {
  readonly points?: string;
  readonly factor?: number;
  readonly extra?: string;
  readonly perHour?: number;
}

export type ToleranceField = keyof Tolerance;
export const TOLERANCE_FIELDS: readonly ToleranceField[] = ['points', 'factor', 'extra', 'perHour'];

export interface GateKind {
  /** One question, for the reference page. */
  readonly asks: string;
  readonly max: { readonly unit: LimitUnit; readonly means: string; readonly default?: string };
  /** The default; absent where the kind has none. */
  readonly quantile?: number;
  readonly worseBy: {
    /** None: it has no `worseBy`. */
    readonly fields: readonly ToleranceField[];
    /** Why it has none. */
    readonly because?: string;
    /** Where no `worseBy` is written; absent: then the gate compares nothing, and `max` alone holds. */
    readonly whenLeftOut?: Tolerance;
    /** What a written `worseBy` lacks; the same when absent. */
    readonly beside?: Tolerance;
  };
}

const LATENCY = 'duration that no more than 1 − `quantile` of the requests may exceed';
const DEVIATION =
  'greatest deviation from the configured share, as a share of that, below 100%: at 2%, 10% may be 9.8% to 10.2%';
const NOTHING_TO_COMPARE = 'stable has nothing to compare with';

const KINDS = {
  errors: {
    asks: "Do more of the canary's requests fail (5xx, failed gRPC calls)?",
    max: { unit: 'share', means: 'share of the requests' },
    worseBy: { fields: ['points', 'factor'], whenLeftOut: { points: '0.2pp', factor: 1 } },
  },
  clientErrors: {
    asks: "Are more of the canary's requests answered with 4xx?",
    max: { unit: 'share', means: 'share of the requests' },
    worseBy: { fields: ['points', 'factor'], whenLeftOut: { points: '1pp', factor: 1.25 } },
  },
  latency: {
    asks: 'Is the canary slower?',
    max: { unit: 'duration', means: LATENCY },
    quantile: 0.95,
    worseBy: {
      fields: ['factor', 'extra'],
      whenLeftOut: { factor: 1.2, extra: '15ms' },
      // Whoever writes one of the two means that one.
      beside: { factor: 1, extra: '0s' },
    },
  },
  saturation: {
    asks: "Are the canary's pods near their limits, of CPU or of memory?",
    max: { unit: 'share', means: 'share of the limit', default: '90%' },
    worseBy: { fields: ['points'] },
  },
  cpu: {
    asks: "Are the canary's pods near their limit of CPU?",
    max: { unit: 'share', means: 'share of the limit', default: '90%' },
    worseBy: { fields: ['points'] },
  },
  cpuPerRequest: {
    asks: 'Does a request take more CPU time?',
    max: { unit: 'duration', means: 'duration of CPU time, for each request' },
    worseBy: { fields: ['factor'], whenLeftOut: { factor: 1.5 } },
  },
  memory: {
    asks: 'Does a pod of the canary use more memory?',
    max: { unit: 'quantity', means: 'quantity of memory, for one pod' },
    worseBy: { fields: ['factor'], whenLeftOut: { factor: 1.5 } },
  },
  lostRequests: {
    asks: 'Do copies of requests get lost on their way to the canary?',
    max: { unit: 'part', means: 'share of the copies, below 100%', default: '2%' },
    worseBy: { fields: [], because: NOTHING_TO_COMPARE },
  },
  trafficShare: {
    asks: 'Does the canary get the share of the traffic that it should?',
    max: { unit: 'part', means: DEVIATION, default: '2%' },
    worseBy: { fields: [], because: NOTHING_TO_COMPARE },
  },
  restarts: {
    asks: "Do the canary's containers restart more often?",
    max: { unit: 'count', means: `whole number up to ${MOST_RESTARTS}, for an hour and pod` },
    worseBy: { fields: ['factor', 'perHour'], whenLeftOut: { factor: 1, perHour: 1 } },
  },
} as const satisfies Readonly<Record<string, GateKind>>;

export type GateKindName = keyof typeof KINDS;

export const GATE_KINDS: Readonly<Record<GateKindName, GateKind>> = KINDS;
export const GATE_KIND_NAMES = Object.keys(KINDS) as readonly GateKindName[];

/** What a release gets when nobody has written `gates`. */
export const DEFAULT_GATES: readonly GateKindName[] = ['errors', 'latency', 'saturation', 'lostRequests', 'restarts'];

const isKindName = (name: string): name is GateKindName => Object.hasOwn(KINDS, name);

export const gateKind = (name: string): GateKind | undefined => (isKindName(name) ? GATE_KINDS[name] : undefined);

/** The kind of a gate by its name: one with a `promql` has none, whatever it is called. */
export const kindName = (name: string, { promql }: { readonly promql?: unknown }): GateKindName | undefined =>
  promql === undefined && isKindName(name) ? name : undefined;

/** Beside `promql`, what a gate of this kind takes. */
export const fieldsOf = ({ quantile, worseBy }: GateKind): readonly string[] => [
  ...(quantile === undefined ? [] : ['quantile']),
  'max',
  ...(worseBy.fields.length === 0 ? [] : ['worseBy']),
];

/** The fields that may stand at a path in a Release or a ReleasePolicy, where it is one in a gate. */
export function gateFieldsAt([root, field, name, inner, ...more]: Path): readonly string[] | undefined {
  if (root !== 'spec' || field !== 'gates' || typeof name !== 'string' || more.length > 0) return undefined;
  const kind = gateKind(name);
  if (inner === undefined) return ['promql', ...(kind === undefined ? [] : fieldsOf(kind))];
  return inner === 'worseBy' && kind !== undefined ? kind.worseBy.fields : undefined;
}
