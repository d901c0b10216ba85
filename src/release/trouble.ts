// What can be wrong with a version's pods: a closed set of reasons, each with whose fault it is and whether it can heal.
// Never looks at pods (controller/pod-trouble.ts does). Read by canaryHealth and capacity.

/** In the order in which they are told when pods have several: the first says most. */
export const TROUBLES = [
  /** The kernel ended a container for its memory, again and again. */
  'OOMKilled',
  /** A container ends again and again. */
  'CrashLoop',
  /** An image cannot be pulled, or its name is none. */
  'ImagePullFailed',
  /** The kubelet cannot make or start a container from its specification: a missing ConfigMap or key, a command that is not there. */
  'ContainerConfigError',
  /** A quota forbids the pods. */
  'QuotaExceeded',
  /** The API server refuses the pods for another reason: admission, pod security, limit ranges. */
  'PodsRefused',
  /** No node takes a pod. */
  'Unschedulable',
  /** Its containers run, and it is not ready. */
  'Unready',
  /** Its containers do not run yet: image, volumes or init containers are still on their way. */
  'NotStarted',
] as const;

export type TroubleReason = (typeof TROUBLES)[number];

export interface Trouble {
  readonly reason: TroubleReason;
  /** One sentence: the pod, what the cluster says of it, and the container's last words. */
  readonly message: string;
  /** It does not heal by itself: nothing is to be waited for. */
  readonly hopeless?: true;
}

/** What a new pod of the same revision would meet again anywhere; the rest is the cluster's to mend, and proves nothing against the canary. */
export const isOwnFault = ({ reason }: Trouble): boolean => {
  switch (reason) {
    case 'OOMKilled':
    case 'CrashLoop':
    case 'ImagePullFailed':
    case 'ContainerConfigError':
    case 'Unready':
      return true;
    case 'QuotaExceeded':
    case 'PodsRefused':
    case 'Unschedulable':
    case 'NotStarted':
      return false;
  }
};

/** The one to tell: what cannot heal first, then in the order above. */
export function worst(troubles: readonly Trouble[]): Trouble | undefined {
  const rank = ({ reason, hopeless }: Trouble) => TROUBLES.indexOf(reason) - (hopeless ? TROUBLES.length : 0);
  return troubles.reduce<Trouble | undefined>(
    (known, trouble) => (known === undefined || rank(trouble) < rank(known) ? trouble : known),
    undefined,
  );
}
