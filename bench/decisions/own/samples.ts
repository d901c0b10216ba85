// `serin`: the whole way, by production code alone: raw samples are read, cut into blocks, folded into a release's status, judged.
// Never writes routes: the exposures are the scenario's. Called by the list of rules.
import type { ComparativeGate } from '../../../src/analysis/comparative/kinds.ts';
import { podsInObjects } from '../../../src/controller/compared/known-pods.ts';
import { readComparisons } from '../../../src/controller/compared/reading.ts';
import { type Share, share } from '../../../src/lib/share.ts';
import { toTime } from '../../../src/lib/time.ts';
import { comparisonVerdicts, foldComparisons } from '../../../src/release/comparing.ts';
import type { Input } from '../../../src/release/input.ts';
import type { Plan } from '../../../src/release/plan.ts';
import type { ActiveStatus, RouteStatus } from '../../../src/release/status.ts';
import { pairIntent, type RouteIntent } from '../../../src/release/target.ts';
import { acceptedStatus, PLAN, SETTINGS } from '../../../test/support/model-world.ts';
import type { Watched, Watcher } from '../rule.ts';
import type { Cluster } from '../truth/cluster.ts';
import { BEGAN_MS, SUBJECTS } from '../truth/objects.ts';
import type { Setting } from '../truth/setting.ts';
import type { Truth } from '../truth/truth.ts';
import { type Answer, answerOf } from './answer.ts';
import { DEADLINE_MS } from './blocks.ts';

/**
 * What is looked at seldom is the same as what is looked at after each scrape; the moment of a verdict is then searched. But
 * restarts are counted from look to look: as long as a promotion may come of it, these come every half minute at first.
 */
const SELDOM_SECONDS = 300;
const AT_FIRST_SECONDS = 30;
const AT_FIRST_LOOKS = 6;
/** Looks of a controller that is away at times. */
const IRREGULAR_SECONDS = [7, 290, 31, 540, 64, 1, 155];

export function serin(name: string, gates: readonly ComparativeGate[]): Watcher {
  const plan: Plan = { ...PLAN, gates: [], comparative: gates, deadlineMs: DEADLINE_MS };
  return {
    name,
    async watch(cluster, setting) {
      const { everySeconds, outages = false } = cluster.scrapes;
      const look = (status: ActiveStatus, at: number) => looked(status, at, { cluster, plan, setting });
      let { status, answer } = await look(acceptedAt(plan), 1);
      let at = 1;
      for (let turn = 0; at < setting.deadlineSeconds; turn += 1) {
        const isFirst = setting.mayPromote === true && turn < AT_FIRST_LOOKS;
        const regular = isFirst ? (turn === 0 ? 1 : AT_FIRST_SECONDS) : SELDOM_SECONDS;
        const wanted = outages ? IRREGULAR_SECONDS[turn % IRREGULAR_SECONDS.length]! : regular;
        // Routes change at a look: whoever comes later would close the span too late.
        const to = Math.min(at + wanted, nextChange(cluster.truth, at), setting.deadlineSeconds);
        const after = await look(status, to);
        if (after.answer.verdict !== undefined) return earliest(status, { from: at, to, everySeconds }, look);
        // As it is stored, and read again.
        status = JSON.parse(JSON.stringify(after.status)) as ActiveStatus;
        [answer, at] = [after.answer, to];
      }
      return { ...answer, at: setting.deadlineSeconds };
    },
  };
}

interface Look {
  readonly status: ActiveStatus;
  readonly answer: Answer;
}

interface Place {
  readonly cluster: Cluster;
  readonly plan: Plan;
  readonly setting: Setting;
}

async function looked(before: ActiveStatus, at: number, place: Place): Promise<Look> {
  const now = BEGAN_MS + at * 1000;
  const { cluster, plan, setting } = place;
  const status = { ...before, route: routeAt(cluster, at) };
  const traffic = { canary: cluster.freshAt('canary', now), stable: cluster.freshAt('stable', now) };
  const settings = { ...SETTINGS, scrapeIntervalMs: cluster.scrapes.everySeconds * 1000 };
  let input = { now, status, plan, traffic, settings } as Input;
  // A look reads one exposure: as the next one begins, those of a controller come in time.
  for (let isBehind = true; isBehind; ) {
    const compared = await read(input, cluster);
    const after = foldComparisons({ ...input, ...(compared && { compared }) });
    isBehind = leavesBehind(input.status, after);
    input = { ...input, status: after, ...(compared && { compared }) };
  }
  const verdicts = comparisonVerdicts(input);
  const { comparisons } = input.status;
  if (comparisons === undefined) return { status: input.status, answer: { verdict: undefined, said: 'nothing yet' } };
  const answer = answerOf(comparisons, plan.comparative, verdicts, setting.mayPromote === true);
  return { status: input.status, answer };
}

