// What the gate `errors` made of each block of a rehearsal, one after the other: its status keeps only some of them.
// The product's own code on the samples that the rehearsal has scraped. Never draws. Called by recording.ts.
import { onGrid } from '../../src/analysis/blocks/blocks.ts';
import { afterNews, beginComparisons, verdictsOf } from '../../src/analysis/comparative/comparisons.ts';
import type { ComparisonVerdict } from '../../src/analysis/verdict.ts';
import { lookAtErrors } from '../../src/controller/compared/looks.ts';
import type { Millis } from '../../src/lib/clock.ts';
import { ALPHA } from '../../src/lib/error-levels.ts';
import type { MetricsSource } from '../../src/metrics/source.ts';
import { resolvePlan } from '../../src/release/resolve.ts';
import type { ActiveStatus } from '../../src/release/status.ts';

/** On copies. */
export interface Look {
  /** Copies that were compared. */
  readonly requests: number;
  /** Evidence as reports tell it: e-values, that to roll back by the gate's part in the evidence of all gates. */
  readonly against: number;
  readonly inFavour: number;
}

/** Up to `now`. */
export async function looksOf(status: ActiveStatus, now: Millis, metrics: MetricsSource): Promise<readonly Look[]> {
  const { accepted, comparisons } = status;
  if (comparisons === undefined) return [];
  const { setting, spans, pods } = comparisons;
  const gates = resolvePlan(accepted.policy).comparative;
  const place = { accepted, setting, spans, pods, now, metrics };
  const first = { at: onGrid(setting.began, setting.lengths.errors) };
  let known = { ...beginComparisons(setting, { errors: first, latency: first, gauges: first }), spans, pods };
  const looks: Look[] = [];
  for (;;) {
    const found = await lookAtErrors(place, known.cursors.errors);
    if (found === undefined || found.look.cursor.at === known.cursors.errors.at) return looks;
    for (const block of found.look.blocks) {
      known = { ...known, ...afterNews(known, gates, { errors: { ...found.look, blocks: [block] } }) };
      const moment = { at: block.to, exposure: 'mirrored', fresh: true, waiting: {} } as const;
      looks.push(...verdictsOf(known, gates, moment).flatMap((verdict) => lookOf(verdict)));
    }
    known = { ...known, cursors: { ...known.cursors, errors: found.look.cursor } };
  }
}

function lookOf({ gate, evidence }: ComparisonVerdict): readonly Look[] {
  const { requests, against, inFavour } = evidence;
  if (gate !== 'errors' || requests.canary === 0) return [];
  const worse = against === undefined ? 1 : Math.exp(against.logEvidence - against.asked) / ALPHA.rollBack;
  return [{ requests: requests.canary, against: worse, inFavour: Math.exp(inFavour?.logEvidence ?? 0) }];
}
