// Policy 5: a gate failed with evidence, or all comparative gates together have it → roll back. When only one-sided gates failed, and
// stable fails the same, something else is wrong: hold, and call it an incident. Never speaks on `inconclusive`.
import { togetherText } from '../../analysis/comparative/comparisons.ts';
import type { GateVerdict } from '../../analysis/gate.ts';
import type { Facts } from '../facts.ts';
import { hold, type Policy, type Speech } from './policy.ts';

export const gateFailed: Policy = {
  name: 'gateFailed',
  speak: onEvidence,
};

/** Replay asks it of recorded samples. */
export function onEvidence({
  verdicts,
  status: { phase, comparisons },
}: Pick<Facts, 'verdicts' | 'status'>): Speech | undefined {
  const failed = onFailures(verdicts);
  if (failed !== undefined || comparisons === undefined) return failed;
  return phase === 'Running' || phase === 'CleaningUp' ? onAllTogether(togetherText(comparisons)) : undefined;
}

/** Of the verdicts alone. */
export function onFailures(verdicts: readonly GateVerdict[]): Speech | undefined {
  const failing = verdicts.filter((verdict) => verdict.verdict === 'fail');
  const [first] = failing;
  if (first === undefined) return undefined;
  const names = failing.map((verdict) => `${verdict.gate}: ${verdict.message}`).join('; ');
  if (failing.every(stableFailsToo)) return hold('Incident', `stable fails the same gates (${names})`);
  const verdict = failing.find((candidate) => !stableFailsToo(candidate)) ?? first;
  // Users are taken off a bad pod in any case; that the version is bad is another question.
  const isLocal = failing.every((one) => stableFailsToo(one) || one.reason === 'PodLocalised');
  return isLocal
    ? { kind: 'rollBack', outcome: 'inconclusive', verdict, reason: 'PodLocalised', message: names }
    : { kind: 'rollBack', outcome: 'rolledBack', verdict, reason: 'GateFailed', message: names };
}

const stableFailsToo = (verdict: GateVerdict): boolean => verdict.oneSided && verdict.stableFailsToo === true;

const onAllTogether = (message: string | undefined): Speech | undefined =>
  message === undefined ? undefined : { kind: 'rollBack', outcome: 'rolledBack', reason: 'CombinedEvidence', message };
