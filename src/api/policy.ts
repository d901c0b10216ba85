// The schema of a release policy: the plan with its steps, and what holds around them; its gates are those of gates.ts.
// Never applies a default (resolve.ts does) and never looks at more than one field (rules.ts does). Called by release.ts.
import * as z from 'zod';
import { type GateSpec, gatesSchema } from './gates.ts';
import { httpMatchRequest } from './istio.ts';
import { type MetricsSpec, metricsSchema } from './metrics.ts';
import { list, noted, optional, ruled, type Shape } from './shape.ts';
import { duration, share, span } from './unit-fields.ts';
import { HTTP_METHODS, METHODS_ACCEPTED, methodFault } from './units.ts';

const approval = optional(
  noted(z.literal('before'), {
    description: 'Ask a person before the step is entered, when everything else for entering it is there.',
  }),
);

const methods = noted(z.union([z.literal('all'), list(ruled(methodFault, METHODS_ACCEPTED)).min(1)]), {
  description:
    'Which requests are copied: a list of upper-case HTTP methods, or `all`. Copies of requests that change something are executed a second time.',
  accepted: METHODS_ACCEPTED,
  default: '`[GET, HEAD, OPTIONS]`',
  type: 'list of methods or `all`',
  maxItems: HTTP_METHODS.length,
  maxLength: 3,
});

const baseline = noted(z.strictObject({ for: span(), approval }), {
  description: 'Watch stable only; also proves that the canary gets no traffic yet.',
});

const preview = noted(
  z.strictObject({
    for: span(),
    approval,
    match: noted(list(httpMatchRequest).min(1), {
      description: "Selected callers, as Istio's HTTPMatchRequest; a request that fits any of them reaches the canary.",
      type: "list of Istio's HTTPMatchRequest",
      maxItems: 16,
    }),
  }),
  { description: 'Selected callers reach the canary; all others stay on stable.' },
);

const mirror = noted(
  z.strictObject({
    for: span(),
    approval,
    traffic: share('Which share of the requests is copied to the canary.'),
    methods: optional(methods),
  }),
  { description: 'Copies of live requests go to the canary; their answers are thrown away.' },
);

const shift = noted(
  z.strictObject({ for: span(), approval, traffic: share('Which share of live traffic the canary serves.') }),
  { description: 'Live traffic by share.' },
);

const bake = noted(z.strictObject({ for: span(), approval }), {
  description: 'Everything on the canary, still able to roll back. Only as the last step.',
});

export const stepSchema = noted(
  z.strictObject({
    baseline: optional(baseline),
    preview: optional(preview),
    mirror: optional(mirror),
    shift: optional(shift),
    bake: optional(bake),
  }),
  { description: 'One step: exactly one of these kinds.' },
);

const cleanup = z.strictObject({
  stable: optional(
    noted(z.enum(['scaleDown', 'delete', 'keep']), {
      description: "What happens to the old version's Deployment after the promotion.",
      default: '`scaleDown`',
    }),
  ),
  after: optional(duration('How long after the bake; until then abort still works.', '`10m`')),
});

/** The policy's fields as they stand in a ReleasePolicy's spec, or inline in a Release's. */
export const policyFields = {
  metrics: optional(noted(metricsSchema, { description: 'Where the numbers come from.' })),
  plan: noted(list(stepSchema), {
    description: 'The steps in order: baseline, preview and mirror first, then shifts that grow, then a bake.',
    accepted: 'a list of steps',
    maxItems: 32,
  }),
  gates: optional(gatesSchema),
  minRequests: optional(
    noted(z.int().min(1).max(1_000_000_000), {
      description: 'Requests per version and exposure that must have been seen before anything may pass.',
      accepted: 'a whole number of 1 or more',
      default: '`1000`',
    }),
  ),
  minReplicas: optional(
    noted(z.int().min(1).max(1000), {
      description:
        'The fewest pods of a canary that gets requests or copies of them. It has as many as its share of the traffic needs, in proportion to stable and rounded up, never fewer than this, and never fewer than its Deployment asks for.',
      accepted: 'a whole number from 1 to 1000',
      default: '`1`',
    }),
  ),
  deadline: optional(
    duration(
      'Active time after which the release is rolled back; waiting for approval and pauses do not count.',
      '`2h`',
    ),
  ),
  onInconclusive: optional(
    noted(z.enum(['hold', 'rollBack']), {
      description: 'What to do when a step has reached its "at most" without evidence.',
      default: '`hold`',
    }),
  ),
  cleanup: optional(noted(cleanup, { description: 'What happens to the old version.' })),
};

export const policySpecSchema = z.strictObject(policyFields);

/** A policy as it is written: defaults are not in it. */
export type ReleasePolicySpec = Shape<typeof policySpecSchema>;
export type PlanStep = Shape<typeof stepSchema>;

/** When and whether the old version goes; complete. */
export interface Cleanup {
  readonly stable: 'scaleDown' | 'delete' | 'keep';
  readonly after: string;
}

/** A policy with every default in place and the release's gates merged in; what a release copies into its status. */
export interface PolicySpec {
  readonly metrics: MetricsSpec;
  readonly plan: readonly PlanStep[];
  /** Each complete, so that another version of Serin has no other defaults for a release that runs. */
  readonly gates: Readonly<Record<string, GateSpec>>;
  /** Nobody has written a gate: these are Serin's own. */
  readonly gatesByDefault?: true;
  readonly minRequests: number;
  readonly minReplicas: number;
  readonly deadline: string;
  readonly onInconclusive: 'hold' | 'rollBack';
  readonly cleanup: Cleanup;
}

export const STEP_KINDS = ['baseline', 'preview', 'mirror', 'shift', 'bake'] as const;
export type StepKindName = (typeof STEP_KINDS)[number];

/** The one kind that a validated step has. */
export function stepKind(written: PlanStep): StepKindName {
  const kind = STEP_KINDS.find((name) => written[name] !== undefined);
  if (kind === undefined) throw new TypeError('a plan step has no kind; the schema refuses this');
  return kind;
}

/** Whether a person is asked before the step is entered. */
export const needsApproval = (written: PlanStep): boolean => written[stepKind(written)]?.approval === 'before';
