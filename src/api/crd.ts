// The structural CustomResourceDefinitions of Serin's own kinds, generated from the same schemas that read files.
// Never holds a field of its own: rules are in crd-rules.ts, status and columns in crd-status.ts. Called by `serin crd` and by the reference of a cluster's install.
// Source: Kubernetes, "Specifying a structural schema" and "Validation rules" (CEL).
import * as z from 'zod';
import { approvalSpecSchema } from './approval.ts';
import { releaseSpecSchema, SERIN_VERSION } from './contract.ts';
import type { SchemaNode } from './crd-node.ts';
import {
  APPROVAL_RULES,
  DEADLINE_RULES,
  fixedOnceAccepted,
  GATE_RULES,
  isOptional,
  PLAN_RULES,
  POINTS_RULES,
  RELEASE_RULES,
  type Rule,
  SHARE_RULES,
  SPAN_RULES,
  STEP_RULES,
  TOLERANCE_RULES,
} from './crd-rules.ts';
import { AGE, APPROVAL_COLUMNS, RELEASE_COLUMNS, STATUS } from './crd-status.ts';
import { gatesSchema, toleranceSchema } from './gates.ts';
import { policyFields, policySpecSchema, stepSchema } from './policy.ts';
import { isLoose, limitsOf, shapeOf, unwrap } from './schema-walk.ts';
import { notesOf } from './shape.ts';

export type { SchemaNode } from './crd-node.ts';

export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1';
  readonly kind: 'CustomResourceDefinition';
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced';
    readonly names: Readonly<Record<string, unknown>>;
    readonly versions: readonly Readonly<Record<string, unknown>>[];
  };
}

/** All CRDs, ready to be written as YAML or applied. */
export function customResourceDefinitions(): readonly CustomResourceDefinition[] {
  const release = definition({
    kind: 'Release',
    plural: 'releases',
    shortNames: ['rel'],
    columns: RELEASE_COLUMNS,
    subresources: { status: {} },
    schema: {
      ...root('A release replaces the stable version of one service by a canary version.', {
        spec: withRules(structural(releaseSpecSchema), [...RELEASE_RULES, ...DEADLINE_RULES]),
        status: STATUS,
      }),
      'x-kubernetes-validations': [fixedOnceAccepted()],
    },
  });
  const policy = definition({
    kind: 'ReleasePolicy',
    plural: 'releasepolicies',
    shortNames: ['relpol'],
    columns: [AGE],
    schema: root("A release policy is a plan with its gates, copied into a release's status when it starts.", {
      spec: withRules(structural(policySpecSchema), DEADLINE_RULES),
    }),
  });
  const approval = definition({
    kind: 'Approval',
    plural: 'approvals',
    shortNames: [],
    columns: APPROVAL_COLUMNS,
    schema: root("An approval is one person's yes to one step of one release, for one revision of the canary.", {
      spec: withRules(structural(approvalSpecSchema), APPROVAL_RULES),
    }),
  });
  return [release, policy, approval];
}

const withRules = (node: SchemaNode, rules: readonly Rule[]): SchemaNode => ({
  ...node,
  'x-kubernetes-validations': rules,
});

interface Definition {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly columns: readonly Readonly<Record<string, string>>[];
  readonly subresources?: { readonly status: Readonly<Record<string, never>> };
  readonly schema: SchemaNode;
}

function definition({ kind, plural, shortNames, columns, subresources, schema }: Definition): CustomResourceDefinition {
  const [group = '', name = ''] = SERIN_VERSION.split('/');
  const version = {
    name,
    served: true,
    storage: true,
    ...(subresources === undefined ? {} : { subresources }),
    additionalPrinterColumns: columns,
    schema: { openAPIV3Schema: schema },
  };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase(), shortNames, categories: ['serin'] },
      versions: [version],
    },
  };
}

/** apiVersion, kind and metadata are the API server's own: it bounds them itself, and refuses rules of ours there. */
const root = (description: string, properties: Readonly<Record<string, SchemaNode>>): SchemaNode => ({
  type: 'object',
  description,
  required: ['spec'],
  properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' }, ...properties },
});

/** One schema as a structural node: typed, bounded, without anyOf, oneOf or additionalProperties: false. */
export function structural(outer: z.ZodType): SchemaNode {
  const schema = unwrap(outer);
  const { description } = notesOf(schema);
  const rules = rulesOf(schema);
  return {
    ...(description === undefined ? {} : { description }),
    ...shapeNode(schema),
    ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': rules }),
  };
}

