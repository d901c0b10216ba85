// What the gate `restarts` answers: the first check that speaks decides, and says its numbers in one sentence.
// Never gathers evidence (restarts-gate.ts does). Called by restarts-gate.ts.
import { formatDuration } from '../../lib/duration.ts';
import type { Mixture } from '../../stats/mixture.ts';
import type { RestartBlock, Uptime } from '../../stats/restarts.ts';
import type { ComparisonNumbers } from '../verdict.ts';
import {
  type Answer,
  type Asked,
  askedToRollBack,
  bothAbove,
  type Finding,
  noBlock,
  open,
  podsSetAside,
  rollsBack,
  stale,
} from './answer.ts';
import type { Proving } from './exposure.ts';
import type { RestartsGate } from './kinds.ts';
import { type Against, isByMax } from './max.ts';
import { grouped, hourly, oneOf } from './words.ts';

export type UptimeOfVersions = RestartBlock;

export interface RestartsState {
  readonly worse: Mixture;
  /** Of all exposures, where there is a `max`. */
  readonly attempt?: UptimeOfVersions;
  readonly proof?: RestartsProof;
}

/** What the latest exposure in which versions are compared has shown. */
export interface RestartsProof extends UptimeOfVersions {
  readonly exposure: Proving;
}

interface Case {
  readonly gate: RestartsGate;
  readonly found: Against;
  /** Of the present exposure. */
  readonly proof: RestartsProof | undefined;
  readonly asked: Asked;
}

/** Of the canary's pods together. */
const LEAST_SECONDS = 60;
/** A year: nobody waits for more. */
const LONGEST_SECONDS = 365 * 86_400;

export function answerRestarts(gate: RestartsGate, state: RestartsState, found: Against, asked: Asked): Answer {
  const proof = state.proof?.exposure === asked.exposure ? state.proof : undefined;
  const one: Case = { gate, found, proof, asked };
  const finding =
    worse(one, state.attempt ?? proof ?? state.proof) ??
    podsSetAside(asked) ??
    stale(asked) ??
    tooLittle(one) ??
    tooMany(one) ??
    within(one);
  return { oneSided: false, ...finding, numbers: numbersOf(one) };
}

function worse({ gate, found, asked }: Case, seen: UptimeOfVersions | undefined): Finding | undefined {
  const weighed = rollsBack(found.all, asked);
  if (weighed === undefined) return undefined;
  const byMax = isByMax(found, asked);
  const than = byMax ? `no more than ${hourly(gate.max ?? 0)}` : 'within the tolerance';
  const strength = `were it ${than}, evidence this strong would appear in fewer than ${oneOf(weighed)} releases`;
  const message = `${compared(seen)}; ${strength}`;
  return byMax
    ? { verdict: 'fail', reason: 'AboveMax', message, oneSided: true, stableFailsToo: false }
    : { verdict: 'fail', reason: 'Worse', message };
}

function tooLittle({ proof, asked }: Case): Finding | undefined {
  if (proof === undefined) return noBlock(asked);
  const { podSeconds } = proof.canary;
  if (podSeconds >= LEAST_SECONDS) return undefined;
  return open('MoreEvidence', `${compared(proof)}; at least ${timeOf(LEAST_SECONDS)} of them are needed`);
}

/** Perhaps by chance. */
function tooMany({ gate, found, proof }: Case): Finding | undefined {
  if (proof === undefined) return undefined;
  const { max = Infinity } = gate;
  if (found.stableAbove && perHourOf(proof.canary) > max && perHourOf(proof.stable) > max)
    return bothAbove(`${compared(proof)}: above ${hourly(max)}`);
  const allowed = allowedPerHour(gate, proof);
  const { restarts, podSeconds } = proof.canary;
  if (restarts <= (allowed * podSeconds) / 3600) return undefined;
  const told = `${compared(proof)}: more than ${hourly(allowed)}, and may be chance`;
  const seconds = (restarts * 3600) / allowed - podSeconds;
  if (seconds > LONGEST_SECONDS) return open('MoreEvidence', told);
  const more = timeOf(seconds);
  return open('MoreEvidence', `${told}; within it after ${more} more of its pods' time without a restart`);
}

function within({ gate, proof }: Case): Finding {
  const allowed = proof === undefined ? 0 : allowedPerHour(gate, proof);
  return {
    verdict: 'pass',
    reason: 'Passed',
    message: `${compared(proof)}; no more than ${hourly(allowed)}, as far as was seen`,
  };
}

function allowedPerHour(
  { worseBy: { factor, perHour }, max = Infinity }: RestartsGate,
  { stable }: UptimeOfVersions,
): number {
  return Math.min(max, factor * perHourOf(stable) + perHour);
}

const perHourOf = ({ podSeconds, restarts }: Uptime): number => (podSeconds > 0 ? (restarts * 3600) / podSeconds : 0);

function compared(seen: UptimeOfVersions | undefined): string {
  if (seen === undefined) return "nothing of the canary's pods was seen";
  return `canary restarted ${countOf(seen.canary)} of its pods' time, stable ${countOf(seen.stable)}`;
}

const countOf = ({ restarts, podSeconds }: Uptime): string =>
  `${grouped(restarts)} ${restarts === 1 ? 'time' : 'times'} in ${timeOf(podSeconds)}`;

/** To the minute once it is hours. */
const timeOf = (seconds: number): string =>
  formatDuration((seconds < 3600 ? Math.ceil(seconds) : Math.ceil(seconds / 60) * 60) * 1000);

function numbersOf({ gate, found, proof, asked }: Case): ComparisonNumbers {
  return {
    unit: 'perHour',
    ...(proof && {
      canary: perHourOf(proof.canary),
      stable: perHourOf(proof.stable),
      tolerated: allowedPerHour({ ...gate, max: Infinity }, proof),
    }),
    ...(gate.max === undefined ? {} : { max: gate.max }),
    requests: { canary: 0, stable: 0 },
    against: { logEvidence: found.all, asked: askedToRollBack(asked.weight) },
  };
}
