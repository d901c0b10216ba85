// The kinds that Serin knows, each with its versions, its names and its schema; and the one strict validation of an object.
// Never looks at a second object (lint/ does). Called by load.ts, by the object server, and by crd.ts for Serin's own kinds.
import type * as z from 'zod';
import type { Problem } from '../lib/problem.ts';
import { approvalSchema } from './approval.ts';
import {
  autoscalerSchema,
  ENVOY_FILTER_VERSIONS,
  endpointSliceSchema,
  envoyFilterSchema,
  eventSchema,
  gatewaySchema,
  leaseSchema,
  nodeSchema,
  peerAuthenticationSchema,
  replicaSetSchema,
  resourceQuotaSchema,
  SECURITY_VERSIONS,
  sidecarSchema,
} from './cluster-kinds.ts';
import { releasePolicySchema, releaseSchema, SERIN_VERSION } from './contract.ts';
import { fixedProblems, givenProblems } from './fixed.ts';
import { destinationRuleSchema, ISTIO_VERSIONS, virtualServiceSchema } from './istio.ts';
import {
  configMapSchema,
  deploymentSchema,
  namespaceSchema,
  podSchema,
  secretSchema,
  serviceSchema,
} from './kubernetes.ts';
import { limitProblems } from './limits.ts';
import { DEFAULT_NAMESPACE } from './object.ts';
import { formatPath, isMap, valueAt } from './path.ts';
import { describe, type FieldProblem, schemaProblems, toProblem, withoutEchoes } from './problems.ts';
import { policyRules, releaseRules } from './rules.ts';
import { shapeOf } from './schema-walk.ts';
import { closest } from './suggest.ts';

export interface Kind {
  readonly kind: string;
  /** All that are served; the first is the one Serin writes. */
  readonly apiVersions: readonly string[];
  readonly plural: string;
  readonly namespaced: boolean;
  /** Whether status is written apart from the rest. */
  readonly hasStatus: boolean;
  readonly schema: z.ZodObject;
  /** Rules between fields; told together with what the schema finds. */
  readonly rules?: (object: unknown) => readonly FieldProblem[];
  /** Kubernetes' built-in kinds read `null` as "left out". */
  readonly nullIsAbsent: boolean;
  /** Made by the cluster for itself: nobody writes it to a file. */
  readonly internal?: true;
}

const builtIn = (schema: z.ZodObject, kind: string, plural: string, apiVersion: string, hasStatus: boolean): Kind => ({
  kind,
  apiVersions: [apiVersion],
  plural,
  namespaced: kind !== 'Namespace' && kind !== 'Node',
  hasStatus,
  schema,
  nullIsAbsent: true,
});

const custom = { namespaced: true, nullIsAbsent: false } as const;

const internal = (schema: z.ZodObject, kind: string, plural: string, apiVersion: string, hasStatus: boolean): Kind => ({
  ...builtIn(schema, kind, plural, apiVersion, hasStatus),
  internal: true,
});

const istio = (schema: z.ZodObject, kind: string, plural: string, apiVersions: readonly string[]): Kind => ({
  ...custom,
  kind,
  apiVersions,
  plural,
  hasStatus: true,
  schema,
});

export const kinds: Readonly<Record<string, Kind>> = {
  Release: {
    ...custom,
    kind: 'Release',
    apiVersions: [SERIN_VERSION],
    plural: 'releases',
    hasStatus: true,
    schema: releaseSchema,
    rules: releaseRules,
  },
  ReleasePolicy: {
    ...custom,
    kind: 'ReleasePolicy',
    apiVersions: [SERIN_VERSION],
    plural: 'releasepolicies',
    hasStatus: false,
    schema: releasePolicySchema,
    rules: policyRules,
  },
  VirtualService: istio(virtualServiceSchema, 'VirtualService', 'virtualservices', ISTIO_VERSIONS),
  DestinationRule: istio(destinationRuleSchema, 'DestinationRule', 'destinationrules', ISTIO_VERSIONS),
  Gateway: istio(gatewaySchema, 'Gateway', 'gateways', ISTIO_VERSIONS),
  Sidecar: istio(sidecarSchema, 'Sidecar', 'sidecars', ISTIO_VERSIONS),
  EnvoyFilter: istio(envoyFilterSchema, 'EnvoyFilter', 'envoyfilters', ENVOY_FILTER_VERSIONS),
  PeerAuthentication: istio(peerAuthenticationSchema, 'PeerAuthentication', 'peerauthentications', SECURITY_VERSIONS),
  Deployment: builtIn(deploymentSchema, 'Deployment', 'deployments', 'apps/v1', true),
  Service: builtIn(serviceSchema, 'Service', 'services', 'v1', true),
  Pod: builtIn(podSchema, 'Pod', 'pods', 'v1', true),
  ConfigMap: builtIn(configMapSchema, 'ConfigMap', 'configmaps', 'v1', false),
  Secret: builtIn(secretSchema, 'Secret', 'secrets', 'v1', false),
  Approval: {
    ...custom,
    kind: 'Approval',
    apiVersions: [SERIN_VERSION],
    plural: 'approvals',
    hasStatus: false,
    schema: approvalSchema,
  },
  Namespace: builtIn(namespaceSchema, 'Namespace', 'namespaces', 'v1', true),
  HorizontalPodAutoscaler: builtIn(
    autoscalerSchema,
    'HorizontalPodAutoscaler',
    'horizontalpodautoscalers',
    'autoscaling/v2',
    true,
  ),
  ResourceQuota: builtIn(resourceQuotaSchema, 'ResourceQuota', 'resourcequotas', 'v1', true),
  Lease: internal(leaseSchema, 'Lease', 'leases', 'coordination.k8s.io/v1', false),
  Event: internal(eventSchema, 'Event', 'events', 'events.k8s.io/v1', false),
  EndpointSlice: internal(endpointSliceSchema, 'EndpointSlice', 'endpointslices', 'discovery.k8s.io/v1', false),
  ReplicaSet: internal(replicaSetSchema, 'ReplicaSet', 'replicasets', 'apps/v1', true),
  Node: internal(nodeSchema, 'Node', 'nodes', 'v1', true),
};

