// Reads stable's own past for an attempt that begins: an hour of its requests, errors, latency, CPU and memory, once.
// Never looks at the canary and never estimates (analysis/comparative/history.ts does). Called before a canary is first exposed.
import { type PodFacts, timingOf } from '../../analysis/blocks/blocks.ts';
import { type StableHistory, stableHistory } from '../../analysis/comparative/history.ts';
import type { Telling } from '../../analysis/comparative/measured.ts';
import { OTHERS } from '../../analysis/comparative/outcomes.ts';
import { acceptedProfile } from '../../analysis/profiles/own.ts';
import type { Family } from '../../analysis/profiles/profile.ts';
import type { MetricsSource } from '../../metrics/source.ts';
import type { Subjects } from '../samples.ts';
import { type Range, readCounted } from './counted.ts';
import { errorFamilies, errorSamples } from './errors.ts';
import { gaugeFamilies, gaugeSamples } from './gauges.ts';
import { latencyFamilies, latencySamples } from './latency.ts';

/** Where latencies lie in the buckets is known sooner than how errors scatter, and buckets are by far the most series. */
const LATENCY_MS = 600_000;

/** Requests of all methods, of the pods that are known (`pods`: stable's). */
export async function readStableHistory(
  subjects: Subjects,
  range: Range,
  pods: readonly PodFacts[],
  metrics: MetricsSource,
): Promise<StableHistory & { readonly telling: Telling }> {
  const profile = acceptedProfile(subjects.policy.metrics);
  const ofStable = async (carried: readonly Family[], beside: readonly Family[], over: Range) =>
    (await readCounted(subjects, profile, { carried, beside, versions: ['stable'] }, over, metrics)).stable;
  const recently = { ...range, from: Math.max(range.from, range.to - LATENCY_MS) };
  const [stable, timed] = await Promise.all([
    ofStable(errorFamilies(profile), gaugeFamilies(profile), range),
    ofStable(latencyFamilies(profile), [], recently),
  ]);
  const { samples: errors, telling } = errorSamples(profile, stable, pods, 'all');
  const unanswered = new Set(errors.others?.[OTHERS.unanswered]);
  const answered = { ...errors, requests: errors.requests.filter((series) => !unanswered.has(series)) };
  const { samples: latency, telling: durations } = latencySamples(profile, timed, pods, 'all');
  const samples = { errors: answered, latency, gauges: gaugeSamples(profile, stable, pods) };
  const history = stableHistory(samples, { ...range, timing: timingOf(metrics.scrapeIntervalMs) });
  return { ...history, telling: onlyTold({ ...telling, ...durations }) };
}

/** That it tells nothing now may be another matter in the release. */
function onlyTold(telling: Telling): Telling {
  return Object.fromEntries(Object.entries(telling).filter(([, by]) => by !== false));
}
