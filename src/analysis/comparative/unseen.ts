// A canary pod that is ready and that nobody scrapes: it may answer as it likes, so that no gate on requests passes meanwhile.
// Never looks for it (controller/unseen.ts does) and never takes a fail away. Called by comparisons.ts.
import type { Millis } from '../../lib/clock.ts';
import { formatDuration } from '../../lib/duration.ts';
import type { Answer } from './answer.ts';
import type { Sort } from './prepared.ts';

export interface UnseenPod {
  readonly pod: string;
  /** Its last successful scrape, or its readiness where that is later; of what is older than was read, the beginning of that. */
  readonly since: Millis;
}

/** CPU and memory are mostly the kubelet's, which sees every pod; restarts are the cluster's. */
const OF_REQUESTS: ReadonlySet<Sort> = new Set(['errors', 'latency']);

export function unlessUnseen(answer: Answer, sort: Sort, unseen: UnseenPod | undefined, at: Millis): Answer {
  if (unseen === undefined || answer.verdict !== 'pass' || !OF_REQUESTS.has(sort)) return answer;
  const { pod, since } = unseen;
  const told = `canary pod ${pod} is ready and has not been scraped for ${formatDuration(at - since)}: nothing is known of its requests`;
  return {
    ...answer,
    verdict: 'inconclusive',
    reason: 'NoData',
    message: `${told}; let it be scraped, or replace it`,
  };
}
