// What the gates `errors` and `clientErrors` answer: the first check that speaks decides, and says its numbers in one sentence.
// Never gathers evidence (rate-gate.ts does). Called by rate-gate.ts.
import { type RateBlock, tolerated } from '../../stats/rate.ts';
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
import { rateBound } from './bound.ts';
import type { RateGate } from './kinds.ts';
import { type Against, isByMax } from './max.ts';
import { isShown, type Proofs, type RateProof, rateOf } from './proof.ts';
import { grouped, oneOf, percent, points, requestsSeen, times } from './words.ts';

/** What a gate's state says. */
export interface RateFindings extends Against {
  /** The one pod without which nothing speaks against the canary. */
  readonly onlyPod?: string;
  /** Counted where stable is only known at worst. */
  readonly atWorst?: RateBlock;
}

interface Case {
  readonly gate: RateGate;
  readonly found: RateFindings;
  /** Of the present exposure. */
  readonly proof: RateProof | undefined;
  readonly proofs: Proofs;
  readonly asked: Asked;
}

export function answerRate(
  gate: RateGate,
  latest: RateProof | undefined,
  found: RateFindings,
  proofs: Proofs,
  asked: Asked,
): Answer {
  const proof = latest?.exposure === asked.exposure ? latest : undefined;
  // A roll back rests on the whole attempt: what it shows is what was last seen, whatever the exposure is now.
  const one: Case = { gate, found, proof, proofs, asked };
  const finding =
    worse({ ...one, proof: proof ?? latest }) ??
    setAside(asked) ??
    stale(asked) ??
    empty(one) ??
    aboveMax(one) ??
    shown(one) ??
    nearTolerance(one) ??
    moreEvidence(one);
  const bound = finding.verdict === 'fail' ? boundAt(gate, proof ?? latest) : undefined;
  return { oneSided: false, ...finding, numbers: { ...numbersOf(one), ...(bound && { bound }) } };
}

const boundAt = (gate: RateGate, proof: RateProof | undefined): ComparisonNumbers['bound'] =>
  proof && rateBound(proof, gate.worseBy);

function worse({ gate, found, proof, asked }: Case): Finding | undefined {
  const weighed = rollsBack(found.all, asked);
  if (weighed === undefined) return undefined;
  const seen = proof === undefined ? '' : `; ${requestsSeen(proof.exposure, proof.canary.requests)}`;
  const byMax = isByMax(found, asked);
  const than = byMax ? `no more than ${percent(gate.max ?? 1)}` : 'within the tolerance';
  const strength = `were it ${than}, evidence this strong would appear in fewer than ${oneOf(weighed)} releases`;
  const told = `${proof === undefined ? atWorst(gate, found) : compared(gate, proof)}; ${strength}${seen}`;
  if (byMax) return { verdict: 'fail', reason: 'AboveMax', message: told, oneSided: true, stableFailsToo: false };
  if (found.onlyPod === undefined) return { verdict: 'fail', reason: 'Worse', message: told };
  const only = `only pod ${found.onlyPod} is worse: without it nothing speaks against the canary`;
  return { verdict: 'fail', reason: 'PodLocalised', message: `${only}; ${told}` };
}

function empty({ proof, asked }: Case): Finding | undefined {
  if (proof === undefined) return noBlock(asked);
  if (proof.canary.requests === 0) return open('LowTraffic', 'the canary has had no requests in this exposure');
  if (proof.stable.requests === 0) return open('LowTraffic', 'stable has had no requests to compare with');
  return undefined;
}

function aboveMax({ gate, found, proof }: Case): Finding | undefined {
  if (proof === undefined || gate.max === undefined || rateOf(proof.canary) <= gate.max) return undefined;
  const count = requestsSeen(proof.exposure, proof.canary.requests);
  const told = `${compared(gate, proof)}, above ${percent(gate.max)}`;
  if (found.stableAbove && rateOf(proof.stable) > gate.max) return bothAbove(`${told}; ${count}`);
  return open('MoreEvidence', `${told}, and may be chance; ${count}`);
}

