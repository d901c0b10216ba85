// The whole decision on one screen: the policies in their order; the first that speaks wins (design.md §4).
// Never hold logic here. Read by decide.
import { abort } from './policies/abort.ts';
import { advance } from './policies/advance.ts';
import { approval } from './policies/approval.ts';
import { canaryHealth } from './policies/canary-health.ts';
import { capacity } from './policies/capacity.ts';
import { cleanUp } from './policies/clean-up.ts';
import { contested } from './policies/contested.ts';
import { deadline } from './policies/deadline.ts';
import { evidence } from './policies/evidence.ts';
import { gateFailed } from './policies/gate-failed.ts';
import { minimumTime } from './policies/minimum-time.ts';
import { paused } from './policies/paused.ts';
import type { Policy } from './policies/policy.ts';
import { promoting } from './policies/promoting.ts';
import { revision } from './policies/revision.ts';
import { rollingBack } from './policies/rolling-back.ts';
import { samples } from './policies/samples.ts';
import { stableChanged } from './policies/stable-changed.ts';
import { trafficLeak } from './policies/traffic-leak.ts';
import { unconfirmed } from './policies/unconfirmed.ts';
import { unobservable } from './policies/unobservable.ts';

export const policies: readonly Policy[] = [
  rollingBack, //    a roll back has begun → its next effect
  promoting, //      the routes name the canary as the new stable → retire the old one
  abort, //          the user asked, or the release is being deleted → roll back
  revision, //       the canary's revision changed → traffic away, new attempt
  canaryHealth, //   no ready pod under live weight, a crash loop, too few pods → weight to stable, roll back
  gateFailed, //     a gate failed with evidence → roll back; stable fails the same → hold
  unobservable, //   stable can be seen and the canary cannot → roll back
  stableChanged, //  stable's revision changed → hold
  trafficLeak, //    the canary gets what no route sends it → hold
  contested, //      somebody keeps changing our routes → hold
  paused, //         → hold
  samples, //        no fresh samples → hold
  deadline, //       active time is used up → put traffic back
  cleanUp, //        after the bake: the canary becomes the new stable
  unconfirmed, //    the last routing change is not yet seen → wait
  minimumTime, //    → wait
  evidence, //       not enough for this exposure → wait; at "at most": onInconclusive
  approval, //       the next step wants a person → hold
  capacity, //       the next target's pods are not ready → scale up, wait
  advance, //        → next target, next step, clean up
];
