// What the contract will have and does not have yet, refused by name: gate kinds, further fields.
// Never holds a field that works. Called by problems.ts before it says "unknown field". A later issue deletes lines here.
import type { Path } from './path.ts';

/** The built-in gates of design.md §5; until they exist, any of these names may carry a promql. */
export const LATER_GATES: readonly string[] = ['errors', 'latency', 'cpu', 'cpuPerRequest', 'memory', 'lostRequests'];

const GATE_FIELDS = ['max', 'min', 'worseBy', 'quantile', 'window'];
const POLICY_FIELDS: Readonly<Record<string, string>> = {
  notifications: 'notifications are not supported yet',
  notify: 'notifications are not supported yet',
  affinity: 'session affinity is not supported yet',
  sessionAffinity: 'session affinity is not supported yet',
  alpha: 'comparative gates are not supported yet, and so no error level',
};

export interface Later {
  readonly message: string;
  readonly accepted: string;
}

/** Says whether an unknown field, by its path in a Release or a ReleasePolicy, is one that will come. */
export function laterField(path: Path): Later | undefined {
  const [root, field, key, inner] = path;
  if (root !== 'spec' || typeof field !== 'string') return undefined;
  if (path.length === 2) return laterPolicyField(field);
  if (field === 'gates' && path.length === 4 && GATE_FIELDS.includes(String(inner)))
    return {
      message: `\`${inner}\` of gate \`${key}\` is not supported yet; write the gate as promql`,
      accepted: '`promql`',
    };
  return undefined;
}

const laterPolicyField = (field: string): Later | undefined => {
  const message = Object.getOwnPropertyDescriptor(POLICY_FIELDS, field)?.value as string | undefined;
  return message === undefined ? undefined : { message, accepted: 'a policy without it' };
};

/** Says whether what stands at a gate's name is a built-in gate, which has no promql. */
export function laterGate(path: Path, gate: Readonly<Record<string, unknown>>): Later | undefined {
  const [root, field, name] = path;
  if (root !== 'spec' || field !== 'gates' || path.length !== 3 || 'promql' in gate) return undefined;
  if (!LATER_GATES.includes(String(name))) return undefined;
  return {
    message: `gate kind \`${name}\` is not supported yet; write it as promql`,
    accepted: `\`${name}: { promql: … }\``,
  };
}
