// What the gates `cpuPerRequest` and `memory` answer: the first check that speaks decides, and says its numbers in one sentence.
// Never gathers evidence (gauge-gate.ts does). Called by gauge-gate.ts.
import { formatDuration } from '../../lib/duration.ts';
import { FEWEST_BLOCKS, type GaugeState, gaugeBlocksNeeded } from '../../stats/gauge.ts';
import type { ComparisonNumbers } from '../verdict.ts';
import {
  type Answer,
  ASKED_TO_PROMOTE,
  type Asked,
  aside,
  askedToRollBack,
  bothAbove,
  type Finding,
  noBlock,
  open,
  podsSetAside,
  rollsBack,
  setAside,
  stale,
} from './answer.ts';
import type { Proving } from './exposure.ts';
import { type Amount, type Joined, meanUse } from './joined.ts';
import type { CpuPerRequestGate, MemoryGate } from './kinds.ts';
import { cpuTime, grouped, oneOf, size, times } from './words.ts';

/** Why a joined block was not compared. */
export type Unlike = 'methods' | 'load';

export interface GaugeGateState {
  readonly worse: GaugeState;
  /** Joined blocks running, up to the latest, that were above `max`; what the canary used in the latest. */
  readonly above: { readonly canary: number; readonly stable: number; readonly latest?: number };
  /** Blocks running in which nothing of the canary was measured. */
  readonly missing: number;
  readonly pending?: Joined;
  /** Of the latest exposure. */
  readonly proof?: GaugeProof;
  /** Of the latest joined block. */
  readonly unlike?: Unlike;
}

export interface GaugeProof {
  readonly exposure: Proving;
  readonly noWorse: GaugeState;
  readonly canary: Amount;
  readonly stable: Amount;
}

interface Case {
  readonly gate: CpuPerRequestGate | MemoryGate;
  readonly blockMs: number;
  readonly state: GaugeGateState;
  /** Of the present exposure. */
  readonly proof: GaugeProof | undefined;
  readonly against: number;
  readonly asked: Asked;
}

/** So many blocks, one after the other. */
const RUNNING = 3;

export function answerGauge(
  gate: CpuPerRequestGate | MemoryGate,
  blockMs: number,
  state: GaugeGateState,
  against: number,
  asked: Asked,
): Answer {
  const proof = state.proof?.exposure === asked.exposure ? state.proof : undefined;
  const one: Case = { gate, blockMs, state, proof, against, asked };
  // A roll back rests on the whole attempt: what it shows is what was last seen.
  const finding =
    worse({ ...one, proof: proof ?? state.proof }) ??
    aboveMax(one) ??
    (gate.kind === 'memory' ? podsSetAside(asked) : setAside(asked)) ??
    stale(asked) ??
    notMeasured(one) ??
    unlike(one) ??
    briefly(one) ??
    shown(one) ??
    moreBlocks(one);
  return { oneSided: false, ...finding, numbers: numbersOf(one) };
}

function worse({ gate, blockMs, state, proof, against, asked }: Case): Finding | undefined {
  const weighed = rollsBack(against, asked);
  if (weighed === undefined) return undefined;
  const strength = `were it no more than ${times(gate.worseBy.factor)}, evidence this strong would appear in about ${oneOf(weighed)} releases`;
  const seen = blocksSeen(state.worse.blocks, blockMs);
  return { verdict: 'fail', reason: 'Worse', message: `${compared(gate, proof)}; ${strength}; ${seen}` };
}

function aboveMax({ gate, blockMs, state: { above } }: Case): Finding | undefined {
  if (gate.max === undefined || above.canary < RUNNING) return undefined;
  const message = `${latestText(gate, above.latest)}, for ${blocksSeen(above.canary, blockMs)} running`;
  if (above.stable > 0) return bothAbove(message);
  return { verdict: 'fail', reason: 'AboveMax', message, oneSided: true, stableFailsToo: false };
}

function notMeasured({ gate: { byDefault, kind }, state }: Case): Finding | undefined {
  if (state.missing < RUNNING) return undefined;
  const message = `no ${kind === 'memory' ? 'memory' : 'CPU'} of the canary's pods was measured for ${state.missing} blocks running`;
  return byDefault ? aside('NotMeasured', message) : open('NotMeasured', message);
}

const UNLIKE: Readonly<Record<Unlike, string>> = {
  methods: 'only requests of some methods are copied, and CPU is not known by method',
  load: 'a pod of the canary gets less than half of the requests that one of stable does, and what it uses without any weighs more',
};

const unlike = ({ state, proof }: Case): Finding | undefined =>
  state.unlike === undefined || proof !== undefined ? undefined : aside('Confounded', UNLIKE[state.unlike]);

