// The comparative gates' part of a turn: what was read is folded into what they know, and their verdicts are asked for.
// Never reads and never decides. Called by decide before the policies speak; replay does the same with recorded samples.

import { onGrid } from '../analysis/blocks/blocks.ts';
import {
  afterNews,
  beginComparisons,
  type Comparisons,
  unbegun,
  verdictsOf,
  withLatency,
} from '../analysis/comparative/comparisons.ts';
import type { ExposureSpan } from '../analysis/comparative/exposure.ts';
import { measuredAfter } from '../analysis/comparative/measured.ts';
import { opened } from '../analysis/comparative/stored.ts';
import type { GateVerdict } from '../analysis/gate.ts';
import { ALL } from '../lib/share.ts';
import type { ComparisonReading } from './comparison-reading.ts';
import { exposureSpans } from './exposures.ts';
import { hasFreshSamples, type Seen } from './facts.ts';
import type { Input } from './input.ts';
import type { ActiveStatus } from './status.ts';
import { canaryShare, exposureOf } from './target.ts';

export function foldComparisons({ status, plan, compared }: Pick<Input, 'status' | 'plan' | 'compared'>): ActiveStatus {
  const isOn = status.phase === 'Running' || status.phase === 'CleaningUp';
  if (!isOn || plan.comparative.length === 0) return status;
  const known = status.comparisons === undefined ? begun(status, plan, compared) : opened(status.comparisons);
  if (known === undefined) return status;
  const fixed =
    compared?.latency === undefined || known.setting.latency !== undefined
      ? known
      : withLatency(known, compared.latency);
  const spans = exposureSpans({ ...status, comparisons: fixed }).map((span) => marked(span, compared));
  const here = {
    ...fixed,
    spans,
    ...(compared?.telling && { measured: measuredAfter(fixed.measured, compared.telling) }),
    ...(compared?.pods && { pods: compared.pods }),
  };
  return { ...status, comparisons: compared === undefined ? here : afterNews(here, plan.comparative, compared.news) };
}

const marked = (span: ExposureSpan, compared: ComparisonReading | undefined): ExposureSpan =>
  compared?.confounded?.from === span.from ? { ...span, confounded: compared.confounded.why } : span;

function begun(
  status: ActiveStatus,
  { deadlineMs }: Input['plan'],
  compared: ComparisonReading | undefined,
): Comparisons | undefined {
  const began = exposureSpans(status).at(-1)?.from;
  if (began === undefined || compared?.begin === undefined) return undefined;
  const { lengths } = compared.begin;
  return beginComparisons(
    { ...compared.begin, began, deadlineMs },
    {
      errors: { at: onGrid(began, lengths.errors) },
      latency: { at: onGrid(began, lengths.latency) },
      gauges: { at: onGrid(began, lengths.gauges) },
    },
  );
}

/** None before the canary is exposed, and none once the outcome is settled: as for the gates with a query. */
export function comparisonVerdicts(
  input: Pick<Input, 'status' | 'plan' | 'compared' | 'traffic'> & Seen,
): readonly GateVerdict[] {
  const { status, plan, now, compared, traffic } = input;
  const { intent } = status.route;
  if (intent.kind === 'promoted') return [];
  if (status.phase !== 'Running' && status.phase !== 'CleaningUp') return [];
  const exposure = exposureOf(intent.target);
  if (exposure === 'none') return [];
  if (status.comparisons === undefined) return unbegun(plan.comparative, compared?.unread, { at: now, exposure });
  const { confounded } = status.comparisons.spans.at(-1) ?? {};
  return verdictsOf(opened(status.comparisons), plan.comparative, {
    at: now,
    exposure,
    fresh: hasFreshSamples(input),
    ...(canaryShare(intent) === ALL ? { frozen: 'everything is on the canary' } : {}),
    ...(confounded === undefined ? {} : { confounded }),
    waiting: compared?.waiting ?? {},
    ...(traffic.canary.unseen && { unseen: traffic.canary.unseen }),
  });
}
