// Policy 5: a gate failed with evidence → roll back. When only one-sided gates failed, and stable fails the same, something
// else is wrong: hold, and call it an incident. Never speaks on `inconclusive`.
import type { GateVerdict } from '../../analysis/gate.ts';
import { hold, type Policy, type Speech } from './policy.ts';

export const gateFailed: Policy = {
  name: 'gateFailed',
  speak: ({ verdicts }) => onFailures(verdicts),
};

/** Of the verdicts alone: replay asks it of recorded samples. */
export function onFailures(verdicts: readonly GateVerdict[]): Speech | undefined {
  const failing = verdicts.filter((verdict) => verdict.verdict === 'fail');
  const [first] = failing;
  if (first === undefined) return undefined;
  const names = failing.map((verdict) => `${verdict.gate}: ${verdict.message}`).join('; ');
  if (failing.every(stableFailsToo)) return hold('Incident', `stable fails the same gates (${names})`);
  const verdict = failing.find((candidate) => !stableFailsToo(candidate)) ?? first;
  return { kind: 'rollBack', outcome: 'rolledBack', verdict, reason: 'GateFailed', message: names };
}

const stableFailsToo = (verdict: GateVerdict): boolean => verdict.oneSided && verdict.stableFailsToo === true;
