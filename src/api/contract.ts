// The contract: Release and ReleasePolicy as strict schemas, and the types that follow from them.
// Never applies defaults (resolve.ts) and never checks one field against another (rules.ts). Rooms above import it from release.ts.
import * as z from 'zod';
import { gatesSchema } from './gates.ts';
import { metadataSchema, objectName } from './metadata.ts';
import type { KubeObject } from './object.ts';
import { policyFields, policySpecSchema, type ReleasePolicySpec } from './policy.ts';
import { anything, count, flag, list, noted, optional, type Shape, text } from './shape.ts';
import { SERIN_VERSION } from './version.ts';

export { SERIN_VERSION };

const deployment = (description: string) =>
  noted(z.strictObject({ deployment: noted(objectName(), { description: 'Name of the Deployment.' }) }), {
    description,
  });

const approval = z.strictObject({
  step: noted(count().min(1).max(32), { description: 'Which step of the plan, counted from 1.' }),
  revision: noted(text().min(1), {
    description: 'The revision of the canary that was approved; an approval of another one does not count.',
    accepted: "the canary's revision, as the release's status tells it",
    maxLength: 64,
  }),
});

/** Loudly not a flag: who skips evidence says for what, and why. */
const byHand = z.strictObject({
  revision: noted(text().min(1), {
    description: 'The revision of the canary that is promoted by hand; an order for another one does not count.',
    accepted: "the canary's revision, as the release's status tells it",
    maxLength: 64,
  }),
  reason: noted(text().min(1), {
    description: 'Why it need not show evidence; stands in the history and in the report.',
    accepted: 'one sentence',
    maxLength: 512,
  }),
});

export const releaseSpecSchema = z.strictObject({
  service: noted(objectName(), {
    description: 'The Service whose version is replaced; also the Istio host.',
    maxLength: 63,
  }),
  canary: deployment('The version being tried.'),
  stable: optional(
    deployment('The version users have; without it, the one that holds the weight when the release is accepted.'),
  ),
  policy: optional(
    noted(objectName(), {
      description: "Name of a ReleasePolicy in the same namespace; or write the policy's fields inline.",
    }),
  ),
  ...policyFields,
  plan: optional(policyFields.plan),
  gates: optional(gatesSchema),
  paused: optional(noted(flag(), { description: 'Hold the release; protections stay armed.', default: '`false`' })),
  approved: optional(noted(list(approval), { description: 'The steps a person has approved.', maxItems: 32 })),
  aborted: optional(noted(flag(), { description: 'Roll back.', default: '`false`' })),
  promoted: optional(
    noted(byHand, {
      description: 'Promote by hand: no step waits for its time, its evidence or an approval. Protections stay armed.',
    }),
  ),
});

export const releaseSchema = z.strictObject({
  apiVersion: z.literal(SERIN_VERSION),
  kind: z.literal('Release'),
  metadata: metadataSchema,
  spec: releaseSpecSchema,
  status: optional(anything()),
});

export const releasePolicySchema = z.strictObject({
  apiVersion: z.literal(SERIN_VERSION),
  kind: z.literal('ReleasePolicy'),
  metadata: metadataSchema,
  spec: policySpecSchema,
});

/** The user's YAML: validated, not transformed. */
export type ReleaseSpec = Shape<typeof releaseSpecSchema>;

/** Loose here; the room release/ owns what stands in it. */
export type ReleaseStatus = Readonly<Record<string, unknown>>;

export interface Release<Status = ReleaseStatus> extends KubeObject<ReleaseSpec, Status> {
  readonly kind: 'Release';
  readonly spec: ReleaseSpec;
}

export interface ReleasePolicy extends KubeObject<ReleasePolicySpec, never> {
  readonly kind: 'ReleasePolicy';
  readonly spec: ReleasePolicySpec;
}
