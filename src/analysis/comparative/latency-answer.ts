// What the gate `latency` answers: the first check that speaks decides, and says its numbers in one sentence.
// Never gathers evidence (latency-gate.ts does). Quantiles are interpolated, for people to read: a verdict waits for one above `max`, and none else rests on them.
import { bounds, total } from '../../stats/buckets.ts';
import { slowEdgesNeeded } from '../../stats/slow-edges.ts';
import type { ComparisonNumbers } from '../verdict.ts';
import {
  type Answer,
  ASKED_TO_PROMOTE,
  type Asked,
  askedToRollBack,
  bothAbove,
  type Finding,
  noBlock,
  open,
  rollsBack,
  setAside,
  stale,
  stillNeeded,
} from './answer.ts';
import { latencyBound } from './bound.ts';
import type { LatencyGate } from './kinds.ts';
import { type ComparedLatency, ENOUGH, type LatencyFindings, type LatencyProof } from './latency-proof.ts';
import { isByMax } from './max.ts';
import { millis, oneOf, requestsSeen } from './words.ts';

interface Case {
  readonly gate: LatencyGate;
  readonly edges: readonly number[];
  readonly state: ComparedLatency | undefined;
  readonly found: LatencyFindings;
  readonly proof: LatencyProof | undefined;
  readonly asked: Asked;
}

export function answerLatency(
  gate: LatencyGate,
  edges: readonly number[],
  state: ComparedLatency | undefined,
  found: LatencyFindings,
  asked: Asked,
): Answer {
  const latest = state?.proof;
  const proof = latest?.exposure === asked.exposure ? latest : undefined;
  const one: Case = { gate, edges, state, found, proof, asked };
  const finding =
    slower({ ...one, proof: proof ?? latest }) ??
    setAside(asked) ??
    stale(asked) ??
    empty(one) ??
    aboveMax(one) ??
    shown(one) ??
    unresolved(one) ??
    moreEvidence(one);
  const bound = finding.verdict === 'fail' ? boundAt(gate, edges, state) : undefined;
  return { oneSided: false, ...finding, numbers: { ...numbersOf(one), ...(bound && { bound }) } };
}

function boundAt(
  { worseBy: { factor, extraMs } }: LatencyGate,
  edges: readonly number[],
  state: ComparedLatency | undefined,
): ComparisonNumbers['bound'] {
  if (state?.proof === undefined) return undefined;
  return latencyBound(state.proof, { edges, buckets: state.buckets, tolerance: { factor, extra: extraMs } });
}

function slower({ gate, found, asked, ...one }: Case): Finding | undefined {
  const weighed = rollsBack(found.all, asked);
  if (weighed === undefined) return undefined;
  const byMax = isByMax(found, asked);
  const than = byMax ? `no slower than ${millis(gate.max ?? 0)}` : 'within the tolerance';
  const strength = `were it ${than}, evidence this strong would appear in fewer than ${oneOf(weighed)} releases`;
  const told = `${compared({ gate, found, asked, ...one })}; ${strength}${seen(one.proof)}`;
  return byMax
    ? { verdict: 'fail', reason: 'AboveMax', message: told, oneSided: true, stableFailsToo: false }
    : { verdict: 'fail', reason: 'Worse', message: told };
}

function empty({ state, proof, asked }: Case): Finding | undefined {
  if (state === undefined)
    return open(
      'MoreEvidence',
      `stable has had too few requests to know how its latencies lie in the buckets: ${ENOUGH} are needed`,
    );
  if (proof === undefined) return noBlock(asked);
  if (total(proof.canary) === 0) return open('LowTraffic', 'the canary has had no successful answers in this exposure');
  if (total(proof.stable) === 0) return open('LowTraffic', 'stable has had no successful answers to compare with');
  return undefined;
}

/** Above it by what was counted, where an edge shows it; else by the interpolation. */
function aboveMax(one: Case): Finding | undefined {
  const { gate, edges, found, proof } = one;
  const { max, quantile } = gate;
  if (proof === undefined || max === undefined) return undefined;
  const isAbove = (counts: readonly number[]) => quantileOf(edges, counts, quantile) > max;
  if (!isAbove(proof.canary)) return undefined;
  const told = `${compared(one)}: above ${millis(max)}`;
  if (found.stableAbove && isAbove(proof.stable)) return bothAbove(`${told}${seen(proof)}`);
  const edge = edges.findIndex((one) => one >= max);
  const surely = total(proof.canary.slice(edge + 1)) > (1 - quantile) * total(proof.canary);
  if (surely) return open('MoreEvidence', `${told}, and may be chance${seen(proof)}`);
  const why = `${millis(max)} lies inside a bucket of the histogram, and where in it requests lie cannot be told`;
  return open('Resolution', `${told}; ${why}${seen(proof)}`);
}

