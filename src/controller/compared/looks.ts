// One look at one kind of blocks: which span of exposure it is about, what to select for it, and the blocks that have closed.
// Never folds them (release/comparing does). Called by reading.ts.
import {
  type Cursor,
  commonEdges,
  type ErrorCounts,
  type ErrorCursor,
  errorBlocks,
  type GaugeCounts,
  gaugeBlocks,
  type LatencyCounts,
  type Look,
  latencyBlocks,
  type OfVersions,
  onGrid,
  type PodFacts,
  readFrom,
  type Timing,
  timingOf,
} from '../../analysis/blocks/blocks.ts';
import { type ExposureSpan, spanAfter, within } from '../../analysis/comparative/exposure.ts';
import type { Telling } from '../../analysis/comparative/measured.ts';
import { OTHERS } from '../../analysis/comparative/outcomes.ts';
import type { Limits } from '../../analysis/comparative/seen.ts';
import { type LatencySetting, regrouped, type Setting } from '../../analysis/comparative/setting.ts';
import type { Millis } from '../../lib/clock.ts';
import type { MetricsSource } from '../../metrics/source.ts';
import type { ComparisonReading } from '../../release/comparison-reading.ts';
import type { Subjects } from '../samples.ts';
import { readErrorSamples } from './errors.ts';
import { readGaugeSamples } from './gauges.ts';
import { knownUntil } from './known-until.ts';
import { readLatencySamples } from './latency.ts';
import { readLimits } from './limits.ts';

export interface Place {
  readonly accepted: Subjects;
  readonly setting: Setting;
  readonly spans: readonly ExposureSpan[];
  readonly pods: OfVersions<readonly PodFacts[]>;
  readonly now: Millis;
  readonly metrics: MetricsSource;
}

/** After an absence samples are read piece by piece, a piece in each turn. */
const PIECE_MS = 600_000;
/** In a shorter one no target could be told to be gone, and a gap would never be passed. */
export const pieceOf = ({ goneMs, lateMs }: Timing): number => Math.max(PIECE_MS, 2 * (goneMs + lateMs));
/** Latency and CPU of a pod that has just become ready are not yet what they will be. */
const WARM_UP_SCRAPES = 4;

interface Due {
  readonly span: ExposureSpan;
  readonly at: Millis;
  /** Up to when samples are read. */
  readonly to: Millis;
  readonly now: Millis;
  readonly timing: Timing;
  readonly range: { readonly methods: 'all' | readonly string[]; readonly from: Millis; readonly to: Millis };
}

/** Undefined while no block can have closed. */
function dueAt({ spans, now, metrics }: Place, cursor: Cursor, lengthMs: number): Due | undefined {
  const next = spanAfter(spans, cursor.at, lengthMs);
  if (next === undefined || next.at + lengthMs > now) return undefined;
  const timing = timingOf(metrics.scrapeIntervalMs);
  const to = Math.min(now, next.at + pieceOf(timing));
  const range = { methods: next.span.methods ?? 'all', from: readFrom(next, timing), to } as const;
  return { ...next, to, now, timing, range };
}

/** The same for all kinds of blocks. */
const readingOf = ({ setting }: Place, { timing }: Due, lengthMs: number, warmUpMs: number) => ({
  timing,
  attemptBegan: setting.began,
  warmUpMs,
  lengthMs,
});

const confounding = (allMethods: boolean, { span }: Due): Pick<ComparisonReading, 'confounded'> =>
  allMethods && span.methods !== undefined
    ? {
        confounded: {
          from: span.from,
          why: `only ${span.methods.join(', ')} are copied, and nothing on the requests says which of them stable had by that method`,
        },
      }
    : {};

export async function lookAtErrors(
  place: Place,
  cursor: ErrorCursor,
): Promise<
  | (Pick<ComparisonReading, 'confounded'> & {
      readonly look: Look<ErrorCounts, ErrorCursor>;
      readonly telling: OfVersions<Telling>;
    })
  | undefined
> {
  const lengthMs = place.setting.lengths.errors;
  const due = dueAt(place, cursor, lengthMs);
  if (due === undefined) return undefined;
  const readout = await readErrorSamples(place.accepted, due.range, place.pods, place.metrics);
  const { samples, allMethods, telling } = readout;
  const from = due.at === cursor.at ? cursor : { at: due.at };
  const reading = { ...readingOf(place, due, lengthMs, 0), others: Object.values(OTHERS), ends: true } as const;
  const to = await knownUntil(samples, due, place.metrics);
  const look = within(errorBlocks(from, samples, reading, to), due.span, lengthMs);
  return { look, telling, ...confounding(allMethods, due) };
}

export async function lookAtLatency(
  place: Place,
  cursor: Cursor,
): Promise<
  | (Pick<ComparisonReading, 'confounded'> & {
      readonly look: Look<LatencyCounts>;
      readonly setting?: LatencySetting;
      /** Only as long as there is no setting. */
      readonly telling?: OfVersions<Telling>;
    })
  | undefined
> {
  const lengthMs = place.setting.lengths.latency;
  const due = dueAt(place, cursor, lengthMs);
  if (due === undefined) return undefined;
  const readout = await readLatencySamples(place.accepted, due.range, place.pods, place.metrics);
  const { samples, allMethods, telling } = readout;
  const known = place.setting.latency;
  const edges = known?.edges ?? commonEdges(samples);
  const to = await knownUntil(samples, due, place.metrics);
  // Without a canary's histogram nothing is compared, and what was before its first one is let go.
  if (edges.length === 0) return { look: nothingYet(due, to, lengthMs), telling };
  const warmUpMs = WARM_UP_SCRAPES * due.timing.scrapeMs;
  const reading = { ...readingOf(place, due, lengthMs, warmUpMs), edges, ends: true } as const;
  const look = within(latencyBlocks({ at: due.at }, samples, reading, to), due.span, lengthMs);
  const first = known === undefined && { setting: regrouped(place.setting.latencyBefore, edges), telling };
  return { look, ...first, ...confounding(allMethods, due) };
}

function nothingYet({ at, timing }: Due, to: Millis, lengthMs: number): Look<LatencyCounts> {
  const passed = onGrid(to - timing.goneMs - timing.lateMs, lengthMs);
  return { blocks: [], faults: [], waiting: [], cursor: { at: Math.max(at, passed) } };
}

export async function lookAtGauges(
  place: Place,
  cursor: Cursor,
): Promise<{ readonly look: Look<GaugeCounts> & { readonly limits: OfVersions<Limits> } } | undefined> {
  const lengthMs = place.setting.lengths.gauges;
  const due = dueAt(place, cursor, lengthMs);
  if (due === undefined) return undefined;
  const limitsAt = (at: Millis) => readLimits(place.accepted, at, place.metrics);
  const [samples, present] = await Promise.all([
    readGaugeSamples(place.accepted, due.range, place.pods, place.metrics),
    limitsAt(due.to),
  ]);
  const to = await knownUntil(samples, due, place.metrics);
  if (to < due.at + lengthMs) return undefined;
  const limits = to === due.to ? present : await limitsAt(to);
  const reading = readingOf(place, due, lengthMs, WARM_UP_SCRAPES * due.timing.scrapeMs);
  const look = within(gaugeBlocks({ at: due.at }, samples, reading, to), due.span, lengthMs);
  return { look: { ...look, limits } };
}
