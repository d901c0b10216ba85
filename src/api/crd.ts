// The structural CustomResourceDefinitions of Serin's own kinds, generated from the same schemas that read files.
// Never holds a field of its own but status and printer columns. Called by `serin crd` and by the reference of a cluster's install.
// Source: Kubernetes, "Specifying a structural schema" and "Validation rules" (CEL).
import * as z from 'zod';
import { releaseSpecSchema, SERIN_VERSION } from './contract.ts';
import { CHANGEABLE } from './fixed.ts';
import { policySpecSchema, STEP_KINDS, stepSchema } from './policy.ts';
import { isLoose, limitsOf, shapeOf, unwrap } from './schema-walk.ts';
import { notesOf } from './shape.ts';

/** One node of an OpenAPI v3 schema as a CRD may hold it. */
export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode;
  readonly items?: SchemaNode;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-validations'?: readonly Rule[];
}

/** A CEL rule; the API server refuses what does not hold, with the message. */
interface Rule {
  readonly rule: string;
  readonly message: string;
}

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

/** Both CRDs, ready to be written as YAML or applied. */
export function customResourceDefinitions(): readonly CustomResourceDefinition[] {
  const release = definition({
    kind: 'Release',
    plural: 'releases',
    shortNames: ['rel'],
    columns: RELEASE_COLUMNS,
    subresources: { status: {} },
    schema: {
      ...root('A release replaces the stable version of one service by a canary version.', {
        spec: { ...structural(releaseSpecSchema), 'x-kubernetes-validations': RELEASE_RULES },
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
      spec: structural(policySpecSchema),
    }),
  });
  return [release, policy];
}

const AGE = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

const RELEASE_COLUMNS = [
  { name: 'Service', type: 'string', jsonPath: '.spec.service' },
  { name: 'Phase', type: 'string', jsonPath: '.status.phase' },
  { name: 'Step', type: 'string', jsonPath: '.status.steps[-1:].kind' },
  { name: 'Traffic', type: 'string', jsonPath: '.status.steps[-1:].traffic' },
  AGE,
];

/** What stands in status is the controller's; `phase` and `accepted` are named because a column and a rule read them. */
const STATUS: SchemaNode = {
  type: 'object',
  description: 'Written by Serin.',
  'x-kubernetes-preserve-unknown-fields': true,
  properties: {
    phase: { type: 'string', maxLength: 32 },
    accepted: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};

const RELEASE_RULES: readonly Rule[] = [
  {
    rule: 'has(self.policy) != has(self.plan)',
    message: "either policy names a ReleasePolicy, or the policy's fields stand inline with a plan",
  },
  {
    rule: '!has(self.policy) || !(has(self.metrics) || has(self.minRequests) || has(self.deadline) || has(self.onInconclusive) || has(self.cleanup))',
    message: 'beside a policy only gates may stand',
  },
  {
    rule: '!has(self.stable) || self.stable.deployment != self.canary.deployment',
    message: 'stable and canary are two Deployments',
  },
];

const STEP_RULES: readonly Rule[] = [
  {
    rule: `[${STEP_KINDS.map((kind) => `has(self.${kind})`).join(', ')}].filter(x, x).size() == 1`,
    message: `a step has exactly one kind: ${STEP_KINDS.join(', ')}`,
  },
];

/** A transition rule: it is asked only when an object is replaced. */
function fixedOnceAccepted(): Rule {
  const shape = shapeOf(releaseSpecSchema);
  const same = Object.entries(shape)
    .filter(([field]) => !CHANGEABLE.includes(field))
    .map(([field, schema]) => {
      const [is, was] = [`self.spec.${field}`, `oldSelf.spec.${field}`];
      return isOptional(schema) ? `has(${is}) == has(${was}) && (!has(${is}) || ${is} == ${was})` : `${is} == ${was}`;
    });
  return {
    rule: `!has(oldSelf.status) || !has(oldSelf.status.accepted) || (${same.join(' && ')})`,
    message: `once accepted, only ${CHANGEABLE.join(', ')} may change`,
  };
}

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

const isOptional = (schema: z.ZodType): boolean => unwrap(schema) !== schema;

/** One schema as a structural node: typed, bounded, without anyOf, oneOf or additionalProperties: false. */
export function structural(outer: z.ZodType): SchemaNode {
  const schema = unwrap(outer);
  const { description } = notesOf(schema);
  return { ...(description === undefined ? {} : { description }), ...shapeNode(schema) };
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
  // A value of one type or another cannot be typed structurally; its bounds hold for whichever it is.
  if (schema instanceof z.ZodUnion) return { 'x-kubernetes-preserve-unknown-fields': true, maxLength, maxItems };
  throw new TypeError(`no structural form for a schema of type ${schema.type}`);
}

function objectNode(schema: z.ZodObject): SchemaNode {
  if (isLoose(schema)) return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const fields = Object.entries(shapeOf(schema));
  const required = fields.filter(([, field]) => !isOptional(field)).map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(fields.map(([name, field]) => [name, structural(field)])),
    ...(required.length === 0 ? {} : { required }),
    ...(schema === stepSchema ? { 'x-kubernetes-validations': STEP_RULES } : {}),
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
  const minimum =
    minValue === null || !Number.isSafeInteger(minValue) || minValue <= -MOST ? {} : { minimum: minValue };
  const maximum = maxValue === null || !Number.isSafeInteger(maxValue) || maxValue >= MOST ? {} : { maximum: maxValue };
  return format === null
    ? { type: 'number', ...minimum, ...maximum }
    : { type: 'integer', format: 'int64', ...minimum, ...maximum };
}

const MOST = Number.MAX_SAFE_INTEGER;