export const kindOf = (name: unknown): Kind | undefined =>
  typeof name === 'string' && Object.hasOwn(kinds, name) ? kinds[name] : undefined;

/** `Release/prod/checkout`, from a value that need not be valid. */
export function nameOf(object: unknown): string {
  const namespace = valueAt(object, ['metadata', 'namespace']);
  const parts = [
    valueAt(object, ['kind']),
    namespace === undefined || namespace === null ? DEFAULT_NAMESPACE : namespace,
    valueAt(object, ['metadata', 'name']),
  ];
  return parts.map((part) => (typeof part === 'string' && part !== '' ? part : '?')).join('/');
}

/** All problems of one value that claims to be an object of a known kind. */
function fieldProblems(object: unknown): readonly FieldProblem[] {
  if (!isMap(object))
    return [
      {
        code: 'SRN1004',
        path: [],
        message: 'not an object',
        found: describe(object),
        accepted: 'a map with apiVersion, kind, metadata',
      },
    ];
  const kind = kindOf(object['kind']);
  if (kind === undefined) return [unknownKind(object['kind'])];
  const value = normalise(object, kind);
  const found = withoutEchoes([...schemaProblems(kind.schema, value), ...(kind.rules?.(value) ?? [])]);
  const told = new Set(found.map((problem) => formatPath(problem.path)));
  return [...found, ...tooLong(kind, value).filter((problem) => !told.has(formatPath(problem.path)))];
}

/** As `fieldProblems`, for a file: what only a cluster makes for itself is no manifest. */
export function manifestProblems(object: unknown): readonly FieldProblem[] {
  const kind = valueAt(object, ['kind']);
  return kindOf(kind)?.internal === true ? [unknownKind(kind)] : fieldProblems(object);
}

/** Only Serin's own kinds have bounds of Serin's. */
function tooLong({ apiVersions, schema }: Kind, value: unknown): readonly FieldProblem[] {
  const spec = shapeOf(schema)['spec'];
  if (!apiVersions.includes(SERIN_VERSION) || spec === undefined) return [];
  return limitProblems(spec, valueAt(value, ['spec'])).map((problem) => ({
    ...problem,
    path: ['spec', ...problem.path],
  }));
}

function unknownKind(kind: unknown): FieldProblem {
  const names = Object.keys(kinds).filter((name) => kinds[name]?.internal !== true);
  if (typeof kind !== 'string')
    return {
      code: 'SRN1005',
      path: ['kind'],
      message: '`kind` is missing',
      found: describe(kind),
      accepted: names.join(', '),
    };
  const near = closest(kind, names);
  const message =
    near === undefined ? 'this kind is not supported' : `this kind is not supported; did you mean \`${near}\`?`;
  return { code: 'SRN1006', path: ['kind'], message, found: describe(kind), accepted: names.join(', ') };
}

/**
 * All problems of one object, for a server that accepts nothing unknown; with `previous`, the object as it stood, also those
 * of the change.
 */
export const validate = (object: unknown, previous?: unknown): readonly Problem[] => {
  const name = nameOf(object);
  const changed = changeProblems(valueAt(object, ['kind']), previous, object);
  return [...fieldProblems(object), ...changed].map((problem) => toProblem(problem, name));
};

function changeProblems(kind: unknown, previous: unknown, object: unknown): readonly FieldProblem[] {
  if (kind === 'Release') return fixedProblems(previous, object);
  return kind === 'Approval' && previous !== undefined ? givenProblems(previous, object) : [];
}

/** The object as the API server would keep it: in metadata, `null` is "left out" for every kind. */
export function normalise(object: Readonly<Record<string, unknown>>, kind: Kind): unknown {
  const { metadata, ...rest } = object;
  const outer = asJson(rest, kind.nullIsAbsent);
  if (metadata === undefined || !isMap(outer)) return outer;
  const { apiVersion, kind: name, ...inner } = outer;
  return { apiVersion, kind: name, metadata: asJson(metadata, true), ...inner };
}

/** As it would go over the wire: keys without a value are left out, and `null` where that means the same. */
function asJson(value: unknown, nullIsAbsent: boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => asJson(item, nullIsAbsent));
  if (!isMap(value)) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined && !(nullIsAbsent && inner === null));
  return Object.fromEntries(entries.map(([key, inner]) => [key, asJson(inner, nullIsAbsent)]));
}
