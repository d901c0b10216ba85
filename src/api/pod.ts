// What a pod is made of, as Kubernetes writes it: PodSpec, Container, Probe and what they hold.
// Never decides what can run on one machine (the kubelet refuses by name). Called by kubernetes.ts; types imported by kubelet.
// Source: kubernetes/api core/v1. Fields that nobody needs here to understand a pod are kept loose.
import * as z from 'zod';
import {
  anything,
  count,
  exactlyOne,
  flag,
  integer,
  intOrPortName,
  list,
  map,
  optional,
  port,
  portName,
  quantity,
  type Shape,
  strings,
  text,
} from './shape.ts';

const keySelector = z.strictObject({ name: optional(text()), key: text(), optional: optional(flag()) });
const resourceFieldRef = z.strictObject({
  resource: text(),
  containerName: optional(text()),
  divisor: optional(quantity()),
});
const fieldRef = z.strictObject({ fieldPath: text(), apiVersion: optional(text()) });

const envVar = z.strictObject({
  name: text().min(1),
  value: optional(text()),
  valueFrom: optional(
    z
      .strictObject({
        configMapKeyRef: optional(keySelector),
        secretKeyRef: optional(keySelector),
        fieldRef: optional(fieldRef),
        resourceFieldRef: optional(resourceFieldRef),
        fileKeyRef: optional(anything()),
      })
      .refine(...exactlyOne('configMapKeyRef', 'secretKeyRef', 'fieldRef', 'resourceFieldRef', 'fileKeyRef')),
  ),
});

const envRef = z.strictObject({ name: optional(text()), optional: optional(flag()) });
const envFrom = z
  .strictObject({ prefix: optional(text()), configMapRef: optional(envRef), secretRef: optional(envRef) })
  .refine(...exactlyOne('configMapRef', 'secretRef'));

const httpGet = z.strictObject({
  port: intOrPortName(),
  path: optional(text()),
  host: optional(text()),
  scheme: optional(z.enum(['HTTP', 'HTTPS'])),
  httpHeaders: optional(list(z.strictObject({ name: text(), value: text() }))),
});
const tcpSocket = z.strictObject({ port: intOrPortName(), host: optional(text()) });
const exec = z.strictObject({ command: list(text()).min(1) });

const probeFields = z.strictObject({
  httpGet: optional(httpGet),
  tcpSocket: optional(tcpSocket),
  exec: optional(exec),
  grpc: optional(z.strictObject({ port: port(), service: optional(text()) })),
  initialDelaySeconds: optional(count()),
  periodSeconds: optional(count()),
  timeoutSeconds: optional(count()),
  successThreshold: optional(count()),
  failureThreshold: optional(count()),
  terminationGracePeriodSeconds: optional(count()),
});
const probe = probeFields.refine(...exactlyOne('httpGet', 'tcpSocket', 'exec', 'grpc'));
/** Kubernetes ends or begins a container's life at the first success. */
const firstSuccess = z.int().min(0).max(1);
const probeOfLife = probeFields
  .extend({ successThreshold: optional(firstSuccess) })
  .refine(...exactlyOne('httpGet', 'tcpSocket', 'exec', 'grpc'));

const lifecycleHandler = z
  .strictObject({
    exec: optional(exec),
    httpGet: optional(httpGet),
    tcpSocket: optional(tcpSocket),
    sleep: optional(z.strictObject({ seconds: count() })),
  })
  .refine(...exactlyOne('httpGet', 'tcpSocket', 'exec', 'sleep'));

const resources = z.strictObject({
  limits: optional(map(quantity())),
  requests: optional(map(quantity())),
  claims: optional(list(anything())),
});

const containerPort = z.strictObject({
  containerPort: port(),
  name: optional(portName()),
  protocol: optional(z.enum(['TCP', 'UDP', 'SCTP'])),
  hostPort: optional(port()),
  hostIP: optional(text()),
});

