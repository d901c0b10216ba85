// From a Deployment to a Pod: the hash that names a template, and the object made from it.
// Never writes objects. Called by deployments.ts; pure but for the hash function.
import { createHash } from 'node:crypto';
import type { Deployment, Pod, PodTemplateSpec } from '../api/kubernetes.ts';
import { DEFAULT_NAMESPACE } from '../api/object.ts';
import type { Random } from '../lib/random.ts';
import { LOOPBACK } from './field-ref.ts';

/** Keeps a Pod until its process has ended, so that removing the object ends the process first. */
export const POD_FINALIZER = 'serin.dev/kubelet';
export const HASH_LABEL = 'pod-template-hash';
const NODE_NAME = 'this-machine';

// Kubernetes' alphabet for generated names: no vowels, so that no words appear; nothing that is easily misread.
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

const letter = (number: number): string => ALPHABET[number % ALPHABET.length] ?? '';

/** The same for templates that are equal as JSON, whatever the order of their keys. */
export function templateHash(template: PodTemplateSpec): string {
  const digest = createHash('sha256').update(canonical(template)).digest();
  return [...digest.subarray(0, 10)].map(letter).join('');
}

export function podSuffix(random: Random): string {
  return Array.from({ length: 5 }, () => letter(Math.floor(random() * ALPHABET.length))).join('');
}

export interface PodIdentity {
  readonly hash: string;
  readonly suffix: string;
  /** A free local port for each of the container's ports, in their order. */
  readonly ports: readonly number[];
}

/** The container's ports say in `hostPort` where they are on this machine. */
export function podFor(deployment: Deployment, { hash, suffix, ports }: PodIdentity): Pod {
  const { metadata = {}, spec } = deployment.spec.template;
  const [container, ...others] = spec.containers;
  if (container === undefined) throw new Error('a pod template has at least one container');
  const located = container.ports?.map((port, index) => ({ ...port, hostPort: ports[index] ?? 0 }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${deployment.metadata.name}-${hash}-${suffix}`,
      namespace: deployment.metadata.namespace ?? DEFAULT_NAMESPACE,
      labels: { ...metadata.labels, [HASH_LABEL]: hash },
      ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
      finalizers: [POD_FINALIZER],
      ownerReferences: [
        {
          apiVersion: deployment.apiVersion,
          kind: deployment.kind,
          name: deployment.metadata.name,
          uid: deployment.metadata.uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      ...spec,
      nodeName: NODE_NAME,
      containers: [{ ...container, ...(located === undefined ? {} : { ports: located }) }, ...others],
    },
    status: { phase: 'Pending', podIP: LOOPBACK, hostIP: LOOPBACK },
  };
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`)
    .join(',')}}`;
}
