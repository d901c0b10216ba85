// One look at the metrics of a release's two versions: is all there that its profile and its gates need, with fresh samples?
// Never starts a release and never judges a version. Called by `serin metrics check`.
import type { Clock } from '../lib/clock.ts';
import type { MetricsSource } from '../metrics/source.ts';
import { type Finding, isThere } from './finding.ts';
import { type Canary, type GateFindings, gateFindings } from './gates.ts';
import type { Look, Subjects } from './look.ts';
import { withNeeded } from './needed.ts';
import { signalFindings, TARGETS } from './signals.ts';

export interface Inspection {
  readonly profile: string;
  readonly at: number;
  /** Stable's, then the canary's, alike in order. */
  readonly signals: readonly Finding[];
  readonly gates: readonly GateFindings[];
  /** Nothing that is needed is missing or stale; a canary may be absent. */
  readonly complete: boolean;
}

/** As far as an instant query looks back, or six scrapes where that is longer. */
const LOOK_BACK_MS = 5 * 60_000;

const LABELMAP = "scrape so that the pods' labels are kept (labelmap), or name labels in `metrics.versions`";

/** Rejects as the source does. `unlabelled`: what to do where series do not say whose they are. */
export async function inspect(
  subjects: Subjects,
  metrics: MetricsSource,
  clock: Pick<Clock, 'now'>,
  unlabelled: string = LABELMAP,
): Promise<Inspection> {
  const at = clock.now();
  const look: Look = { metrics, at, from: at - Math.max(LOOK_BACK_MS, 6 * metrics.scrapeIntervalMs), unlabelled };
  const { stable, canary: found } = await signalFindings(subjects, look);
  const isStableThere = stable.every((one) => !one.needed || isThere(one));
  const isAbsent = isStableThere && found.every(({ state }) => state === 'missing');
  const canary = isAbsent ? found.map(asAbsent) : found;
  const gates = await gateFindings(subjects, stateOf(canary), look);
  const needed = withNeeded(subjects.policy, { stable, canary });
  const signals = [...needed.stable, ...needed.canary];
  return {
    profile: subjects.policy.metrics.profile ?? 'app',
    at,
    signals,
    gates,
    complete: [...signals, ...gates.flatMap(({ selectors }) => selectors)].every((one) => !isLacking(one)),
  };
}

/** Needed, and not there: the release would wait for it. */
export const isLacking = (one: Finding): boolean => one.needed && !isThere(one) && one.state !== 'absent';

const asAbsent = ({ advice: _, ...one }: Finding): Finding => ({
  ...one,
  state: 'absent',
  ...(one.what === TARGETS ? { advice: 'no series at all: it does not run yet, or nobody scrapes it' } : {}),
});

function stateOf(canary: readonly Finding[]): Canary {
  const state = canary.find(({ what }) => what === TARGETS)?.state;
  return state === 'found' ? 'up' : state === 'absent' ? 'absent' : 'other';
}
