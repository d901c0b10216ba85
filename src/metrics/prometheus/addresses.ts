// Which of several addresses answers: the one that answered last is asked first, the others in order when it fails.
// All answers of one instant come from one address, so that the freshness read from it holds for the values read from it.
// Never asks two at once, never compares answers, never asks an address twice for one query. Called by source.ts.
import type { Clock, Millis } from '../../lib/clock.ts';
import { type Problem, SerinError } from '../../lib/problem.ts';
import type { Attempt } from './client.ts';
import { problemOf } from './failure.ts';

export interface Addresses {
  /** `at` tells the queries of one turn from those of another. Rejects with a SerinError: a problem per address tried. */
  ask<Answer>(at: Millis, text: string, attempt: (address: string) => Promise<Attempt<Answer>>): Promise<Answer>;
}

interface Instant {
  readonly since: Millis;
  /** The address that has given an answer. */
  answered?: string;
  /** Until when those that said nothing in time are left alone: each further wait would only hold up the turn. */
  readonly silent: Map<string, Millis>;
}

/** No turn lasts longer; whoever asks about an instant again after that begins anew. */
const INSTANT_LIVES_MS = 60_000;

export function createAddresses(addresses: readonly string[], timeoutMs: number, clock: Clock): Addresses {
  const instants = new Map<Millis, Instant>();
  let preferred = addresses[0] as string;

  const instantOf = (at: Millis): Instant => {
    const now = clock.now();
    for (const [time, { since }] of instants) {
      if (now - since < INSTANT_LIVES_MS) break;
      instants.delete(time);
    }
    const instant = instants.get(at) ?? { since: now, silent: new Map() };
    instants.set(at, instant);
    return instant;
  };

  return {
    async ask(at, text, attempt) {
      const instant = instantOf(at);
      const problems: Problem[] = [];
      for (const address of [preferred, ...addresses.filter((other) => other !== preferred)]) {
        if (instant.answered !== undefined && instant.answered !== address) continue;
        if ((instant.silent.get(address) ?? 0) > clock.now()) {
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
        if (outcome.kind === 'silent') instant.silent.set(address, clock.now() + timeoutMs);
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
