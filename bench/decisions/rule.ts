// What every rule of the comparison is: a fold over closed blocks, with plain JSON as its state, or a reader of samples.
// Never knows how blocks came to be. Called by the rules, the runner and their tests.
import type { Block } from './truth/block.ts';
import type { Cluster } from './truth/cluster.ts';
import type { Setting } from './truth/setting.ts';

export type Verdict = 'rollBack' | 'promote';

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