function briefly({ gate, state: { above } }: Case): Finding | undefined {
  if (gate.max === undefined || above.canary === 0) return undefined;
  const message = `${latestText(gate, above.latest)}, and may be brief; ${above.canary} of ${RUNNING} blocks`;
  return open('MoreEvidence', message);
}

function shown({ gate, blockMs, proof }: Case): Finding | undefined {
  if (proof === undefined || proof.noWorse.best < ASKED_TO_PROMOTE) return undefined;
  const strength = `were it more than ${times(gate.worseBy.factor)}, this would appear in about ${oneOf(proof.noWorse.best)} releases`;
  const seen = blocksSeen(proof.noWorse.blocks, blockMs);
  return { verdict: 'pass', reason: 'Passed', message: `${compared(gate, proof)}; ${strength}; ${seen}` };
}

function moreBlocks({ gate, blockMs, state, proof, asked }: Case): Finding {
  if (proof === undefined)
    return state.pending === undefined ? noBlock(asked) : joining(gate, blockMs, state.pending, asked);
  const { blocks } = proof.noWorse;
  const seen = `${compared(gate, proof)}; ${blocksSeen(blocks, blockMs)}`;
  if (blocks < FEWEST_BLOCKS) return open('MoreEvidence', `${seen}, and at least ${FEWEST_BLOCKS} are needed`);
  const needed = gaugeBlocksNeeded(proof.noWorse, ASKED_TO_PROMOTE);
  if (needed === undefined) {
    return open('NearTolerance', `${seen}: near what is tolerated, ${times(gate.worseBy.factor)}`);
  }
  const time = formatDuration(needed * blockMs);
  return open('MoreEvidence', `${seen}; some ${grouped(needed)} more blocks are needed, ${time}`);
}

function joining({ kind }: Case['gate'], blockMs: number, { from, canary }: Joined, { at }: Asked): Finding {
  const time = at - from;
  const requests = kind === 'memory' ? '' : ` with ${grouped(canary[1])} requests of the canary`;
  const asked = `which takes ${formatDuration(blockMs)}; at least ${FEWEST_BLOCKS} are needed`;
  const message = `${formatDuration(time)}${requests} are too few for a block, ${asked}`;
  return open(time > 2 * blockMs ? 'LowTraffic' : 'MoreEvidence', message);
}

interface Words {
  readonly canary: string;
  readonly stable: string;
  readonly text: (value: number) => string;
}

const WHAT: Readonly<Record<'cpuPerRequest' | 'memory', Words>> = {
  cpuPerRequest: {
    canary: 'a request takes the canary',
    stable: 'stable',
    text: (value) => `${cpuTime(value)} of CPU`,
  },
  memory: { canary: 'a pod of the canary uses', stable: 'one of stable', text: (value) => `${size(value)} of memory` },
};

function latestText({ kind, max = 0 }: Case['gate'], latest = 0): string {
  const { canary, text } = WHAT[kind];
  return `${canary} ${text(latest)}, more than ${text(max)}`;
}

function compared({ kind }: Case['gate'], proof: GaugeProof | undefined): string {
  const [canary, stable] = [proof && meanUse(proof.canary), proof && meanUse(proof.stable)];
  const { text, ...who } = WHAT[kind];
  if (canary === undefined || stable === undefined) return 'nothing is compared yet';
  return `${who.canary} ${text(canary)}, ${who.stable} ${text(stable)}`;
}

const blocksSeen = (blocks: number, blockMs: number): string =>
  `${grouped(blocks)} blocks of ${formatDuration(blockMs)}`;

function numbersOf({ gate, proof, against, asked }: Case): ComparisonNumbers {
  const base = {
    unit: gate.kind === 'memory' ? ('bytes' as const) : ('seconds' as const),
    ...(gate.max === undefined ? {} : { max: gate.max }),
    against: { logEvidence: against, asked: askedToRollBack(asked.weight) },
  };
  const [canary, stable] = [proof && meanUse(proof.canary), proof && meanUse(proof.stable)];
  if (proof === undefined || canary === undefined || stable === undefined)
    return { ...base, requests: { canary: 0, stable: 0 } };
  const isCpu = gate.kind === 'cpuPerRequest';
  const needed = isCpu ? gaugeBlocksNeeded(proof.noWorse, ASKED_TO_PROMOTE) : undefined;
  return {
    ...base,
    canary,
    stable,
    tolerated: gate.worseBy.factor * stable,
    requests: isCpu ? { canary: proof.canary[1], stable: proof.stable[1] } : { canary: 0, stable: 0 },
    inFavour: { logEvidence: proof.noWorse.best, asked: ASKED_TO_PROMOTE },
    ...(needed === undefined ? {} : { needed: Math.ceil((needed * proof.canary[1]) / proof.noWorse.blocks) }),
  };
}
