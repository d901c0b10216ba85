// `serin blocks`: closed blocks go straight into the comparative gates of production code, as a release's status holds them.
// Never samples (samples.ts goes the whole way) and never decides by itself. Called by the list of rules.
import type { Block as Closed, ErrorCounts, LatencyCounts } from '../../../src/analysis/blocks/blocks.ts';
import {
  afterNews,
  beginComparisons,
  type Comparisons,
  type News,
  verdictsOf,
} from '../../../src/analysis/comparative/comparisons.ts';
import type { ExposureSpan } from '../../../src/analysis/comparative/exposure.ts';
import type { ComparativeGate } from '../../../src/analysis/comparative/kinds.ts';
import type { Rule } from '../rule.ts';
import type { Block } from '../truth/block.ts';
import type { Setting } from '../truth/setting.ts';
import { answerOf } from './answer.ts';

/** A policy's default. */
export const DEADLINE_MS = 7_200_000;

interface State {
  comparisons: Comparisons;
  /** When the next block begins, milliseconds. */
  at: number;
  waiting: Block[];
}

export function serinBlocks(name: string, gates: readonly ComparativeGate[]): Rule<State> {
  return {
    name,
    start: (setting) => ({ comparisons: begun(setting), at: 0, waiting: [] }),
    fold(state, block, setting) {
      state.waiting.push(block);
      // Whoever looks seldom is told of many blocks at once, and has the same evidence after each of them.
      if (state.waiting.length < (setting.blocksPerLook ?? 1)) return undefined;
      state.comparisons = afterNews(state.comparisons, gates, newsOf(state));
      const mayPromote = setting.mayPromote === true;
      // Then no gate that sees blocks has failed: each that does is among those that have reached it.
      if (!mayPromote && state.comparisons.together.gates === undefined) return undefined;
      const moment = { at: state.at, exposure: spanOf(setting).exposure, fresh: true, waiting: {} };
      const verdicts = verdictsOf(state.comparisons, gates, moment);
      return answerOf(state.comparisons, gates, verdicts, mayPromote).verdict;
    },
  };
}

function begun(setting: Setting): Comparisons {
  const { blockSeconds, before, edges = [] } = setting;
  const lengthMs = Math.round(blockSeconds * 1000);
  const { buckets, ...history } = before;
  const begun = beginComparisons(
    {
      began: 0,
      deadlineMs: DEADLINE_MS,
      lengths: { errors: lengthMs, latency: lengthMs, gauges: 30_000 },
      gaugeBlocks: { cpu: 30_000, memory: 30_000 },
      byCallers: false,
      dispersion: 1,
      history,
      ...(buckets && { latency: { edges: edges.slice(0, -1), history: buckets, dispersion: 1 } }),
    },
    { errors: { at: 0 }, latency: { at: 0 }, gauges: { at: 0 } },
  );
  const measured = buckets === undefined && { measured: { latency: { lacking: ['canary', 'stable'] as const } } };
  return { ...begun, spans: [spanOf(setting)], ...measured };
}

/** One exposure all along. */
const spanOf = ({ arms, share }: Setting): ExposureSpan => {
  const always = { from: 0, confirmedAt: 0 };
  return arms === 'mirror' ? { exposure: 'mirrored', share: 1, ...always } : { exposure: 'live', share, ...always };
};

/** What waits, told. */
function newsOf(state: State): News {
  const errors: Closed<ErrorCounts>[] = [];
  const latency: Closed<LatencyCounts>[] = [];
  for (const block of state.waiting) {
    const from = state.at;
    const to = from + Math.round(block.seconds * 1000);
    state.at = to;
    errors.push({ from, to, canary: counted(block, block.nC, block.eC), stable: counted(block, block.nS, block.eS) });
    const { slowC, slowS } = block;
    if (slowC !== undefined && slowS !== undefined)
      latency.push({ from, to, canary: inBuckets(slowC), stable: inBuckets(slowS) });
  }
  state.waiting = [];
  const look = { faults: [], waiting: [], cursor: { at: state.at } };
  return {
    errors: { ...look, blocks: errors },
    ...(latency.length > 0 && { latency: { ...look, blocks: latency } }),
  };
}

/** Of one pod, which is there all the time. */
function counted({ seconds }: Block, requests: number, errors: number) {
  const all = { requests, errors, podSeconds: seconds, others: { clientErrors: 0, unanswered: 0 } };
  return { ...all, pods: { all } };
}

const inBuckets = (buckets: readonly number[]) => ({
  requests: buckets.reduce((sum, count) => sum + count, 0),
  buckets,
  pods: {},
});
