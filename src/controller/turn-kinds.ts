// The kinds that turns and acceptance look at: what whoever runs the loop has to keep in view.
// Never the rights to them (deploy/operator.yaml has those). Called by operator and by `serin run`.

/** Without these no turn can be taken. */
export const TURN_KINDS: readonly string[] = [
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

/** Looked at too, but one by one: whoever drives a single release asks for them by name, and may have no right to see all. */
export const NAMED_KINDS: readonly string[] = ['Namespace', 'ConfigMap', 'Secret'];
