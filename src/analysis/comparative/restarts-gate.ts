// The gate `restarts`: do the canary's containers restart more often than is tolerated beside stable's, or than `max`?
// Never judges a crash loop: a canary without ready pods is taken out at once. Called by comparisons.ts.
import { sumOfLogs } from '../../stats/logs.ts';
import { restarts, type Uptime } from '../../stats/restarts.ts';
import { thousandths } from './brief.ts';
import { areBesideEachOther, type ExposureSpan, provingOf } from './exposure.ts';
import type { GateProcess } from './gate-process.ts';
import type { RestartsGate } from './kinds.ts';
import { type Against, besideMax, byToleranceAlone } from './max.ts';
import { answerRestarts, type RestartsProof, type RestartsState, type UptimeOfVersions } from './restarts-answer.ts';
import type { ComparedUptime } from './seen.ts';
import { onsetOf, type Setting } from './setting.ts';

const SECONDS = 3600;

const NOTHING: Uptime = { podSeconds: 0, restarts: 0 };
const NONE: UptimeOfVersions = { canary: NOTHING, stable: NOTHING };

/**
 * Evidence to roll back is that of stats/restarts.ts, over the whole attempt; of a pod no more than one counts in a minute,
 * or in a shorter block, since those of a crash loop follow each other. A pass is no proof: restarts are rare, and an hour
 * of pods without any says little of one a day. It says that some of the pods' time was seen, and no more restarts in it
 * than tolerated.
 */
export function restartsGate(gate: RestartsGate, setting: Setting): GateProcess<ComparedUptime, RestartsState> {
  const { factor, perHour } = gate.worseBy;
  const onset = onsetOf(setting, setting.lengths.gauges);
  const worse = restarts({ factor, perPodSecond: perHour / SECONDS, onset });

  const find = ({ worse: state, attempt = NONE }: RestartsState): Against => {
    const byTolerance = worse.logEvidence(state);
    if (gate.max === undefined) return byToleranceAlone(byTolerance);
    const limit = gate.max / SECONDS;
    return besideMax(byTolerance, aboveRate(limit, attempt.canary), aboveRate(limit, attempt.stable));
  };

  return {
    start: { worse: worse.start },
    after(state, { from, to, span, uptime: raw }) {
      const uptime = { canary: apart(raw.canary, to - from), stable: apart(raw.stable, to - from) };
      // `max` holds in a preview and at 100 % as well.
      const limited = gate.max === undefined ? state : { ...state, attempt: added(state.attempt, uptime) };
      if (!areBesideEachOther(span)) return limited;
      return { ...limited, worse: worse.after(state.worse, uptime), proof: proved(state.proof, span, uptime) };
    },
    against: (state) => find(state).all,
    answer: (state, asked) => answerRestarts(gate, state, find(state), asked),
  };
}

/** With no more than one restart of each pod a minute, as far as that can be told of all pods together. */
function apart({ podSeconds, restarts: count }: Uptime, ms: number): Uptime {
  const pods = Math.ceil((podSeconds * 1000) / Math.max(1, ms) - ROUNDING);
  return { podSeconds, restarts: Math.min(count, pods * Math.max(1, Math.floor(ms / 60_000))) };
}

const ROUNDING = 1e-6;
const TIMES: readonly number[] = [1.5, 2, 4, 10, 30, 100];

/**
 * ln of the evidence that restarts come more often than `limit` a second and pod. Null hypothesis: they are a Poisson
 * process whose rate is at most that. g^restarts · exp(−(g − 1)·limit·podSeconds) has a mean of exp((g − 1)·(λ −
 * limit·podSeconds)) ≤ 1, λ the restarts to be expected, since E[g^x] = exp((g − 1)·λ) for Poisson counts; blocks multiply,
 * so that the sums are all it takes; and a mean over several g is an e-process too.
 */
function aboveRate(limit: number, { podSeconds, restarts: count }: Uptime): number {
  const logs = TIMES.map((times) => count * Math.log(times) - (times - 1) * limit * podSeconds);
  return sumOfLogs(logs) - Math.log(TIMES.length);
}

function proved(before: RestartsProof | undefined, span: ExposureSpan, uptime: UptimeOfVersions): RestartsProof {
  const exposure = provingOf(span);
  return { exposure, ...added(before?.exposure === exposure ? before : undefined, uptime) };
}

const added = (one: UptimeOfVersions = NONE, other: UptimeOfVersions): UptimeOfVersions => ({
  canary: together(one.canary, other.canary),
  stable: together(one.stable, other.stable),
});

const together = (one: Uptime, other: Uptime): Uptime => ({
  podSeconds: thousandths(one.podSeconds + other.podSeconds),
  restarts: one.restarts + other.restarts,
});
