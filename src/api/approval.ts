// The kind Approval: one person's yes to one step of one release, for one revision of the canary. Kubernetes vouches for the author.
// Never decides whether it counts (release/ does, by step and revision). Registered in kinds.ts; made by `serin approve`.
import * as z from 'zod';
import { metadataSchema, objectName } from './metadata.ts';
import type { KubeObject } from './object.ts';
import { count, noted, type Shape, text } from './shape.ts';
import { SERIN_VERSION } from './version.ts';

export const approvalSpecSchema = z.strictObject({
  release: noted(objectName(), { description: 'Name of the Release in the same namespace.', maxLength: 253 }),
  step: noted(count().min(1).max(33), { description: 'Which step of the plan is approved, counted from 1.' }),
  revision: noted(text().min(1), {
    description: 'The revision of the canary that was approved; an approval of another one does not count.',
    accepted: "the canary's revision, as `serin status RELEASE` tells it",
    maxLength: 64,
  }),
  by: noted(text().min(1), {
    description: 'Who approves: the name by which Kubernetes knows whoever creates the object; any other is refused.',
    accepted: 'the name that `kubectl auth whoami` tells',
    maxLength: 256,
  }),
});

export const approvalSchema = z.strictObject({
  apiVersion: z.literal(SERIN_VERSION),
  kind: z.literal('Approval'),
  metadata: metadataSchema,
  spec: approvalSpecSchema,
});

export type ApprovalSpec = Shape<typeof approvalSpecSchema>;

export interface Approval extends KubeObject<ApprovalSpec, never> {
  readonly kind: 'Approval';
  readonly spec: ApprovalSpec;
}

const NAME = 'approvals.serin.dev';

/**
 * A ValidatingAdmissionPolicy and its binding: an Approval is created under its author's own name or not at all. That it
 * never changes afterwards is a rule of its CRD.
 * Source: Kubernetes, "Validating Admission Policy" (admissionregistration.k8s.io/v1, from 1.30).
 */
export function approvalAdmission(): readonly KubeObject[] {
  const [group = '', version = ''] = SERIN_VERSION.split('/');
  const apiVersion = 'admissionregistration.k8s.io/v1';
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name: NAME },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [
            { apiGroups: [group], apiVersions: [version], operations: ['CREATE'], resources: ['approvals'] },
          ],
        },
        validations: [
          {
            expression: 'object.spec.by == request.userInfo.username',
            messageExpression: "'spec.by must be ' + request.userInfo.username + ', who creates the approval'",
            reason: 'Forbidden',
          },
        ],
      },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: NAME },
      spec: { policyName: NAME, validationActions: ['Deny'] },
    },
  ];
}
