// The schema of gates: one structural object for all of them, since the names are free; a name is a kind's or the user's own.
// Never says which fields go together (gate-rules.ts) and never applies a default (gate-defaults.ts). Called by policy.ts and contract.ts.
import * as z from 'zod';
import { gateKind, MOST_RESTARTS, MOST_TIMES } from './gate-kinds.ts';
import { noted, optional, ruled, type Shape, text } from './shape.ts';
import { duration, points } from './unit-fields.ts';

const BY_KIND = 'by kind';

export const toleranceSchema = noted(
  z.strictObject({
    points: optional(noted(points('So many points more than stable.'), { default: BY_KIND })),
    factor: optional(
      noted(z.number().min(1).max(MOST_TIMES), {
        description: `So many times as much as stable; ${MOST_TIMES} at most.`,
        type: 'number',
        accepted: `a number from 1 to ${MOST_TIMES}, for example 1.2`,
        default: BY_KIND,
      }),
    ),
    extra: optional(duration('So much longer than stable.', BY_KIND)),
    perHour: optional(
      noted(z.number().gt(0).max(MOST_RESTARTS), {
        description: `So many more than stable in an hour, for each pod; ${MOST_RESTARTS} at most, since of a pod one restart a minute counts.`,
        type: 'number',
        accepted: `a number above 0 and at most ${MOST_RESTARTS}, for example 1`,
        default: BY_KIND,
      }),
    ),
  }),
  { description: 'How much worse than stable the canary may be and still pass. Which fields, says the kind.' },
);

const gate = noted(
  z.strictObject({
    promql: optional(
      noted(text().min(1), {
        description:
          'A query in PromQL, for a gate of your own: an empty result passes, any returned series fails (on thirty canary requests in its window or more; by a quantile, on ten requests above it or more than chance). `$canary` and `$stable` stand for matchers of that version.',
        type: 'PromQL',
        accepted: 'a query in PromQL',
        default: 'the name is a kind',
        maxLength: 8192,
      }),
    ),
    quantile: optional(
      noted(z.number().gt(0).lt(1), {
        description: 'Of `latency`: the quantile that a promotion and `max` look at.',
        type: 'number',
        accepted: 'a number above 0 and below 1, for example 0.95',
        default: '`0.95`',
      }),
    ),
    max: optional(
      noted(z.union([z.number(), z.string()]), {
        description: 'What the canary may never exceed, whatever stable does. In the unit of the kind.',
        type: 'share, duration, quantity or number',
        accepted: 'a share (1%), a duration (500ms), a quantity (512Mi) or a whole number, by the kind of the gate',
        default: BY_KIND,
        maxLength: 32,
      }),
    ),
    worseBy: optional(toleranceSchema),
  }),
  {
    description: 'One question asked of the metrics.',
    accepted: 'a map; `{}` for a built-in gate with all its defaults',
  },
);

export const GATE_NAME = /^[A-Za-z][A-Za-z0-9-]{0,62}$/;

const gateName = noted(
  ruled(
    (name) => (GATE_NAME.test(name) ? undefined : 'not a valid name of a gate'),
    'letters, digits and `-`, a letter first, at most 63 characters',
  ),
  { maxLength: 63 },
);

export const gatesSchema = noted(z.record(gateName, gate), {
  description:
    'The gates: the name is a kind, or one of your own with a `promql`. A release overrides those of its policy by name, each as a whole. `{}` means none.',
  accepted: 'a map of gates by name, for example `errors: {}`',
  default: 'the default gates, see below',
  maxProperties: 64,
});

export type GateSpec = Shape<typeof gate>;
export type Gates = Readonly<Record<string, GateSpec>>;

/** The gates with a query of their own, in the policy's order. */
export const queryGates = (gates: Gates): readonly { readonly name: string; readonly promql: string }[] =>
  Object.entries(gates).flatMap(([name, { promql }]) => (promql === undefined ? [] : [{ name, promql }]));

/** The names of the others, which compare counts: no query is evaluated for them. */
export const comparativeNames = (gates: Gates): readonly string[] =>
  Object.entries(gates).flatMap(([name, { promql }]) =>
    promql === undefined && gateKind(name) !== undefined ? [name] : [],
  );