const read = ({ now, status, plan }: Input, cluster: Cluster) =>
  readComparisons(
    { now, status, plan },
    {
      metrics: cluster.sourceAt(now),
      podsOf: (countsProbes) => podsInObjects(cluster.objectsAt(now), countsProbes),
      onTrouble: (error) => {
        throw error;
      },
    },
  );

/** Some blocks of an exposure that has ended have just been read, and others of it, or of the next one, may be there as well. */
function leavesBehind({ comparisons: before }: ActiveStatus, { comparisons: after }: ActiveStatus): boolean {
  const present = after?.spans.at(-1);
  if (before === undefined || after === undefined || present === undefined) return false;
  return (['errors', 'latency', 'gauges'] as const).some((sort) => {
    const { at } = after.cursors[sort];
    return at > before.cursors[sort].at && before.cursors[sort].at < present.from;
  });
}

/** Evidence stays reached: the first scrape after which it was is found by halves. */
async function earliest(
  status: ActiveStatus,
  { from, to, everySeconds }: { readonly from: number; readonly to: number; readonly everySeconds: number },
  look: (status: ActiveStatus, at: number) => Promise<Look>,
): Promise<Watched> {
  let [without, found] = [0, Math.ceil((to - from) / everySeconds)];
  const timeOf = (scrape: number): number => Math.min(to, from + scrape * everySeconds);
  let { answer } = await look(status, to);
  while (found - without > 1) {
    const middle = Math.floor((without + found) / 2);
    const tried = await look(status, timeOf(middle));
    if (tried.answer.verdict === undefined) without = middle;
    else [found, answer] = [middle, tried.answer];
  }
  return { ...answer, at: timeOf(found) };
}

function acceptedAt(plan: Plan): ActiveStatus {
  const status = acceptedStatus(BEGAN_MS, plan);
  const { accepted } = status;
  const of = (version: 'canary' | 'stable') => ({ ...accepted.versions[version], ...SUBJECTS.versions[version] });
  const policy = { ...accepted.policy, metrics: SUBJECTS.policy.metrics };
  return { ...status, accepted: { ...accepted, versions: { canary: of('canary'), stable: of('stable') }, policy } };
}

/** A controller has seen what it wrote in the traffic after some scrapes of all pods. */
const SEEN_AFTER_SCRAPES = 3;

/** Written, read back a second later, and confirmed by scrapes since then. */
function routeAt({ truth: { traffic, seconds }, scrapes }: Cluster, at: number): RouteStatus {
  const steps = traffic.arms === 'mirror' ? 1 : traffic.shares.length;
  const step = Math.min(steps - 1, Math.floor((at / seconds) * steps));
  const began = BEGAN_MS + (step * seconds * 1000) / steps;
  const readBackAt = step === 0 ? began : began + 1000;
  const intent = intentOf(traffic, step);
  const confirmedAt = readBackAt + SEEN_AFTER_SCRAPES * scrapes.everySeconds * 1000;
  const route = { intent, from: intent, intendedAt: toTime(began), readBackAt: toTime(readBackAt) };
  if (BEGAN_MS + at * 1000 < confirmedAt) return route;
  return { ...route, confirmed: { at: toTime(confirmedAt), by: 'traffic' } };
}

function nextChange({ traffic, seconds }: Truth, at: number): number {
  if (traffic.arms === 'mirror') return seconds;
  const length = seconds / traffic.shares.length;
  return (Math.floor(at / length) + 1) * length;
}

function intentOf(traffic: Truth['traffic'], step: number): RouteIntent {
  if (traffic.arms === 'mirror')
    return pairIntent({ canary: share(0), mirror: { share: share(1_000_000), methods: 'all' }, pool: true });
  return pairIntent({ canary: partsOf(traffic.shares[step]!), pool: false });
}

const partsOf = (part: number): Share => share(Math.round(part * 1_000_000));
