// The front door of the comparative gates: what they have seen of an attempt, block by block, and what they say of it.
// Never reads samples and never rolls back: release/ does, on the verdicts and on all evidence together. Called by release/comparing and its policy gateFailed.
import { toTime } from '../../lib/time.ts';
import { combine } from '../../stats/combination.ts';
import type {
  Cursor,
  ErrorCounts,
  ErrorCursor,
  GaugeCounts,
  LatencyCounts,
  Look,
  OfVersions,
  PodFacts,
} from '../blocks/blocks.ts';
import type { ComparisonVerdict } from '../verdict.ts';
import { type Asked, type Finding, open } from './answer.ts';
import { shortLog } from './brief.ts';
import { type ExposureSpan, placed } from './exposure.ts';
import { type Faulty, faultyAfter, withFaults } from './faulty.ts';
import type { ComparativeGate } from './kinds.ts';
import { isMeasured, type Measured, noHistograms, unmeasured } from './measured.ts';
import { type Prepared, prepareComparisons, type SeenOf, type Sort } from './prepared.ts';
import type { ComparedUptime, Limits } from './seen.ts';
import { ALPHA, type LatencySetting, type Setting } from './setting.ts';
import { type UnseenPod, unlessUnseen } from './unseen.ts';
import { oneOf } from './words.ts';

/** All that a restart needs to go on to the last digit; a part of the release's status. */
export interface Comparisons {
  readonly setting: Setting;
  /** The latest, the oldest first: those that blocks may still lie in. */
  readonly spans: readonly ExposureSpan[];
  readonly cursors: Cursors;
  /** By the gate's name. */
  readonly gates: Readonly<Record<string, unknown>>;
  readonly together: Together;
  /** Absent as long as nobody has looked. A gate sees no block of what is not measured. */
  readonly measured?: Measured;
  /** Kinds of block of which the latest say nothing. */
  readonly faulty?: Readonly<Partial<Record<Sort, Faulty>>>;
  /** Of pods: what they cannot be asked any more. */
  readonly pods: OfVersions<readonly PodFacts[]>;
}

export interface Cursors {
  readonly errors: ErrorCursor;
  readonly latency: Cursor;
  readonly gauges: Cursor;
  readonly uptime?: UptimeCursor;
}

/** What pods had restarted by then. */
export interface UptimeCursor extends Cursor {
  readonly canary: number;
  readonly stable: number;
}

/** The evidence of all gates to roll back, weighed. */
export interface Together {
  /** The highest so far, ln. */
  readonly best: number;
  /** Which of them reached it, each by itself, when it was reached; none when only all together did. */
  readonly gates?: readonly string[];
}

/** What has closed since the cursors. */
export interface News {
  readonly errors?: Look<ErrorCounts, ErrorCursor>;
  readonly latency?: Look<LatencyCounts>;
  readonly gauges?: Look<GaugeCounts> & { readonly limits: OfVersions<Limits> };
  readonly uptime?: { readonly blocks: readonly ComparedUptime[]; readonly cursor: UptimeCursor };
}

export function beginComparisons(setting: Setting, at: Cursors): Comparisons {
  return {
    setting,
    spans: [],
    cursors: at,
    gates: {},
    together: { best: 0 },
    pods: { canary: [], stable: [] },
  };
}

/** Before the first latency block: from then on it is fixed. */
export function withLatency(comparisons: Comparisons, latency: LatencySetting): Comparisons {
  const { latencyBefore: _, ...setting } = comparisons.setting;
  return { ...comparisons, setting: { ...setting, latency } };
}

/** Blocks of all kinds in the order of their ends, so that evidence is combined as it came about. */
export function afterNews(before: Comparisons, gates: readonly ComparativeGate[], news: News): Comparisons {
  const prepared = prepareComparisons(gates, before.setting);
  const { spans } = before;
  const events = eventsOf(news, spans);
  const after = events.reduce((comparisons, event) => afterEvent(comparisons, prepared, event), before);
  const cursors = {
    errors: news.errors?.cursor ?? before.cursors.errors,
    latency: news.latency?.cursor ?? before.cursors.latency,
    gauges: news.gauges?.cursor ?? before.cursors.gauges,
    ...withUptime(news.uptime?.cursor ?? before.cursors.uptime),
  };
  const { faulty: known, ...rest } = after;
  const faulty = faultyKinds(known, news);
  return { ...rest, cursors, ...(faulty && { faulty }) };
}

function faultyKinds(before: Comparisons['faulty'], news: News): Comparisons['faulty'] {
  const kinds = (['errors', 'latency'] as const).flatMap((sort): [Sort, Faulty][] => {
    const faulty = faultyAfter(before?.[sort], news[sort]);
    return faulty === undefined ? [] : [[sort, faulty]];
  });
  return kinds.length === 0 ? undefined : Object.fromEntries(kinds);
}

const withUptime = (uptime: UptimeCursor | undefined): Pick<Cursors, 'uptime'> =>
  uptime === undefined ? {} : { uptime };

type Event = {
  readonly [Kind in Sort]: { readonly sort: Kind; readonly at: number; readonly seen: SeenOf[Kind] };
}[Sort];

