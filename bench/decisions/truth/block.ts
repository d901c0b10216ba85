// One closed block of what is true, and blocks summed to a coarser grid.
// Never knows how it came to be. Called by all of the benchmark.

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
