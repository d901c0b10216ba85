// How patient a controller is on a cluster, where nobody says otherwise.
// Never what a release wants (its policy says that). Called by whoever drives releases of a cluster.
import type { ControllerSettings } from '../controller/deps.ts';

export const CLUSTER_SETTINGS: Omit<ControllerSettings, 'heldLimitMs' | 'scrapeIntervalMs'> = {
  // Istiod's push and every proxy's apply, with room for a busy mesh.
  propagationMs: 10_000,
  graceMs: 120_000,
  drainLimitMs: 300_000,
  untimedRequestMs: 30_000,
  tickMs: 1000,
};

/** What is kept in view of a cluster by who drives one release; ConfigMaps and Secrets are asked for by name. */
export const DRIVEN_KINDS: readonly string[] = [
  'Release',
  'ReleasePolicy',
  'Approval',
  'VirtualService',
  'DestinationRule',
  'Service',
  'Deployment',
  'Pod',
  'HorizontalPodAutoscaler',
];
