// What the contract will have and does not have yet, refused by name: further fields of a policy.
// Never holds a field that works. Called by problems.ts before it says "unknown field". A later issue deletes lines here.
import type { Path } from './path.ts';

const POLICY_FIELDS: Readonly<Record<string, string>> = {
  notifications: 'notifications are not supported yet',
  notify: 'notifications are not supported yet',
  affinity: 'session affinity is not supported yet',
  sessionAffinity: 'session affinity is not supported yet',
  alpha: 'an error level of your own is not supported yet',
};

export interface Later {
  readonly message: string;
  readonly accepted: string;
}

/** Says whether an unknown field, by its path in a Release or a ReleasePolicy, is one that will come. */
export function laterField(path: Path): Later | undefined {
  const [root, field] = path;
  if (root !== 'spec' || typeof field !== 'string' || path.length !== 2) return undefined;
  const message = Object.getOwnPropertyDescriptor(POLICY_FIELDS, field)?.value as string | undefined;
  return message === undefined ? undefined : { message, accepted: 'a policy without it' };
}