function eventsOf({ errors, latency, gauges, uptime }: News, spans: readonly ExposureSpan[]): readonly Event[] {
  const events: Event[] = [
    ...(errors?.blocks ?? []).flatMap((block): Event[] => {
      const seen = placed(block, spans);
      return seen === undefined ? [] : [{ sort: 'errors', at: block.to, seen }];
    }),
    ...(latency?.blocks ?? []).flatMap((block): Event[] => {
      const seen = placed(block, spans);
      return seen === undefined ? [] : [{ sort: 'latency', at: block.to, seen }];
    }),
    ...(gauges?.blocks ?? []).flatMap((block): Event[] => {
      const seen = placed(block, spans);
      return seen === undefined || gauges === undefined
        ? []
        : [{ sort: 'gauges', at: block.to, seen: { ...seen, limits: gauges.limits } }];
    }),
    ...(uptime?.blocks ?? []).map((seen): Event => ({ sort: 'uptime', at: seen.to, seen })),
  ];
  return events.toSorted((a, b) => a.at - b.at);
}

function afterEvent(before: Comparisons, prepared: readonly Prepared[], event: Event): Comparisons {
  const changed = prepared.flatMap((one): [string, unknown][] => {
    const after = step(one, before.gates[one.gate.name], event, before.measured);
    return after === undefined ? [] : [[one.gate.name, after]];
  });
  if (changed.length === 0) return before;
  const gates = { ...before.gates, ...Object.fromEntries(changed) };
  return { ...before, gates, together: weighed(before.together, prepared, gates) };
}

/** The gate's state after it; undefined where it is not told of such blocks. */
function step(one: Prepared, before: unknown, event: Event, measured: Measured | undefined): unknown {
  if (one.test === undefined || !isMeasured(measured, one.gate)) return undefined;
  const state = before ?? one.test.start;
  if (one.sort === 'errors' && event.sort === 'errors') return one.test.after(state, event.seen);
  if (one.sort === 'latency' && event.sort === 'latency') return one.test.after(state, event.seen);
  if (one.sort === 'gauges' && event.sort === 'gauges') return one.test.after(state, event.seen);
  if (one.sort === 'uptime' && event.sort === 'uptime') return one.test.after(state, event.seen);
  return undefined;
}

function weighed(before: Together, prepared: readonly Prepared[], gates: Comparisons['gates']): Together {
  const parts = prepared.flatMap(({ gate: { name }, weight, test }) => {
    const logEvidence = test === undefined || !(name in gates) ? undefined : test.against(gates[name]);
    return logEvidence === undefined ? [] : [{ gate: name, weight, logEvidence }];
  });
  const combined = combine(parts, ALPHA.rollBack);
  const best = Math.max(before.best, shortLog(combined.logEvidence));
  if (before.gates !== undefined) return { best, gates: before.gates };
  return combined.reached ? { best, gates: combined.gates } : { best };
}

/** Of now; for whom blocks wait, by their kind. */
export interface Moment extends Omit<Asked, 'weight' | 'reached' | 'waiting'> {
  readonly waiting: Readonly<Partial<Record<Sort, Asked['waiting']>>>;
  /** A pod of the canary's. */
  readonly unseen?: UnseenPod;
}

export function verdictsOf(
  comparisons: Comparisons,
  gates: readonly ComparativeGate[],
  { waiting, unseen, ...moment }: Moment,
): readonly ComparisonVerdict[] {
  return prepareComparisons(gates, comparisons.setting).map(({ gate, weight, sort, test }) => {
    const { measured, setting } = comparisons;
    if (test === undefined) return silent(gate, noHistograms(measured, gate, setting, moment), moment);
    const lack = unmeasured(measured, gate, moment);
    if (lack !== undefined) return silent(gate, lack, moment);
    const state = comparisons.gates[gate.name] ?? test.start;
    const reached = comparisons.together.gates?.includes(gate.name) === true;
    const asked = { ...moment, weight, reached, waiting: waiting[sort] ?? [] };
    const told = withFaults(test.answer(state, asked), comparisons.faulty?.[sort], moment.at);
    const { numbers, ...answer } = unlessUnseen(told, sort, unseen, moment.at);
    return { gate: gate.name, ...answer, evidence: { ...madeAt(moment), ...numbers } };
  });
}

/** As long as nothing could be read to begin with; none when nobody has tried. */
export const unbegun = (
  gates: readonly ComparativeGate[],
  unread: string | undefined,
  moment: Pick<Moment, 'at' | 'exposure'>,
): readonly ComparisonVerdict[] =>
  unread === undefined ? [] : gates.map((gate) => silent(gate, open('NoData', `could not be read: ${unread}`), moment));

const madeAt = ({ at, exposure }: Pick<Moment, 'at' | 'exposure'>) =>
  ({ kind: 'comparison', at: toTime(at), exposure }) as const;

const silent = (
  { name }: ComparativeGate,
  finding: Finding,
  moment: Pick<Moment, 'at' | 'exposure'>,
): ComparisonVerdict => ({
  gate: name,
  oneSided: false,
  ...finding,
  evidence: { ...madeAt(moment), unit: 'share', requests: { canary: 0, stable: 0 } },
});

/** All gates together have the evidence, though none has it alone: as a sentence; undefined when not. */
export function togetherText({ together: { best, gates } }: Pick<Comparisons, 'together'>): string | undefined {
  if (gates === undefined || gates.length > 0) return undefined;
  return `all gates together: were the canary within every tolerance, evidence this strong would appear in fewer than ${oneOf(best)} releases`;
}
