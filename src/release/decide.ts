// One turn of the heart: fold what was gathered, ask the policies, write the decision into the status. Pure and total.
// Never reads or writes anything outside its arguments. Called by the controller between gather and act.
import { apply } from './apply.ts';
import { comparisonVerdicts, foldComparisons } from './comparing.ts';
import { type Decision, isBookkeeping } from './decision.ts';
import { factsOf } from './facts.ts';
import { fold } from './fold.ts';
import { guard } from './guard.ts';
import type { Input } from './input.ts';
import { policies } from './policies.ts';
import type { ActiveStatus } from './status.ts';

export interface Turn {
  /** What to remember; written before any effect. */
  readonly status: ActiveStatus;
  /** What was decided, in order; the last one is the turn's. */
  readonly decisions: readonly Decision[];
}

/** Bookkeeping (entering a step, beginning a roll back) is followed up in the same turn, at most this often. */
const LONGEST_CHAIN = 6;

export function decide(gathered: Input): Turn {
  const compared = { ...gathered, status: foldComparisons(gathered) };
  const input = { ...compared, verdicts: [...gathered.verdicts, ...comparisonVerdicts(compared)] };
  let status = fold(input);
  const decisions: Decision[] = [];
  for (let chain = 0; chain < LONGEST_CHAIN; chain++) {
    const facts = factsOf(input, status);
    const decision = guard(firstToSpeak(facts), facts);
    decisions.push(decision);
    status = apply(status, decision, input);
    if (!isBookkeeping(decision)) break;
  }
  return { status, decisions };
}

function firstToSpeak(facts: ReturnType<typeof factsOf>): Decision {
  for (const policy of policies) {
    const speech = policy.speak(facts);
    if (speech !== undefined) return { ...speech, policy: policy.name };
  }
  throw new Error('the last policy always speaks');
}
