// Wealth spread over several strategies, of which some begin later: the common state of nearly all processes.
// Never knows what is bet on: it gets one logarithm for each strategy and block. Called by the processes of this room.
import type { EProcess, Latched } from './e-process.ts';
import { cut, sumOfLogs } from './logs.ts';

/** How the wealth is shared out before the first block. Changing it during a run would make the evidence void. */
export interface Prior {
  /** ln of each strategy's weight; together at most 1. What is missing was given away. */
  readonly logWeights: readonly number[];
  readonly onset: Onset;
}

export const prior = (weights: readonly number[], onset: Onset): Prior => ({
  logWeights: weights.map(Math.log),
  onset,
});

/**
 * A regression may begin late (a leak, a cron job, a cache that expires), when strategies that bet since the first
 * block have lost everything. So a part of the wealth is kept back and begins to bet in equal portions before each of
 * the next `overBlocks` blocks.
 */
export interface Onset {
  /** The part that bets from the first block on, in (0, 1]. */
  readonly atOnce: number;
  /** About as many blocks as fit into the deadline. */
  readonly overBlocks: number;
}

/** What is lost by waiting, ln(1/0.7), is a twentieth of the way to a roll back. */
export const lateOnset = (overBlocks: number): Onset => ({ atOnce: 0.7, overBlocks });

export const AT_ONCE: Onset = { atOnce: 1, overBlocks: 1 };

export interface Mixture extends Latched {
  /** ln of each strategy's wealth, its weight included. */
  readonly logs: readonly number[];
  /** That spoke; blocks without requests do not count. */
  readonly blocks: number;
  /** ln of what each strategy may have won only by how the end of the latest block was cut, at most 0; left out where nothing. */
  readonly unsure?: readonly number[];
}

/**
 * By how much each strategy may have gained, ln and at most 0, because a counter's growth between two scrapes is shared evenly over
 * the time between them, and was not even: at the start of a block, and at its end.
 */
export interface Unsure {
  readonly from: readonly number[];
  readonly to: readonly number[];
  /** Between this block and the one before, since bets became others (`repriced`, rate.ts); left out where they stay the same. */
  readonly changed?: readonly number[];
  /** Nothing was told of the time just before the block, so nothing there makes up for its start. */
  readonly isApart: boolean;
}

/** Of counts that a state keeps, so that it is short. */
export const thousandths = (count: number): number => Math.round(count * 1000) / 1000;

/** Of what a state keeps to know its latest bets; it is short. */
export const fiveDigits = (value: number): number => Number(value.toPrecision(5));

/** An e-process that is a mixture; what one block would do to each strategy can be asked, for projections. */
export interface MixtureProcess<Block, State extends Mixture> extends EProcess<Block, State> {
  /** ln of what a block multiplies each strategy's wealth by; undefined when the block says nothing. */
  factors(state: State, block: Block): readonly number[] | undefined;
}

export function startMixture(shares: Prior): Mixture {
  const { logWeights, onset } = shares;
  if (!logWeights.every(Number.isFinite) || Math.exp(sumOfLogs(logWeights)) > 1 + 1e-9)
    throw new RangeError('the weights of strategies are above 0, and together at most 1');
  if (!(onset.atOnce > 0 && onset.atOnce <= 1 && onset.overBlocks >= 1))
    throw new RangeError(
      `${onset.atOnce} of the wealth at once, the rest over ${onset.overBlocks} blocks, is no onset`,
    );
  return { logs: logWeights.map((log) => cut(log + Math.log(onset.atOnce))), blocks: 0, best: 0 };
}

/** What has not begun to bet before the block with this index, from 0. */
const keptBack = ({ atOnce, overBlocks }: Onset, index: number): number =>
  (1 - atOnce) * (1 - Math.min(index, overBlocks) / overBlocks);

/**
 * One block: the next portion begins, then every strategy's wealth is multiplied.
 *
 * That the sum stays an e-process: each strategy's wealth is a product of factors with conditional mean at most 1;
 * wealth that begins later is a constant until then; a mean of e-processes with weights fixed beforehand is one
 * (Robbins 1970, the method of mixtures).
 * What is unsure at an end is taken off as long as that end is the last, and for good where nothing follows; between two blocks that
 * follow each other nothing is unsure, since what the one has too much the other has too little. A portion that begins in
 * between had nothing before it: what is unsure at its start is taken off for good. Where bets became others from the one block to the
 * other, what the one has too much is worth more or less than what the other has too little (`repriced`, rate.ts).
 */
export function bet(shares: Prior, state: Mixture, factors: readonly number[], unsure?: Unsure): Mixture {
  const { logWeights, onset } = shares;
  const portion = state.blocks === 0 ? 0 : keptBack(onset, state.blocks - 1) - keptBack(onset, state.blocks);
  const isApart = state.blocks === 0 || unsure?.isApart === true;
  const begun = (log: number, k: number): number => {
    const start = unsure?.from[k] ?? 0;
    const last = state.unsure?.[k] ?? 0;
    const known = log + (isApart ? last + start : (unsure?.changed?.[k] ?? 0));
    return portion > 0 ? sumOfLogs([known, Math.log(portion) + (logWeights[k] as number) + start]) : known;
  };
  const logs = state.logs.map((log, k) => cut(begun(log, k) + (factors[k] as number)));
  const open = unsure?.to.some((one) => one < 0) ? { unsure: unsure.to } : {};
  const after = { logs, blocks: state.blocks + 1, ...open };
  return { ...after, best: Math.max(state.best, logWealth(shares, after)) };
}

/**
 * A part of the wealth taken from all strategies and shared out by their weights again, so that one that lost all can
 * win later: after an incident. The sum stays the same, so it stays an e-process (fixed share: Herbster and Warmuth
 * 1998). For mixtures that bet at once. Only what is sure is shared out; and what begins anew here is as unsure as `began` says.
 */
export function sharedAnew({ logWeights }: Prior, state: Mixture, part: number, began?: readonly number[]): Mixture {
  const sure = state.logs.map((log, k) => log + (state.unsure?.[k] ?? 0));
  const given = Math.log(part) + sumOfLogs(sure);
  return {
    ...state,
    logs: state.logs.map((log, k) => {
      // Of what is unsure as large a part goes, and to nobody: it may not be there.
      const kept = log + Math.log1p(-part);
      return cut(sumOfLogs([kept, given + (logWeights[k] as number) + (began?.[k] ?? 0)]));
    }),
  };
}

/** ln of all the wealth: what bets, less what is unsure, and what is kept back. */
export function logWealth({ logWeights, onset }: Prior, { logs, blocks, unsure }: Omit<Mixture, 'best'>): number {
  const kept = keptBack(onset, Math.max(0, blocks - 1));
  const sure = unsure === undefined ? logs : logs.map((log, k) => log + (unsure[k] as number));
  return sumOfLogs(kept > 0 ? [...sure, sumOfLogs(logWeights) + Math.log(kept)] : sure);
}

/** The process of a mixture that needs nothing but the block to know its bets. */
export function mixtureOf<Block>(
  shares: Prior,
  factors: (block: Block) => readonly number[] | undefined,
  unsureOf: (block: Block) => Unsure | undefined = () => undefined,
): MixtureProcess<Block, Mixture> {
  return {
    start: startMixture(shares),
    after(state, block) {
      const spoken = factors(block);
      return spoken === undefined ? state : bet(shares, state, spoken, unsureOf(block));
    },
    logEvidence: (state) => logWealth(shares, state),
    factors: (_, block) => factors(block),
  };
}
