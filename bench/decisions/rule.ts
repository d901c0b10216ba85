// What every rule of the comparison is: a fold over closed blocks, with plain JSON as its state; and blocks summed to a coarser grid.
// Never knows how blocks came to be. Called by the rules, the runner and their tests.
import type { Cluster } from './truth/cluster.ts';

/** One closed block of both versions. Counts may be fractions where a reader of counters interpolated. */
export interface Block {
  readonly seconds: number;
  /** Requests and failed requests of the canary, then of stable. */
  readonly nC: number;
  readonly eC: number;
  readonly nS: number;
  readonly eS: number;
  /** Requests by bucket of latency, not cumulative, in the order of the setting's edges. */
  readonly slowC?: readonly number[];
  readonly slowS?: readonly number[];
  /** A gauge's mean over the block. */
  readonly gaugeC?: number;
  readonly gaugeS?: number;
}

export type Verdict = 'rollBack' | 'promote';

export type Arms = 'mirror' | 'split';

/** What a rule knows before the first block. */
export interface Setting {
  readonly arms: Arms;
  /** The canary's share of all requests that are judged: 0.5 for mirrored pairs. Where it changes, the first. */
  readonly share: number;
  /** When the rule has to have answered. */
  readonly deadlineSeconds: number;
  readonly blockSeconds: number;
  /** Upper edges of latency buckets in milliseconds, the last one infinite. */
  readonly edges?: readonly number[];
  /** What stable had counted in the hour before. */
  readonly before: { readonly requests: number; readonly errors: number; readonly buckets?: readonly number[] };
  /** Whether a promotion ends the run; else one goes on until the deadline, or until it is rolled back. */
  readonly mayPromote?: boolean;
  /** Serin is told of so many blocks at a time; which are the same. */
  readonly blocksPerLook?: number;
  /** The true failure probabilities: for the oracle alone. */
  readonly truth?: { readonly canary: number; readonly stable: number };
}

/** A rule on blocks. Methods, not fields: a list may then hold rules of different states. */
export interface Rule<State = unknown> {
  readonly name: string;
  /** How many seconds of blocks are summed before the rule sees them; each block where left out. */
  readonly everySeconds?: number;
  /** Plain JSON: a copy through JSON goes on with the same answers. */
  start(setting: Setting): State;
  /** Takes one block into the state, which it changes, and answers once it has decided. */
  fold(state: State, block: Block, setting: Setting): Verdict | undefined;
  /** What it says when the deadline has come; left out: nothing, which is inconclusive. */
  atDeadline?(state: State, setting: Setting): Verdict | undefined;
}

/** A rule that reads samples itself, as a controller does, from a simulated cluster. */
export interface Watcher {
  readonly name: string;
  watch(cluster: Cluster, setting: Setting): Promise<Watched>;
}

export interface Watched {
  readonly verdict: Verdict | undefined;
  /** When it was known, seconds from the beginning; the deadline without a verdict. */
  readonly at: number;
  /** Reasons, for people. */
  readonly said: string;
}

export const isWatcher = (rule: Rule | Watcher): rule is Watcher => 'watch' in rule;
export const isFold = (rule: Rule | Watcher): rule is Rule => !isWatcher(rule);

/** The sum of blocks; gauges are averaged by time. */
export function sumOf(blocks: readonly Block[]): Block {
  const total = { seconds: 0, nC: 0, eC: 0, nS: 0, eS: 0 };
  for (const { seconds, nC, eC, nS, eS } of blocks) {
    total.seconds += seconds;
    total.nC += nC;
    total.eC += eC;
    total.nS += nS;
    total.eS += eS;
  }
  return {
    ...total,
    ...spread('slowC', added(blocks.map(({ slowC }) => slowC))),
    ...spread('slowS', added(blocks.map(({ slowS }) => slowS))),
    ...spread(
      'gaugeC',
      averaged(blocks, ({ gaugeC }) => gaugeC),
    ),
    ...spread(
      'gaugeS',
      averaged(blocks, ({ gaugeS }) => gaugeS),
    ),
  };
}

const spread = <T>(key: string, value: T | undefined) => (value === undefined ? {} : { [key]: value });

function added(lists: readonly (readonly number[] | undefined)[]): number[] | undefined {
  const known = lists.filter((list) => list !== undefined);
  return known[0]?.map((_, index) => known.reduce((sum, list) => sum + (list[index] ?? 0), 0));
}

function averaged(blocks: readonly Block[], pick: (block: Block) => number | undefined): number | undefined {
  let [sum, seconds] = [0, 0];
  for (const block of blocks) {
    const value = pick(block);
    if (value === undefined) continue;
    sum += value * block.seconds;
    seconds += block.seconds;
  }
  return seconds === 0 ? undefined : sum / seconds;
}

/** Blocks in, sums of `everySeconds` out. Counts alone are added as they come: the runner's innermost loop. */
export function grid(everySeconds: number): (block: Block) => Block | undefined {
  // One object, not variables: a changing number in a closure is a new object each time.
  const open = { seconds: 0, nC: 0, eC: 0, nS: 0, eS: 0 };
  let rich: Block[] = [];
  return (block) => {
    open.seconds += block.seconds;
    open.nC += block.nC;
    open.eC += block.eC;
    open.nS += block.nS;
    open.eS += block.eS;
    if (block.slowC !== undefined || block.gaugeC !== undefined) rich.push(block);
    // Half a millisecond: sums of 0.1 s are not exact.
    if (open.seconds < everySeconds - 5e-4) return undefined;
    const sum = rich.length > 0 ? sumOf(rich) : { ...open };
    rich = [];
    open.seconds = open.nC = open.eC = open.nS = open.eS = 0;
    return sum;
  };
}