/** Rules that belong to a part of the schema, wherever it stands. */
function rulesOf(schema: z.ZodType): readonly Rule[] {
  if (schema === stepSchema) return STEP_RULES;
  if (schema === policyFields.plan) return PLAN_RULES;
  if (schema === gatesSchema) return GATE_RULES;
  if (schema === toleranceSchema) return TOLERANCE_RULES;
  switch (notesOf(schema).type) {
    case 'share':
      return SHARE_RULES;
    case 'points':
      return POINTS_RULES;
    case 'span':
      return SPAN_RULES;
    default:
      return [];
  }
}

function shapeNode(schema: z.ZodType): SchemaNode {
  const { maxLength, maxItems, maxProperties } = limitsOf(schema);
  if (schema instanceof z.ZodString) return { type: 'string', maxLength, ...textRules(schema) };
  if (schema instanceof z.ZodEnum) return { type: 'string', enum: schema.options };
  if (schema instanceof z.ZodLiteral) return { type: 'string', enum: [...schema.values] };
  if (schema instanceof z.ZodBoolean) return { type: 'boolean' };
  if (schema instanceof z.ZodNumber) return numberNode(schema);
  if (schema instanceof z.ZodArray)
    return { type: 'array', items: structural(schema.def.element as z.ZodType), maxItems, ...minItems(schema) };
  if (schema instanceof z.ZodRecord)
    return { type: 'object', additionalProperties: structural(schema.def.valueType as z.ZodType), maxProperties };
  if (schema instanceof z.ZodObject) return objectNode(schema);
  if (schema instanceof z.ZodUnion && isNumberOrText(schema)) return { 'x-kubernetes-int-or-string': true, maxLength };
  // A value of one type or another cannot be typed structurally; its bounds hold for whichever it is.
  if (schema instanceof z.ZodUnion) return { 'x-kubernetes-preserve-unknown-fields': true, maxLength, maxItems };
  throw new TypeError(`no structural form for a schema of type ${schema.type}`);
}

/** Where texts have units and numbers none; the numbers of the contract are whole ones there. */
const isNumberOrText = ({ def }: z.ZodUnion): boolean =>
  def.options.every((option) => option instanceof z.ZodNumber || option instanceof z.ZodString);

function objectNode(schema: z.ZodObject): SchemaNode {
  if (isLoose(schema)) return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const fields = Object.entries(shapeOf(schema));
  const required = fields.filter(([, field]) => !isOptional(field)).map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, field]) => [name, structural(field)])),
    ...(required.length === 0 ? {} : { required }),
  };
}

const textRules = (schema: z.ZodString): SchemaNode => {
  const { pattern } = notesOf(schema);
  const least = minOf(schema);
  return { ...(pattern === undefined ? {} : { pattern }), ...(least === undefined ? {} : { minLength: least }) };
};

const minItems = (schema: z.ZodArray): SchemaNode => {
  const least = minOf(schema);
  return least === undefined ? {} : { minItems: least };
};

function minOf(schema: z.ZodType): number | undefined {
  const least = (schema.def.checks ?? []).map((check) => check._zod.def).find((def) => def.check === 'min_length');
  return (least as z.core.$ZodCheckMinLengthDef | undefined)?.minimum;
}

function numberNode(schema: z.ZodNumber): SchemaNode {
  const { minValue, maxValue, format } = schema;
  const least =
    minValue === null || !Number.isSafeInteger(minValue) || minValue <= -MOST
      ? {}
      : { minimum: minValue, ...(isExclusive(schema, 'greater_than') ? { exclusiveMinimum: true as const } : {}) };
  const most =
    maxValue === null || !Number.isSafeInteger(maxValue) || maxValue >= MOST
      ? {}
      : { maximum: maxValue, ...(isExclusive(schema, 'less_than') ? { exclusiveMaximum: true as const } : {}) };
  return format === null
    ? { type: 'number', ...least, ...most }
    : { type: 'integer', format: 'int64', ...least, ...most };
}

/** Whether the bound itself is refused. */
const isExclusive = (schema: z.ZodNumber, check: 'greater_than' | 'less_than'): boolean =>
  (schema.def.checks ?? []).some(
    ({ _zod: { def } }) => def.check === check && (def as { inclusive?: boolean }).inclusive === false,
  );

const MOST = Number.MAX_SAFE_INTEGER;
