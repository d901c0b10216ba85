// What the command line will have and does not have yet: known by name, so that an attempt is told so.
// Never listed in any help. A later issue deletes lines here. Called by run.ts before anything is parsed.

export const LATER_COMMANDS: readonly string[] = [
  'analyze',
  'dashboard',
  'doctor',
  'explain',
  'install',
  'report',
  'why',
];
