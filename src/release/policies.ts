// The whole decision on one screen: the policies in their order; the first that speaks wins (design.md §4, whose
// numbers they have; those with a letter stand between two of its policies).
// Never hold logic here. Read by decide.
import { abort } from './policies/abort.ts';
import { advance } from './policies/advance.ts';
import { approval } from './policies/approval.ts';
import { byHand } from './policies/by-hand.ts';
import { canaryHealth } from './policies/canary-health.ts';
import { capacity } from './policies/capacity.ts';
import { cleanUp } from './policies/clean-up.ts';
import { contested } from './policies/contested.ts';
import { deadline } from './policies/deadline.ts';
import { evidence } from './policies/evidence.ts';
import { gateFailed } from './policies/gate-failed.ts';
import { minimumTime } from './policies/minimum-time.ts';
import { pace } from './policies/pace.ts';
import { paused } from './policies/paused.ts';
import type { Policy } from './policies/policy.ts';
import { promoting } from './policies/promoting.ts';
import { revision } from './policies/revision.ts';
import { rollingBack } from './policies/rolling-back.ts';
import { samples } from './policies/samples.ts';
import { stableChanged } from './policies/stable-changed.ts';
import { stableHealth } from './policies/stable-health.ts';
import { trafficLeak } from './policies/traffic-leak.ts';
import { unconfirmed } from './policies/unconfirmed.ts';
import { unobservable } from './policies/unobservable.ts';
import { unroutable } from './policies/unroutable.ts';

export const policies: readonly Policy[] = [
  rollingBack, //   1   a roll back has begun → its next effect
  promoting, //     1b  the routes name the canary as the new stable → retire the old one
  abort, //         2   the user asked, or the release is being deleted → roll back
  byHand, //        2b  a person ordered the promotion → remembered: 12, 13 and 14 wait no more
  revision, //      3   the canary's revision changed → traffic away, new attempt
  canaryHealth, //  4   no ready pod under live weight, pods that cannot run, too few → weight to stable, roll back
  unroutable, //    4b  users are on the canary, and the routes cannot lead there any more → roll back
  gateFailed, //    5   a gate failed with evidence → roll back; stable fails the same → hold
  unobservable, //  5b  stable can be seen and the canary cannot → roll back
  pace, //          5c  fewer canary pods are asked for than its present traffic needs → scale up
  stableChanged, // 6   stable's revision changed → hold
  stableHealth, //  6b  no pod of stable is ready → hold
  trafficLeak, //   7   the canary gets what no route sends it → hold
  contested, //     8   somebody keeps changing our routes → hold
  paused, //        9   → hold
  samples, //       9b  no fresh samples → hold
  deadline, //      10  active time is used up → put traffic back
  cleanUp, //       10b after the bake: the canary becomes the new stable
  unconfirmed, //   11  the last routing change is not yet seen → wait
  minimumTime, //   12  → wait
  evidence, //      13  not enough for this exposure → wait; an incident of both versions → hold; at "at most": onInconclusive
  approval, //      14  the next step wants a person → hold
  capacity, //      15  the next target's pods are not ready → scale up, wait, hold
  advance, //       16  → next target, next step, clean up
];