function shown({ gate, proof }: Case): Finding | undefined {
  if (proof === undefined || !isShown(proof)) return undefined;
  const seen = requestsSeen(proof.exposure, proof.canary.requests);
  const strength = `were it worse by more than ${toleranceText(gate)}, this would appear in fewer than ${oneOf(proof.noWorse.best)} releases`;
  const limited = gate.max === undefined ? '' : `, no more than ${percent(gate.max)}`;
  return { verdict: 'pass', reason: 'Passed', message: `${compared(gate, proof)}${limited}; ${strength}; ${seen}` };
}

/** Beyond so much of what is tolerated, and known so narrowly that more requests would hardly change it. */
const NEAR = 0.7;

function nearTolerance({ gate, proof }: Case): Finding | undefined {
  if (proof === undefined) return undefined;
  const { canary, stable, interval } = proof;
  const room = tolerated(gate.worseBy, rateOf(stable)) - rateOf(stable);
  const known = interval.upper - interval.lower <= 2 * room;
  if (!known || rateOf(canary) - rateOf(stable) < NEAR * room) return undefined;
  const seen = requestsSeen(proof.exposure, canary.requests);
  return open('NearTolerance', `${compared(gate, proof)}: near what is tolerated, ${toleranceText(gate)}; ${seen}`);
}

function moreEvidence({ gate, proof, proofs, asked }: Case): Finding {
  if (proof === undefined) return noBlock(asked);
  const needed = proofs.needed(proof);
  const seen = `${compared(gate, proof)}; ${requestsSeen(proof.exposure, proof.canary.requests)}`;
  if (needed === undefined) return open('MoreEvidence', seen);
  const { reason, text } = stillNeeded(needed, proof.canary.requests / proof.seconds);
  return open(reason, `${seen}; ${text}`);
}

const WHAT = { errors: 'fails', clientErrors: 'refuses (4xx)' } as const;

function compared(gate: RateGate, proof: RateProof | undefined): string {
  if (proof === undefined) return 'the canary has had no requests yet';
  const { canary, stable } = proof;
  return `canary ${WHAT[gate.kind]} ${percent(rateOf(canary))} of requests, stable ${percent(rateOf(stable))}`;
}

/** Before anything could be compared like with like. */
function atWorst(gate: RateGate, { atWorst: known }: RateFindings): string {
  if (known === undefined) return compared(gate, undefined);
  const [canary, stable] = [percent(rateOf(known.canary)), percent(rateOf(known.stable))];
  return `canary ${WHAT[gate.kind]} ${canary} of ${grouped(known.canary.requests)} copies, stable at worst ${stable} of their originals`;
}

function toleranceText({ worseBy: { factor, points: more } }: RateGate): string {
  const parts = [...(factor > 1 ? [times(factor)] : []), ...(more > 0 ? [points(more)] : [])];
  return parts.join(' and ');
}

function numbersOf(one: Case): ComparisonNumbers {
  const { gate, found, proof, proofs, asked } = one;
  const against = { logEvidence: found.all, asked: askedToRollBack(asked.weight) };
  const max = gate.max === undefined ? {} : { max: gate.max };
  if (proof === undefined) return { unit: 'share', requests: { canary: 0, stable: 0 }, against, ...max };
  const [canary, stable] = [rateOf(proof.canary), rateOf(proof.stable)];
  const needed = aboveMax(one) ? undefined : isShown(proof) ? 0 : proofs.needed(proof);
  return {
    unit: 'share',
    canary,
    stable,
    tolerated: tolerated(gate.worseBy, stable),
    ...max,
    interval: { low: proof.interval.lower, high: proof.interval.upper },
    requests: { canary: proof.canary.requests, stable: proof.stable.requests },
    against,
    inFavour: { logEvidence: proof.noWorse.best, asked: ASKED_TO_PROMOTE },
    ...(needed === undefined ? {} : { needed: Math.ceil(needed) }),
  };
}
