// The schema of metadata, the same for every kind.
// Never checks names against other objects. Called by the schemas of kinds.
import * as z from 'zod';
import { anything, flag, integer, list, noted, optional, ruled, strings, text } from './shape.ts';

const MAX_NAME = 253;
const DNS_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** RFC 1123 subdomain, as the API server demands of nearly every name. */
export const objectName = () =>
  noted(
    ruled(
      (value) => (value.length <= MAX_NAME && DNS_NAME.test(value) ? undefined : 'not a valid name'),
      'lower-case letters, digits, `-` and `.`, at most 253 characters',
    ),
    { maxLength: MAX_NAME, pattern: DNS_NAME.source },
  );

const ownerReference = z.strictObject({
  apiVersion: text(),
  kind: text(),
  name: text(),
  uid: text(),
  controller: optional(flag()),
  blockOwnerDeletion: optional(flag()),
});

export const metadataSchema = z.strictObject({
  name: objectName(),
  namespace: optional(objectName()),
  labels: optional(strings()),
  annotations: optional(strings()),
  finalizers: optional(list(text())),
  ownerReferences: optional(list(ownerReference)),
  uid: optional(text()),
  resourceVersion: optional(text()),
  generation: optional(integer()),
  creationTimestamp: optional(text()),
  deletionTimestamp: optional(text()),
  deletionGracePeriodSeconds: optional(integer()),
  generateName: optional(text()),
  managedFields: optional(list(anything())),
  selfLink: optional(text()),
});
