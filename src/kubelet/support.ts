// Every field of a Deployment, its pod and its container: what works on one machine, what is harmless, what is refused.
// Never checks values (check.ts does). Called by check.ts; the types make a field that is missing here an error.
import type { Container, DeploymentSpec, PodSpec, Probe } from '../api/kubernetes.ts';

export type Support =
  /** As on Kubernetes. */
  | { readonly kind: 'works' }
  /** No effect here, for a reason that cannot change how the service behaves towards its callers. */
  | { readonly kind: 'accepted'; readonly why: string }
  /** Leaving it out would change how the service behaves; refused by name unless it is empty or false. */
  | { readonly kind: 'refused'; readonly why: string };

const works: Support = { kind: 'works' };
const accepted = (why: string): Support => ({ kind: 'accepted', why });
const refused = (why: string): Support => ({ kind: 'refused', why });

const noScheduler = accepted('there is one machine, so nothing is scheduled');
const noImage = accepted('no image is used: the process is started from command, or from --run');
const noIsolation = accepted('the process runs as the user who started Serin, without isolation');
const noDns = accepted('there is no cluster DNS; services are found through their addresses in the environment');

type Table<Fields> = Readonly<Record<keyof Required<Fields>, Support>>;

export const DEPLOYMENT_FIELDS: Table<DeploymentSpec> = {
  selector: accepted('pods belong to the Deployment that made them'),
  template: works,
  replicas: works,
  strategy: works,
  minReadySeconds: works,
  revisionHistoryLimit: accepted('no old ReplicaSets are kept'),
  progressDeadlineSeconds: accepted('no Progressing condition is reported; Serin has deadlines of its own'),
  paused: refused('a paused Deployment would hide template changes'),
};

export const POD_FIELDS: Table<PodSpec> = {
  containers: works,
  terminationGracePeriodSeconds: works,
  restartPolicy: works,
  initContainers: refused('init containers are not run'),
  ephemeralContainers: refused('ephemeral containers are not run'),
  volumes: refused('volumes are not mounted'),
  activeDeadlineSeconds: refused('a pod is not ended by a deadline'),
  hostAliases: refused('the hosts file is not changed'),
  readinessGates: refused('nobody would set the conditions'),
  schedulingGates: refused('nobody would open the gates'),
  resourceClaims: refused('devices are not allocated'),
  hostnameOverride: refused('the host name is the machine’s'),
  setHostnameAsFQDN: refused('the host name is the machine’s'),
  shareProcessNamespace: refused('there are no process namespaces to share'),
  hostNetwork: refused('each pod gets local ports of its own'),
  hostPID: refused('host namespaces are not a choice here'),
  hostIPC: refused('host namespaces are not a choice here'),
  hostUsers: noIsolation,
  securityContext: noIsolation,
  runtimeClassName: noIsolation,
  os: noIsolation,
  imagePullSecrets: noImage,
  dnsPolicy: noDns,
  dnsConfig: noDns,
  hostname: noDns,
  subdomain: noDns,
  enableServiceLinks: accepted('services’ addresses are always in the environment'),
  serviceAccountName: accepted('there is no API server that would ask for a token'),
  serviceAccount: accepted('there is no API server that would ask for a token'),
  automountServiceAccountToken: accepted('there is no API server that would ask for a token'),
  nodeSelector: noScheduler,
  nodeName: noScheduler,
  affinity: noScheduler,
  schedulerName: noScheduler,
  tolerations: noScheduler,
  priorityClassName: noScheduler,
  priority: noScheduler,
  preemptionPolicy: noScheduler,
  topologySpreadConstraints: noScheduler,
  overhead: noScheduler,
  resources: accepted('limits are reported to the gates, not enforced'),
};

export const CONTAINER_FIELDS: Table<Container> = {
  name: works,
  command: works,
  args: works,
  ports: works,
  env: works,
  envFrom: works,
  livenessProbe: works,
  readinessProbe: works,
  startupProbe: works,
  lifecycle: works,
  resources: accepted('limits are reported to the gates, not enforced'),
  image: noImage,
  imagePullPolicy: noImage,
  workingDir: accepted('it is a place inside the image; the process starts in the directory it was configured with'),
  securityContext: noIsolation,
  resizePolicy: accepted('limits are reported to the gates, not enforced'),
  terminationMessagePath: accepted('the end of the output is the termination message'),
  terminationMessagePolicy: accepted('the end of the output is the termination message'),
  volumeMounts: refused('volumes are not mounted'),
  volumeDevices: refused('volumes are not mounted'),
  restartPolicy: refused('a Deployment’s container is always restarted'),
  restartPolicyRules: refused('a Deployment’s container is always restarted'),
  stdin: refused('processes get no input'),
  stdinOnce: refused('processes get no input'),
  tty: refused('processes get no terminal'),
};

export const PROBE_FIELDS: Table<Probe> = {
  httpGet: works,
  tcpSocket: works,
  exec: works,
  grpc: refused('gRPC probes are not run'),
  initialDelaySeconds: works,
  periodSeconds: works,
  timeoutSeconds: works,
  successThreshold: works,
  failureThreshold: works,
  terminationGracePeriodSeconds: works,
};
