// Plays the rivals' scenarios on a test cluster: `main.ts [SCENARIO]… [--runs N] [--beside N]`. A line of JSON for each run, then a table.
// Exits with 1 when something was wrong, with 3 when the machine was too busy for any figure. Run by scripts/cluster-rivals.ts.
import { parseArgs } from 'node:util';
import { LEAST_IDLE, startIdleMeter } from '../idle.ts';
import { openScene, type Scene } from '../scene.ts';
import { type Figures, type Outcome, SCENARIOS, type Scenario } from './scenarios.ts';
import { openStand } from './stand.ts';
import { tableOf } from './table.ts';

export interface Run extends Outcome {
  readonly scenario: string;
  /** Share of the processors' time that nobody used, while it and those beside it ran. */
  readonly idle: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '1' },
    beside: { type: 'string', default: '3' },
  },
});
const names = positionals.length === 0 ? Object.keys(SCENARIOS) : positionals;
const unknown = names.filter((name) => SCENARIOS[name] === undefined);
if (unknown.length > 0) throw new Error(`unknown: ${unknown}; there are ${Object.keys(SCENARIOS).join(', ')}`);

const scene = await openScene();
const all: Run[] = [];
try {
  await using _operator = await scene.operator();
  let serial = 0;
  for (const name of names) {
    const scenario = SCENARIOS[name] as Scenario;
    for (let left = Number(values.runs); left > 0; ) {
      const count = scenario.alone === true ? 1 : Math.min(left, Number(values.beside));
      const labels = Array.from({ length: count }, () => `${name}-${serial++}`);
      for (const run of await wave(scene, name, scenario, labels)) {
        all.push(run);
        console.log(JSON.stringify(run));
      }
      left -= count;
    }
  }
} finally {
  await scene.close();
}
const valid = all.filter(({ idle }) => idle >= LEAST_IDLE);
console.log(tableOf(all, LEAST_IDLE));
process.exitCode = all.some(({ wrong }) => wrong.length > 0) ? 1 : valid.length === 0 ? 3 : 0;

/** Runs of one scenario beside each other; their users are read only when all are over, since that takes the processor. */
async function wave(scene: Scene, name: string, scenario: Scenario, labels: readonly string[]): Promise<Run[]> {
  const { plan, errors = 0, deadline = '30m' } = scenario;
  const stands = await Promise.all(labels.map((label) => openStand({ scene, name: label, plan, errors, deadline })));
  try {
    const meter = startIdleMeter();
    const played = await Promise.allSettled(
      stands.map(async (stand) => {
        if (name === 'no-traffic') stand.shop.traffic.setRate(0);
        await stand.begin();
        return await scenario.play(stand, scene);
      }),
    );
    const idle = meter.share();
    const runs: Run[] = [];
    for (const [index, one] of played.entries()) {
      const shop = stands[index]!.shop;
      const { told } = await shop.close();
      const { figures, wrong }: Outcome =
        one.status === 'fulfilled'
          ? one.value(told, await shop.status())
          : { figures: {} satisfies Figures, wrong: [String(one.reason)] };
      runs.push({ scenario: name, idle, figures, wrong });
    }
    return runs;
  } finally {
    for (const stand of stands) await stand[Symbol.asyncDispose]();
  }
}