const container = z.strictObject({
  name: text().min(1),
  image: optional(text()),
  command: optional(list(text())),
  args: optional(list(text())),
  workingDir: optional(text()),
  ports: optional(list(containerPort)),
  env: optional(list(envVar)),
  envFrom: optional(list(envFrom)),
  resources: optional(resources),
  resizePolicy: optional(list(anything())),
  restartPolicy: optional(text()),
  restartPolicyRules: optional(list(anything())),
  volumeMounts: optional(list(z.looseObject({ name: text(), mountPath: text() }))),
  volumeDevices: optional(list(anything())),
  livenessProbe: optional(probeOfLife),
  readinessProbe: optional(probe),
  startupProbe: optional(probeOfLife),
  lifecycle: optional(
    z.strictObject({
      postStart: optional(lifecycleHandler),
      preStop: optional(lifecycleHandler),
      stopSignal: optional(text()),
    }),
  ),
  terminationMessagePath: optional(text()),
  terminationMessagePolicy: optional(text()),
  imagePullPolicy: optional(z.enum(['Always', 'IfNotPresent', 'Never'])),
  securityContext: optional(anything()),
  stdin: optional(flag()),
  stdinOnce: optional(flag()),
  tty: optional(flag()),
});

export const podSpec = z.strictObject({
  containers: list(container).min(1),
  initContainers: optional(list(container)),
  ephemeralContainers: optional(list(anything())),
  volumes: optional(list(z.looseObject({ name: text() }))),
  restartPolicy: optional(z.enum(['Always', 'OnFailure', 'Never'])),
  terminationGracePeriodSeconds: optional(count()),
  activeDeadlineSeconds: optional(count()),
  dnsPolicy: optional(text()),
  dnsConfig: optional(anything()),
  nodeSelector: optional(strings()),
  serviceAccountName: optional(text()),
  serviceAccount: optional(text()),
  automountServiceAccountToken: optional(flag()),
  nodeName: optional(text()),
  hostNetwork: optional(flag()),
  hostPID: optional(flag()),
  hostIPC: optional(flag()),
  hostUsers: optional(flag()),
  hostnameOverride: optional(text()),
  shareProcessNamespace: optional(flag()),
  securityContext: optional(anything()),
  imagePullSecrets: optional(list(anything())),
  hostname: optional(text()),
  subdomain: optional(text()),
  setHostnameAsFQDN: optional(flag()),
  affinity: optional(anything()),
  schedulerName: optional(text()),
  schedulingGates: optional(list(anything())),
  tolerations: optional(list(anything())),
  hostAliases: optional(list(anything())),
  priorityClassName: optional(text()),
  priority: optional(integer()),
  preemptionPolicy: optional(text()),
  readinessGates: optional(list(anything())),
  runtimeClassName: optional(text()),
  enableServiceLinks: optional(flag()),
  overhead: optional(map(quantity())),
  topologySpreadConstraints: optional(list(anything())),
  os: optional(anything()),
  resources: optional(resources),
  resourceClaims: optional(list(anything())),
});

const condition = z.looseObject({
  type: text(),
  status: text(),
  reason: optional(text()),
  message: optional(text()),
  lastTransitionTime: optional(text()),
});

const containerState = z.looseObject({
  waiting: optional(z.looseObject({ reason: optional(text()), message: optional(text()) })),
  running: optional(z.looseObject({ startedAt: optional(text()) })),
  terminated: optional(
    z.looseObject({
      exitCode: integer(),
      reason: optional(text()),
      message: optional(text()),
      startedAt: optional(text()),
      finishedAt: optional(text()),
    }),
  ),
});

const containerStatus = z.looseObject({
  name: text(),
  ready: optional(flag()),
  restartCount: optional(count()),
  started: optional(flag()),
  state: optional(containerState),
  lastState: optional(containerState),
});

export const podStatus = z.looseObject({
  phase: optional(text()),
  podIP: optional(text()),
  hostIP: optional(text()),
  startTime: optional(text()),
  reason: optional(text()),
  message: optional(text()),
  conditions: optional(list(condition)),
  containerStatuses: optional(list(containerStatus)),
  initContainerStatuses: optional(list(containerStatus)),
});

export type EnvVar = Shape<typeof envVar>;
export type EnvFromSource = Shape<typeof envFrom>;
export type HTTPGetAction = Shape<typeof httpGet>;
export type Probe = Shape<typeof probe>;
export type LifecycleHandler = Shape<typeof lifecycleHandler>;
export type ResourceRequirements = Shape<typeof resources>;
export type ContainerPort = Shape<typeof containerPort>;
export type Container = Shape<typeof container>;
export type PodSpec = Shape<typeof podSpec>;
export type PodStatus = Shape<typeof podStatus>;
export type PodCondition = Shape<typeof condition>;
export type ContainerStatus = Shape<typeof containerStatus>;
