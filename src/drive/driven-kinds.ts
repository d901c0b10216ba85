// What is kept in view of a cluster by who drives one release; ConfigMaps and Secrets are asked for by name.
// Never wider than a pipeline's rights need be. Called by cli/run-release.ts.

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
