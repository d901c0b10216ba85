// What the command line will have and does not have yet: known by name, so that an attempt is told so.
// Never listed in any help. A later issue deletes lines here. Called by run.ts before anything is parsed.

export const LATER_COMMANDS: readonly string[] = [
  'abort',
  'analyze',
  'approve',
  'dashboard',
  'doctor',
  'explain',
  'install',
  'operator',
  'pause',
  'promote',
  'report',
  'resume',
  'run',
  'status',
  'watch',
  'why',
];

/** Flags that need a cluster. */
export const LATER_FLAGS: readonly string[] = ['--cluster', '--context', '--kubeconfig', '--namespace', '-n'];