function shown(one: Case): Finding | undefined {
  const { gate, edges, state, proof } = one;
  if (proof === undefined || proof.noSlower.best < ASKED_TO_PROMOTE) return undefined;
  const at = (state?.edges ?? []).map((edge) => millis(edges[edge] as number)).join(' and ');
  const strength = `were clearly more of its answers slower than ${at}, this would appear in fewer than ${oneOf(proof.noSlower.best)} releases`;
  const limited = gate.max === undefined ? '' : `, no more than ${millis(gate.max)}`;
  return { verdict: 'pass', reason: 'Passed', message: `${compared(one)}${limited}; ${strength}${seen(proof)}` };
}

/** Only the exact comparison is left, and no number of requests makes up for it. */
function unresolved(one: Case): Finding | undefined {
  const { state, proof } = one;
  if (state?.buckets !== 'exact' || proof === undefined || needed(one) !== undefined) return undefined;
  const why = 'the buckets of the histogram are too wide there to tell a tolerated slowdown from a worse one';
  return open('Resolution', `${compared(one)}; ${why}${seen(proof)}`);
}

function moreEvidence(one: Case): Finding {
  const { proof, asked } = one;
  if (proof === undefined) return noBlock(asked);
  const more = needed(one);
  if (more === undefined) return open('NearTolerance', `${compared(one)}: near what is tolerated${seen(proof)}`);
  const { reason, text } = stillNeeded(more, total(proof.canary) / proof.seconds);
  return open(reason, `${compared(one)}${seen(proof)}; ${text}`);
}

/** Requests of the canary's, if both versions go on as they have. */
function needed({ found, proof }: Case): number | undefined {
  const requests = total(proof?.canary ?? []);
  if (proof === undefined || found.proofProcess === undefined || requests === 0) return undefined;
  const each = (counts: readonly number[]) => counts.map((count) => count / requests);
  const block = { canary: each(proof.canary), stable: each(proof.stable) };
  return slowEdgesNeeded(found.proofProcess, proof.noSlower, block, ASKED_TO_PROMOTE);
}

const seen = (proof: LatencyProof | undefined): string =>
  proof === undefined ? '' : `; ${requestsSeen(proof.exposure, total(proof.canary))}`;

function compared({ gate, edges, proof }: Case): string {
  if (proof === undefined) return 'the canary has had no answers yet';
  const of = (counts: readonly number[]) => millis(quantileOf(edges, counts, gate.quantile));
  const name = `p${Number((gate.quantile * 100).toPrecision(4))}`;
  return `canary's ${name} is about ${of(proof.canary)}, stable's ${of(proof.stable)}`;
}

/** As if requests lay evenly in the logarithm of time inside each bucket. */
export function quantileOf(edges: readonly number[], counts: readonly number[], quantile: number): number {
  const wanted = quantile * total(counts);
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    if (below + count >= wanted && count > 0) {
      const { low, high } = bounds(edges, bucket);
      return low * (high / low) ** ((wanted - below) / count);
    }
    below += count;
  }
  return 0;
}

function numbersOf(one: Case): ComparisonNumbers {
  const { gate, edges, found, proof, asked } = one;
  const against = { logEvidence: found.all, asked: askedToRollBack(asked.weight) };
  const max = gate.max === undefined ? {} : { max: gate.max };
  if (proof === undefined || total(proof.canary) === 0 || total(proof.stable) === 0)
    return { unit: 'milliseconds', requests: { canary: 0, stable: 0 }, against, ...max };
  const stable = quantileOf(edges, proof.stable, gate.quantile);
  const { factor, extraMs } = gate.worseBy;
  const isShown = proof.noSlower.best >= ASKED_TO_PROMOTE;
  const more = aboveMax(one) ? undefined : isShown ? 0 : needed(one);
  return {
    unit: 'milliseconds',
    canary: quantileOf(edges, proof.canary, gate.quantile),
    stable,
    tolerated: Math.max(factor * stable, stable + extraMs),
    ...max,
    requests: { canary: total(proof.canary), stable: total(proof.stable) },
    against,
    inFavour: { logEvidence: proof.noSlower.best, asked: ASKED_TO_PROMOTE },
    ...(more === undefined ? {} : { needed: Math.ceil(more) }),
  };
}
