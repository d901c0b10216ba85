// Which of several addresses answers: the one that answered last is asked first, the others in order when it fails.
// All answers of one instant come from one address, so that the freshness read from it holds for the values read from it.
// Never asks two at once, never compares answers, never asks an address twice for one query. Called by source.ts.
import type { Millis } from '../../lib/clock.ts';
import { type Problem, SerinError } from '../../lib/problem.ts';
import type { Attempt } from './client.ts';
import { problemOf } from './failure.ts';

export interface Addresses {
  /** `at` tells the queries of one turn from those of another. Rejects with a SerinError: a problem per address tried. */
  ask<Answer>(at: Millis, text: string, attempt: (address: string) => Promise<Attempt<Answer>>): Promise<Answer>;
}

interface Instant {
  /** The address that has given an answer. */
  answered?: string;
  /** Those that said nothing in time: each further wait would only hold up the turn. */
  readonly silent: Set<string>;
}

/** Turns of as many releases may be under way at once; an instant forgotten too early could only mix two replicas' answers. */
const INSTANTS_KEPT = 4096;

export function createAddresses(addresses: readonly string[]): Addresses {
  const instants = new Map<Millis, Instant>();
  let preferred = addresses[0] as string;

  const instantOf = (at: Millis): Instant => {
    const known = instants.get(at);
    if (known !== undefined) return known;
    const instant: Instant = { silent: new Set() };
    instants.set(at, instant);
    for (const oldest of instants.keys()) {
      if (instants.size <= INSTANTS_KEPT) break;
      instants.delete(oldest);
    }
    return instant;
  };

  return {
    async ask(at, text, attempt) {
      const instant = instantOf(at);
      const problems: Problem[] = [];
      for (const address of [preferred, ...addresses.filter((other) => other !== preferred)]) {
        if (instant.answered !== undefined && instant.answered !== address) continue;
        if (instant.silent.has(address)) {
          problems.push(notAsked(address, text));
          continue;
        }
        const outcome = await attempt(address);
        if (outcome.kind === 'answered') {
          instant.answered ??= address;
          if (instant.answered === address) {
            preferred = address;
            return outcome.answer;
          }
          // Another address has answered for this instant meanwhile: that one is asked.
          continue;
        }
        problems.push(...outcome.problems);
        if (outcome.kind === 'silent') instant.silent.add(address);
        if (outcome.kind === 'refused') break;
      }
      throw new SerinError(problems);
    },
  };
}

const notAsked = (address: string, text: string): Problem =>
  problemOf(
    { address, text },
    {
      code: 'SRN1901',
      what: 'gave no answer in time to another query of this instant, and was not asked again',
      accepted: 'an address that answers in time',
    },
  );
