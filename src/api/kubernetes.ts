// The kinds of Kubernetes that a release touches, as strict schemas, and the types that follow from them.
// Never decides what can run on one machine (the kubelet refuses by name). Imported by kubelet, objects, lint, controller.
// Source: kubernetes/api apps/v1 and core/v1.
import * as z from 'zod';
import { metadataSchema } from './metadata.ts';
import type { KubeObject, ObjectMeta } from './object.ts';
import { type PodSpec, type PodStatus, podSpec, podStatus } from './pod.ts';
import {
  anything,
  count,
  flag,
  intOrPortName,
  list,
  optional,
  podCount,
  port,
  type Shape,
  strings,
  text,
} from './shape.ts';

export type {
  Container,
  ContainerPort,
  ContainerStatus,
  EnvFromSource,
  EnvVar,
  HTTPGetAction,
  LifecycleHandler,
  PodCondition,
  PodSpec,
  PodStatus,
  Probe,
  ResourceRequirements,
} from './pod.ts';

const labelSelector = z.strictObject({
  matchLabels: optional(strings()),
  matchExpressions: optional(
    list(
      z.strictObject({
        key: text(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: optional(list(text())),
      }),
    ),
  ),
});

/** A template's metadata needs no name. */
const templateMetadata = metadataSchema.partial({ name: true }).extend({ name: optional(text()) });
const podTemplateSpec = z.strictObject({ metadata: optional(templateMetadata), spec: podSpec });

const deploymentSpec = z.strictObject({
  selector: labelSelector,
  template: podTemplateSpec,
  replicas: optional(count()),
  strategy: optional(
    z.strictObject({
      type: optional(z.enum(['RollingUpdate', 'Recreate'])),
      rollingUpdate: optional(z.strictObject({ maxSurge: optional(podCount()), maxUnavailable: optional(podCount()) })),
    }),
  ),
  minReadySeconds: optional(count()),
  revisionHistoryLimit: optional(count()),
  progressDeadlineSeconds: optional(count()),
  paused: optional(flag()),
});

const deploymentStatus = z.looseObject({
  replicas: optional(count()),
  readyReplicas: optional(count()),
  availableReplicas: optional(count()),
  unavailableReplicas: optional(count()),
  updatedReplicas: optional(count()),
  observedGeneration: optional(count()),
  conditions: optional(list(anything())),
});

const servicePort = z.strictObject({
  port: port(),
  name: optional(text()),
  targetPort: optional(intOrPortName()),
  protocol: optional(z.enum(['TCP', 'UDP', 'SCTP'])),
  appProtocol: optional(text()),
  nodePort: optional(port()),
});

const serviceSpec = z.strictObject({
  selector: optional(strings()),
  ports: optional(list(servicePort)),
  type: optional(z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'])),
  clusterIP: optional(text()),
  clusterIPs: optional(list(text())),
  externalIPs: optional(list(text())),
  externalName: optional(text()),
  externalTrafficPolicy: optional(text()),
  internalTrafficPolicy: optional(text()),
  trafficDistribution: optional(text()),
  healthCheckNodePort: optional(port()),
  ipFamilies: optional(list(text())),
  ipFamilyPolicy: optional(text()),
  allocateLoadBalancerNodePorts: optional(flag()),
  loadBalancerClass: optional(text()),
  loadBalancerIP: optional(text()),
  loadBalancerSourceRanges: optional(list(text())),
  publishNotReadyAddresses: optional(flag()),
  sessionAffinity: optional(z.enum(['None', 'ClientIP'])),
  sessionAffinityConfig: optional(anything()),
});

export const deploymentSchema = z.strictObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('Deployment'),
  metadata: metadataSchema,
  spec: deploymentSpec,
  status: optional(deploymentStatus),
});

export const podSchema = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Pod'),
  metadata: metadataSchema,
  spec: podSpec,
  status: optional(podStatus),
});

export const serviceSchema = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Service'),
  metadata: metadataSchema,
  spec: serviceSpec,
  status: optional(anything()),
});

export const configMapSchema = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ConfigMap'),
  metadata: metadataSchema,
  data: optional(strings()),
  binaryData: optional(strings()),
  immutable: optional(flag()),
});

export const secretSchema = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Secret'),
  metadata: metadataSchema,
  type: optional(text()),
  /** Base64. */
  data: optional(strings()),
  stringData: optional(strings()),
  immutable: optional(flag()),
});

export const namespaceSchema = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Namespace'),
  metadata: metadataSchema,
  spec: optional(anything()),
  status: optional(anything()),
});

export type LabelSelector = Shape<typeof labelSelector>;
export type DeploymentSpec = Omit<Shape<typeof deploymentSpec>, 'template'> & { readonly template: PodTemplateSpec };
export type DeploymentStatus = Shape<typeof deploymentStatus>;
export type ServicePort = Shape<typeof servicePort>;
export type ServiceSpec = Shape<typeof serviceSpec>;

export interface PodTemplateSpec {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec: PodSpec;
}

export interface Deployment extends KubeObject<DeploymentSpec, DeploymentStatus> {
  readonly kind: 'Deployment';
  readonly spec: DeploymentSpec;
}

export interface Pod extends KubeObject<PodSpec, PodStatus> {
  readonly kind: 'Pod';
  readonly spec: PodSpec;
}

export interface Service extends KubeObject<ServiceSpec> {
  readonly kind: 'Service';
  readonly spec: ServiceSpec;
}

export interface ConfigMap extends KubeObject<never, never> {
  readonly kind: 'ConfigMap';
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export interface Secret extends KubeObject<never, never> {
  readonly kind: 'Secret';
  readonly type?: string;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export interface Namespace extends KubeObject {
  readonly kind: 'Namespace';
}
