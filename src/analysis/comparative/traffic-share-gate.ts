// The gate `trafficShare`: does the canary get the share of the live requests that is configured?
// Never compares how versions do: the data or the route is what it asks about. Called by comparisons.ts.
import { limitFactor } from '../../stats/limit.ts';
import { NOTHING } from '../../stats/logs.ts';
import { AT_ONCE, type Mixture, type MixtureProcess, mixtureOf, prior } from '../../stats/mixture.ts';
import { type ShareBlock, sampleRatio, sideOf, unsureShare } from '../../stats/sample-ratio.ts';
import type { Block, ErrorCounts } from '../blocks/blocks.ts';
import { thousandths } from './brief.ts';
import type { Compared } from './exposure.ts';
import type { GateProcess } from './gate-process.ts';
import type { TrafficShareGate } from './kinds.ts';
import { onsetOf, type Setting } from './setting.ts';
import { isConfirmed, isWhole } from './steady.ts';
import { type Ended, type Paced, paceOf, stretched, type Told } from './stretches.ts';
import { answerTrafficShare, coarseOf, type ShareSeen, type TrafficShareState } from './traffic-share-answer.ts';

const NONE: ShareSeen = { expected: 0, canary: 0, stable: 0 };

/**
 * Evidence that the share is not within the tolerance is `sampleRatio`'s, over the whole attempt. Where the canary is short of
 * requests it speaks for a roll back; where it gets more than configured, it does not.
 * A pass asks for evidence that the share is neither short by a fifth nor over by a fifth (or the tolerance, where that is
 * more), each with 1/alpha of a promotion, and that nothing speaks against the finer tolerance: two hypotheses of which
 * one would have to be true, so that each is tested at alpha (Berger 1982).
 * The versions are counted at different times: blocks are joined to stretches, and what moved in these is not held against the canary, nor
 * for it.
 */
export function trafficShareGate(
  gate: TrafficShareGate,
  setting: Setting,
): GateProcess<Compared<ErrorCounts>, TrafficShareState> {
  const { dispersion } = setting;
  const onset = onsetOf(setting, setting.lengths.errors);
  const share = sampleRatio({ tolerance: gate.within, dispersion, onset });
  const pace = paceOf(setting);
  const coarse = coarseOf(gate.within);
  const notShort = farFrom((one) => one * (1 - coarse), dispersion);
  // Near 1 a fifth more is more than all.
  const notOver = farFrom((one) => Math.min(one * (1 + coarse), (1 + one) / 2), dispersion);
  return {
    start: { share: share.start, notShort: notShort.start, notOver: notOver.start, seen: NONE, whole: true },
    after(state, compared) {
      const { block, span } = compared;
      if (span.exposure !== 'live' || span.share <= 0 || span.share >= 1 || !isConfirmed(compared)) return state;
      const whole = isWhole(block);
      if (!whole || !state.whole) return { ...state, whole };
      const counts = { canary: block.canary.requests, stable: block.stable.requests };
      const paced = pacedOf(block, span.share);
      const { stretches: moving, ended, told } = stretched(state.moving, paced, pace);
      return {
        share: told ? share.after(state.share, toldShare(told, span.share)) : state.share,
        notShort: ended ? notShort.after(state.notShort, endedShare(ended, span.share)) : state.notShort,
        notOver: ended ? notOver.after(state.notOver, endedShare(ended, span.share)) : state.notOver,
        seen: added(state.seen, { ...counts, share: span.share }),
        moving,
        whole,
      };
    },
    // Never more than the process itself, so that it is evidence too.
    against: (state) => (sideOf(state.share) === 'short' ? share.logEvidence(state.share) : NOTHING),
    answer: (state, asked) =>
      answerTrafficShare(gate, state, { evidence: share.logEvidence(state.share), stretchMs: pace.lengthMs }, asked),
  };
}

/**
 * Against the hypothesis that the canary's share is at an edge or further away from the configured one: `aboveLimit`'s
 * factor with the one bet that the share is as configured; for an upper edge g < 1, by the same proof.
 */
const farFrom = (edgeOf: (share: number) => number, dispersion: number): MixtureProcess<ShareBlock, Mixture> =>
  mixtureOf(
    prior([1], AT_ONCE),
    ({ canary, stable, share }) => {
      if (canary + stable === 0) return undefined;
      const edge = edgeOf(share);
      return [limitFactor(share / edge, edge, { requests: canary + stable, errors: canary }) / dispersion];
    },
    ({ share, ends }) => unsureShare([share / edgeOf(share)], dispersion, ends),
  );

/** Of what all got a half at least is seen to move when one version shows it: so twice as much of the canary's may have, at most. */
const pacedOf = ({ from, to, canary, stable }: Block<ErrorCounts>, share: number): Paced => ({
  from,
  to,
  traffic: canary.requests + stable.requests,
  canary: canary.requests,
  ratio: Math.min(1, share / (1 - share)),
});

const toldShare = ({ canary, traffic, movedAtStart, movedAtEnd, isApart }: Told, share: number): ShareBlock => ({
  canary,
  stable: traffic - canary,
  share,
  ends: { from: movedAtStart, to: movedAtEnd, isApart },
});

const endedShare = ({ canary, traffic, uneven, isApart }: Ended, share: number): ShareBlock => ({
  canary,
  stable: traffic - canary,
  share,
  ends: { from: uneven, to: uneven, isApart },
});

const added = (seen: ShareSeen, { canary, stable, share }: ShareBlock): ShareSeen => ({
  expected: thousandths(seen.expected + (canary + stable) * share),
  canary: thousandths(seen.canary + canary),
  stable: thousandths(seen.stable + stable),
});
