// One run: one stream of blocks, shown to all rules at once, each until it has decided; and a cluster for those who read samples.
// Never sums up. Any run can be played again alone. Called by the workers and the tests.
import type { Outcome } from './figures.ts';
import { isFold, isWatcher, type Rule, type Verdict, type Watcher } from './rule.ts';
import { type Block, grid } from './truth/block.ts';
import { type Cluster, createCluster } from './truth/cluster.ts';
import { randomOf } from './truth/random.ts';
import type { Setting } from './truth/setting.ts';
import { settingOf, streamOf } from './truth/stream.ts';
import type { Truth } from './truth/truth.ts';

interface Player {
  readonly rule: Rule;
  readonly state: unknown;
  outcome: Outcome | undefined;
}

/** Rules that want the same grid see the same sums. */
interface Row {
  readonly sum: (block: Block) => Block | undefined;
  players: readonly Player[];
}

/** Counted from the onset on, where there is one. */
interface Meter {
  seconds: number;
  requests: number;
  canary: number;
  bad: number;
}

/** `name` and `run` give the seed: the rules that look on have no part in it. */
export async function playRun(
  truth: Truth,
  name: string,
  run: number,
  rules: readonly (Rule | Watcher)[],
): Promise<readonly Outcome[]> {
  const setting = settingOf(truth);
  const random = randomOf(name, run);
  const { scrapes } = truth;
  const cluster = scrapes && createCluster(truth, scrapes, random, randomOf(`scrapes of ${name}`, run));
  const watched = new Map<string, Outcome>();
  for (const rule of rules) if (isWatcher(rule)) watched.set(rule.name, await watchedBy(rule, cluster, setting));
  const folding = rules.filter(isFold);
  const folded = playBlocks(truth, cluster?.next ?? streamOf(truth, random), folding, setting).values();
  return rules.map((rule) => watched.get(rule.name) ?? folded.next().value!);
}

async function watchedBy(rule: Watcher, cluster: Cluster | undefined, setting: Setting): Promise<Outcome> {
  if (cluster === undefined) throw new Error(`${rule.name} reads samples, and nothing is scraped`);
  const { verdict, at, said } = await rule.watch(cluster, setting);
  const { onsetSeconds = 0 } = cluster.truth;
  const isEarly = verdict !== undefined && at <= onsetSeconds && onsetSeconds > 0;
  const [before, then] = [cluster.totalsAt(Math.min(at, onsetSeconds)), cluster.totalsAt(at)];
  const canary = then.nC - before.nC;
  const stable = then.nS - before.nS;
  return {
    verdict,
    seconds: Math.max(0, at - onsetSeconds),
    requests: setting.arms === 'mirror' ? stable : canary + stable,
    canary,
    bad: then.eC - before.eC,
    isEarly,
    isLast: verdict === undefined,
    said,
  };
}

function playBlocks(
  truth: Truth,
  next: () => Block | undefined,
  rules: readonly Rule[],
  setting: Setting,
): readonly Outcome[] {
  const players: Player[] = rules.map((rule) => ({ rule, state: rule.start(setting), outcome: undefined }));
  let rows = rowsOf(players);
  const meter: Meter = { seconds: 0, requests: 0, canary: 0, bad: 0 };
  let elapsed = 0;
  while (rows.length > 0) {
    const block = next();
    if (block === undefined) break;
    const isEarly = truth.onsetSeconds !== undefined && elapsed < truth.onsetSeconds;
    elapsed += block.seconds;
    if (!isEarly) count(meter, block, setting);
    if (showTo(rows, block, { setting, meter, isEarly })) rows = rowsWithout(rows);
  }
  return players.map((player) => player.outcome ?? atDeadline(player, setting, meter));
}
function rowsOf(players: readonly Player[]): readonly Row[] {
  const byGrid = Map.groupBy(players, ({ rule }) => rule.everySeconds ?? 0);
  return [...byGrid].map(([everySeconds, row]) => ({
    sum: everySeconds === 0 ? (block: Block) => block : grid(everySeconds),
    players: row,
  }));
}

function count(meter: Meter, { seconds, nC, eC, nS }: Block, { arms }: Setting): void {
  meter.seconds += seconds;
  // A pair is counted where stable's request is: its copy may be lost.
  meter.requests += arms === 'mirror' ? nS : nC + nS;
  meter.canary += nC;
  meter.bad += eC;
}

interface Moment {
  readonly setting: Setting;
  readonly meter: Meter;
  readonly isEarly: boolean;
}

/** Whether somebody has decided. */
function showTo(rows: readonly Row[], block: Block, { setting, meter, isEarly }: Moment): boolean {
  let hasDecided = false;
  for (const row of rows) {
    const sum = row.sum(block);
    if (sum === undefined) continue;
    for (const player of row.players) {
      const verdict = player.rule.fold(player.state, sum, setting);
      if (verdict === undefined) continue;
      player.outcome = outcomeOf(verdict, meter, { isEarly, isLast: false });
      hasDecided = true;
    }
  }
  return hasDecided;
}

function rowsWithout(rows: readonly Row[]): readonly Row[] {
  for (const row of rows) row.players = row.players.filter(({ outcome }) => outcome === undefined);
  return rows.filter(({ players }) => players.length > 0);
}

const atDeadline = ({ rule, state }: Player, setting: Setting, meter: Meter): Outcome =>
  outcomeOf(rule.atDeadline?.(state, setting), meter, { isEarly: false, isLast: true });

const outcomeOf = (
  verdict: Verdict | undefined,
  { seconds, requests, canary, bad }: Meter,
  when: Pick<Outcome, 'isEarly' | 'isLast'>,
): Outcome => ({ verdict, seconds, requests, canary, bad, ...when });
