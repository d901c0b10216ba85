// What Serin's comparative gates say of a release so far, and what follows from it: verdicts and policies of production code.
// Never a rule of its own. Called by blocks.ts and samples.ts.
import { type Comparisons, togetherText } from '../../../src/analysis/comparative/comparisons.ts';
import type { ComparativeGate } from '../../../src/analysis/comparative/kinds.ts';
import type { GateVerdict } from '../../../src/analysis/gate.ts';
import { missingEvidence } from '../../../src/release/policies/evidence.ts';
import { onFailures } from '../../../src/release/policies/gate-failed.ts';
import type { Verdict } from '../rule.ts';

export interface Answer {
  readonly verdict: Verdict | undefined;
  /** Gates and reasons of all that has not passed: `errors LowTraffic`. */
  readonly said: string;
}

/** `minRequests` of a policy is left out: it is a floor, and evidence is what is measured here. */
export function answerOf(
  comparisons: Pick<Comparisons, 'together'>,
  gates: readonly ComparativeGate[],
  verdicts: readonly GateVerdict[],
  mayPromote: boolean,
): Answer {
  const said = saidBy(verdicts);
  const failed = onFailures(verdicts);
  const together = failed === undefined && togetherText(comparisons) !== undefined;
  if (failed?.kind === 'rollBack' || together) return { verdict: 'rollBack', said: together ? 'together' : said };
  const plan = { minRequests: 0, gates: [], comparative: gates };
  const isShown = mayPromote && missingEvidence(plan, undefined, verdicts) === undefined;
  return { verdict: isShown ? 'promote' : undefined, said };
}

/** What nobody has asked for and nobody measures is no reason. */
const saidBy = (verdicts: readonly GateVerdict[]): string =>
  verdicts
    .filter(({ verdict, reason, mayStayOpen }) => verdict !== 'pass' && !(reason === 'NotMeasured' && mayStayOpen))
    .map(({ gate, reason }) => `${gate} ${reason}`)
    .join(', ');
