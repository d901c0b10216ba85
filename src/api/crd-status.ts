// What a CRD has beyond its spec: the columns that kubectl prints, and the bounds of a release's status.
// Never the meaning of status (release/status.ts has it). Called by crd.ts.
import type { SchemaNode } from './crd-node.ts';

export const AGE = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

export const RELEASE_COLUMNS = [
  { name: 'Service', type: 'string', jsonPath: '.spec.service' },
  { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
  { name: 'Step', type: 'string', jsonPath: '.status.steps[-1:].kind' },
  { name: 'Traffic', type: 'string', jsonPath: '.status.steps[-1:].traffic' },
  { name: 'Holding', type: 'string', jsonPath: '.status.holding.reason' },
  AGE,
];

export const APPROVAL_COLUMNS = [
  { name: 'Release', type: 'string', jsonPath: '.spec.release' },
  { name: 'Step', type: 'integer', jsonPath: '.spec.step' },
  { name: 'Revision', type: 'string', jsonPath: '.spec.revision' },
  { name: 'By', type: 'string', jsonPath: '.spec.by' },
  AGE,
];

const open = { 'x-kubernetes-preserve-unknown-fields': true } as const;
const records = (maxItems: number): SchemaNode => ({ type: 'array', maxItems, items: { type: 'object', ...open } });

/** What stands in status is the controller's; named is what a column or a rule reads, and every list, with its bound. */
export const STATUS: SchemaNode = {
  type: 'object',
  description: 'Written by Serin.',
  ...open,
  properties: {
    phase: { type: 'string', maxLength: 32 },
    accepted: { type: 'object', ...open },
    holding: { type: 'object', ...open, properties: { reason: { type: 'string', maxLength: 64 } } },
    steps: {
      type: 'array',
      maxItems: 64,
      items: {
        type: 'object',
        ...open,
        properties: { kind: { type: 'string', maxLength: 16 }, traffic: { type: 'string', maxLength: 16 } },
      },
    },
    gates: records(64),
    history: records(128),
    problems: records(256),
    conditions: {
      type: 'array',
      maxItems: 16,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['type'],
      items: {
        type: 'object',
        required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
        properties: {
          type: { type: 'string', maxLength: 64 },
          status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
          reason: { type: 'string', maxLength: 64 },
          message: { type: 'string', maxLength: 32_768 },
          lastTransitionTime: { type: 'string', maxLength: 32 },
          observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
        },
      },
    },
  },
};
