// One replay: a subject, one of its steps, a recording; the verdicts over time and the outcome.
// Never reads files or flags (cli/replay.ts does). The room's front door, with hindsight.ts.
import type { Millis } from '../lib/clock.ts';
import { formatDuration } from '../lib/duration.ts';
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import { toTime } from '../lib/time.ts';
import { localSource } from '../metrics/local.ts';
import { type Plan, type Step, stepLabel } from '../release/plan.ts';
import { resolvePlan } from '../release/resolve.ts';
import type { VersionName } from '../release/status.ts';
import { formatSeries } from '../series/exposition.ts';
import type { Labels } from '../series/series.ts';
import { askedAhead } from './ahead.ts';
import { createArchive } from './archive.ts';
import { createHindsight } from './hindsight.ts';
import { scrapeIntervalOf } from './interval.ts';
import type { Recording } from './recording.ts';
import type { Subject } from './subject.ts';
import { type Walk, walk } from './walk.ts';

export interface ReplayOptions {
  /** As people count steps, from 1. Left out: the first that gives the canary traffic. */
  readonly step?: number;
  /** After the first sample; what is before it is stable's past. Left out: at the first sample. */
  readonly beganMs?: number;
  /** Between two looks at the gates. Left out: one scrape interval. */
  readonly everyMs?: number;
  /** Left out: as the samples are spaced. */
  readonly scrapeIntervalMs?: number;
}

export interface Replay extends Walk {
  /** From 1. */
  readonly number: number;
  readonly step: Step;
  readonly steps: number;
  /** When the step is taken to have begun. */
  readonly from: Millis;
  readonly to: Millis;
  readonly scrapeIntervalMs: number;
  readonly everyMs: number;
  /** How many series of the recording have each version's labels. */
  readonly series: Readonly<Record<VersionName, number>>;
}

/** Times that the gates are judged: more than a day at every five seconds, which takes a minute. Beyond is, mostly, a stray sample. */
const MOST_LOOKS = 20_000;

/** SRN2001 for a step that cannot be replayed or begins too late, or too many looks, SRN1907 when the samples do not show how often they were taken. */
export async function replay(subject: Subject, recording: Recording, options: ReplayOptions): Promise<Result<Replay>> {
  const { policy, pair } = subject;
  const plan = resolvePlan(policy);
  const chosen = stepOf(plan, options.step);
  if (!chosen.ok) return chosen;
  const versions = [pair.canary.labels, pair.stable.labels];
  const scrapeIntervalMs = options.scrapeIntervalMs ?? scrapeIntervalOf(recording.series, versions);
  if (scrapeIntervalMs === undefined) return failed(noInterval(recording));
  const { to } = recording;
  const from = recording.from + (options.beganMs ?? 0);
  if (from > to) return failed(tooLate(recording, from));
  const everyMs = options.everyMs ?? scrapeIntervalMs;
  if ((to - from) / everyMs > MOST_LOOKS) return failed(tooOften({ from, to }, everyMs));
  const archive = createArchive(recording.series);
  const steps = { startMs: from, endMs: to, stepMs: everyMs };
  const metrics = askedAhead(localSource({ store: archive, scrapeIntervalMs }), archive, steps);
  const hindsight = createHindsight({ pair, policy, stepIndex: chosen.value.index, beganAt: from, metrics, until: to });
  const { step, index } = chosen.value;
  const walked = await walk(hindsight, step, { from, to, everyMs, scrapeIntervalMs });
  const series = { stable: countOf(recording, pair.stable.labels), canary: countOf(recording, pair.canary.labels) };
  const reason = walked.outcome === 'inconclusive' ? (unseen(subject, series) ?? walked.reason) : walked.reason;
  const span = { from, to, scrapeIntervalMs, everyMs };
  return ok({ ...walked, reason, number: index + 1, step, steps: plan.steps.length, ...span, series });
}

function stepOf(plan: Plan, number: number | undefined): Result<{ step: Step; index: number }> {
  const index = number === undefined ? plan.steps.findIndex(({ exposure }) => exposure !== 'none') : number - 1;
  const step = plan.steps[index];
  if (step !== undefined && step.exposure !== 'none') return ok({ step, index });
  const message =
    step === undefined
      ? `the plan has no step ${number}`
      : `step ${number} is a ${step.kind}: the canary gets no traffic, and no gate is read`;
  const open = plan.steps.flatMap((one, at) => (one.exposure === 'none' ? [] : [`${at + 1} (${stepLabel(one)})`]));
  return failed({ code: 'SRN2001', place: {}, message, found: `--step ${number}`, accepted: open.join(', ') });
}

const noInterval = ({ samples }: Recording): Problem => ({
  code: 'SRN1907',
  place: {},
  message: 'the samples do not show how often they were taken: no series has two',
  found: samples === 1 ? '1 sample' : `${samples} samples`,
  accepted: '--scrape-interval, or a longer recording',
});

const tooLate = ({ from, to }: Recording, began: Millis): Problem => ({
  code: 'SRN2001',
  place: {},
  message: 'the step would begin after the last sample',
  found: `--began ${formatDuration(began - from)}`,
  accepted: `at most ${formatDuration(to - from)}, the time from the first sample to the last`,
});

const tooOften = ({ from, to }: Pick<Recording, 'from' | 'to'>, everyMs: number): Problem => ({
  code: 'SRN2001',
  place: {},
  message: `the gates would be judged more than ${MOST_LOOKS} times`,
  found: `samples from ${toTime(from)} to ${toTime(to)}, a look every ${formatDuration(everyMs)}`,
  accepted: `--every ${formatDuration(Math.ceil((to - from) / MOST_LOOKS / 1000) * 1000)} or more, or samples of the release alone`,
});

const countOf = ({ series }: Recording, version: Labels): number =>
  series.filter(({ labels }) => Object.entries(version).every(([name, value]) => labels[name] === value)).length;

/** Labels that fit nothing are the commonest reason for no verdict, and no gate can say so. */
function unseen({ pair }: Subject, series: Replay['series']): string | undefined {
  const missing = (['canary', 'stable'] as const).find((name) => series[name] === 0);
  if (missing === undefined) return undefined;
  const whose = missing === 'canary' ? "the canary's" : "stable's";
  return `no series of the recording has ${whose} labels ${formatSeries(pair[missing].labels)}`;
}
