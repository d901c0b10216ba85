// Which of users' requests failed, and whose fault it was: a proxy's answer, or none at all, is routing's; a pod's own answer is not.
// Never excuses anything: a scenario whose pods crash looks at the crash itself. Called by tests that promise zero failures.
import { isFailed } from '../../src/load/answer.ts';
import { subsetOf } from './access-log.ts';
import type { Told } from './traffic.ts';

/**
 * Envoy's response flags of answers that it made itself: no route, no cluster, no healthy endpoint, connection failed, overflow,
 * connection ended, reset by the upstream, reset here, timeout.
 */
const MADE_BY_A_PROXY: ReadonlySet<string> = new Set(['NR', 'NC', 'UH', 'UF', 'UO', 'UC', 'UR', 'LR', 'UT']);

/** Also counts an answer that carries such a flag and reached its user well: after a retry, for example. */
export const failedByRouting = (told: readonly Told[]): readonly Told[] =>
  told.filter(
    ({ answer: { outcome }, line }) =>
      outcome.kind === 'error' ||
      line === undefined ||
      line.flags.split(',').some((flag) => MADE_BY_A_PROXY.has(flag)) ||
      (isFailed(outcome) && line.pod === ''),
  );

/** What there is to tell of the requests of one scenario. */
export interface Tally {
  readonly requests: number;
  readonly failed: number;
  readonly failedByRouting: number;
  /** By subset. */
  readonly users: Readonly<Record<string, number>>;
  /** When the last request that v2 answered began, ms since the epoch; undefined when none did. */
  readonly lastOnCanary: number | undefined;
}

export function tallyOf(told: readonly Told[]): Tally {
  const users: Record<string, number> = {};
  let lastOnCanary: number | undefined;
  for (const { line } of told) {
    const subset = line === undefined ? 'none' : subsetOf(line) || 'none';
    users[subset] = (users[subset] ?? 0) + 1;
    if (subset === 'v2' && line !== undefined) lastOnCanary = Math.max(lastOnCanary ?? 0, line.at);
  }
  return {
    requests: told.length,
    failed: told.filter(({ answer }) => isFailed(answer.outcome)).length,
    failedByRouting: failedByRouting(told).length,
    users,
    lastOnCanary,
  };
}
