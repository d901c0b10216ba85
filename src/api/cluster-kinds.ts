// The kinds that a cluster has around a release (leases, autoscalers, events, …): what Serin reads of each, the rest as it comes.
// Never decides what one machine can run (rehearsal refuses these by name). Registered in kinds.ts.
// Source: Kubernetes coordination/v1, autoscaling/v2, events/v1, discovery/v1, apps/v1, core/v1; Istio networking and security APIs.
import * as z from 'zod';
import { ISTIO_VERSIONS } from './istio.ts';
import { metadataSchema } from './metadata.ts';
import type { KubeObject } from './object.ts';
import { anything, count, flag, integer, list, optional, type Shape, strings, text } from './shape.ts';

export const SECURITY_VERSIONS = ['security.istio.io/v1', 'security.istio.io/v1beta1'] as const;
export const ENVOY_FILTER_VERSIONS = ['networking.istio.io/v1alpha3'] as const;

const kind = <Spec extends z.ZodType>(versions: readonly [string, ...string[]], name: string, spec: Spec) =>
  z.looseObject({
    apiVersion: z.enum(versions),
    kind: z.literal(name),
    metadata: metadataSchema,
    spec,
    status: optional(anything()),
  });

const leaseSpec = z.looseObject({
  holderIdentity: optional(text()),
  leaseDurationSeconds: optional(integer()),
  /** metav1.MicroTime: RFC 3339 with six digits of a second. */
  acquireTime: optional(text()),
  renewTime: optional(text()),
  leaseTransitions: optional(integer()),
});

const autoscalerSpec = z.looseObject({
  scaleTargetRef: z.looseObject({ apiVersion: optional(text()), kind: text(), name: text() }),
  minReplicas: optional(count()),
  maxReplicas: count(),
});

const gatewaySpec = z.looseObject({
  selector: optional(strings()),
  servers: optional(
    list(z.looseObject({ port: optional(anything()), hosts: optional(list(text())), tls: optional(anything()) })),
  ),
});

const workloadSelector = z.looseObject({ labels: optional(strings()) });
const sidecarSpec = z.looseObject({ workloadSelector: optional(workloadSelector), egress: optional(list(anything())) });
const peerAuthenticationSpec = z.looseObject({
  selector: optional(z.looseObject({ matchLabels: optional(strings()) })),
  mtls: optional(z.looseObject({ mode: optional(text()) })),
});
const envoyFilterSpec = z.looseObject({
  workloadSelector: optional(workloadSelector),
  configPatches: optional(list(anything())),
});

const replicaSetSpec = z.looseObject({ replicas: optional(count()), template: optional(anything()) });

export const leaseSchema = kind(['coordination.k8s.io/v1'], 'Lease', optional(leaseSpec));
export const autoscalerSchema = kind(['autoscaling/v2'], 'HorizontalPodAutoscaler', autoscalerSpec);
export const nodeSchema = kind(['v1'], 'Node', optional(anything()));
export const replicaSetSchema = kind(['apps/v1'], 'ReplicaSet', optional(replicaSetSpec));
export const resourceQuotaSchema = kind(['v1'], 'ResourceQuota', optional(anything()));
export const gatewaySchema = kind(ISTIO_VERSIONS, 'Gateway', gatewaySpec);
export const sidecarSchema = kind(ISTIO_VERSIONS, 'Sidecar', optional(sidecarSpec));
export const envoyFilterSchema = kind(ENVOY_FILTER_VERSIONS, 'EnvoyFilter', envoyFilterSpec);
export const peerAuthenticationSchema = kind(SECURITY_VERSIONS, 'PeerAuthentication', optional(peerAuthenticationSpec));

/** Without a spec of its own: its fields stand beside metadata. */
export const eventSchema = z.looseObject({
  apiVersion: z.literal('events.k8s.io/v1'),
  kind: z.literal('Event'),
  metadata: metadataSchema,
  eventTime: optional(text()),
  type: optional(text()),
  reason: optional(text()),
  action: optional(text()),
  note: optional(text()),
  regarding: optional(anything()),
  related: optional(anything()),
  reportingController: optional(text()),
  reportingInstance: optional(text()),
});

export const endpointSliceSchema = z.looseObject({
  apiVersion: z.literal('discovery.k8s.io/v1'),
  kind: z.literal('EndpointSlice'),
  metadata: metadataSchema,
  addressType: text(),
  endpoints: optional(
    z.nullable(
      list(
        z.looseObject({
          addresses: list(text()),
          conditions: optional(z.looseObject({ ready: optional(flag()) })),
          targetRef: optional(anything()),
        }),
      ),
    ),
  ),
});

export interface Lease extends KubeObject<Shape<typeof leaseSpec>> {
  readonly kind: 'Lease';
}
export interface HorizontalPodAutoscaler extends KubeObject<Shape<typeof autoscalerSpec>> {
  readonly kind: 'HorizontalPodAutoscaler';
  readonly spec: Shape<typeof autoscalerSpec>;
}
export interface Gateway extends KubeObject<Shape<typeof gatewaySpec>> {
  readonly kind: 'Gateway';
  readonly spec: Shape<typeof gatewaySpec>;
}
export interface Sidecar extends KubeObject<Shape<typeof sidecarSpec>> {
  readonly kind: 'Sidecar';
}
export interface PeerAuthentication extends KubeObject<Shape<typeof peerAuthenticationSpec>> {
  readonly kind: 'PeerAuthentication';
}
export interface EnvoyFilter extends KubeObject<Shape<typeof envoyFilterSpec>> {
  readonly kind: 'EnvoyFilter';
}
export type Event = Shape<typeof eventSchema> & KubeObject;
