// Blocks that nothing is compared in, since what a pod counted in them cannot be: the latest ones are told until a good one comes.
// Never finds them (analysis/blocks does) and never takes evidence away that was there before. Called by comparisons.ts.
import type { Millis } from '../../lib/clock.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { DataQuality, Look } from '../blocks/blocks.ts';
import type { Answer } from './answer.ts';

/** Of the latest blocks; a part of the release's status. */
export interface Faulty extends Pick<DataQuality, 'version' | 'pod' | 'reason' | 'found'> {
  readonly since: Millis;
}

export function faultyAfter(
  before: Faulty | undefined,
  look: Pick<Look<unknown>, 'blocks' | 'faults'> | undefined,
): Faulty | undefined {
  const good = look?.blocks.at(-1)?.to;
  const faults = look?.faults.filter(({ from }) => from >= (good ?? from)) ?? [];
  const [first, last] = [faults[0], faults.at(-1)];
  if (first === undefined || last === undefined) return good === undefined ? before : undefined;
  const { version, pod, reason, found } = last;
  return { since: good === undefined ? (before?.since ?? first.from) : first.from, version, pod, reason, found };
}

/** With what was shown before it stays shown; nothing else is said of a version as long as nothing is compared. */
export function withFaults(answer: Answer, faulty: Faulty | undefined, at: Millis): Answer {
  if (faulty === undefined || answer.verdict === 'fail') return answer;
  if (answer.mayStayOpen === true || answer.reason === 'Stale') return answer;
  const why = faultText(faulty, at);
  if (answer.verdict === 'pass') return { ...answer, message: `${answer.message}; ${why}` };
  return { ...answer, reason: 'NoData', message: why };
}

const LOOKS_LIKE: Readonly<Record<DataQuality['reason'], string>> = {
  errorsAboveRequests: 'has more errors than requests',
  bucketsFall: "has a histogram that falls, as one with other buckets than the other pods'",
  bucketsAndCount: 'has a histogram whose buckets and count differ',
};

const faultText = ({ since, version, pod, reason, found }: Faulty, at: Millis): string =>
  `nothing could be compared for ${formatDuration(at - since)}, since pod ${pod} of ${version === 'canary' ? "the canary's" : "stable's"} ${LOOKS_LIKE[reason]}: ${found}`;
