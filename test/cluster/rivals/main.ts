// Plays the rivals' scenarios on a test cluster: `main.ts [SCENARIO[=RUNS]]… [--beside N]`. A line of JSON for each run, then a table.
// Exits with 1 when something was wrong, with 3 when the machine was too busy for any figure. Run by scripts/cluster-rivals.ts.
import { parseArgs } from 'node:util';
import { accessLines } from '../access-log.ts';
import { LEAST_IDLE, startIdleMeter } from '../idle.ts';
import { openScene, type Scene } from '../scene.ts';
import type { Shop } from '../shop.ts';
import type { Told } from '../traffic.ts';
import { type Outcome, SCENARIOS, type Scenario } from './scenarios.ts';
import { openStand } from './stand.ts';
import { type Run, tableOf } from './table.ts';

interface Planned {
  readonly name: string;
  readonly scenario: Scenario;
  /** Of its shop. */
  readonly label: string;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { beside: { type: 'string', default: '3' } },
});
const planned = (positionals.length === 0 ? Object.keys(SCENARIOS) : positionals).flatMap(runsOf);
const scene = await openScene();
const all: Run[] = [];
try {
  await using _operator = await scene.operator();
  for (const wave of waves(planned, Number(values.beside))) {
    for (const run of await playWave(scene, wave)) {
      all.push(run);
      console.log(JSON.stringify(run));
    }
  }
} finally {
  await scene.close();
}
console.log(tableOf(all, LEAST_IDLE));
const isValid = all.some(({ idle }) => idle >= LEAST_IDLE);
process.exitCode = all.some(({ wrong }) => wrong.length > 0) ? 1 : isValid ? 0 : 3;

function runsOf(word: string): readonly Planned[] {
  const [name = '', count = '1'] = word.split('=');
  const scenario = SCENARIOS[name];
  if (scenario === undefined) throw new Error(`no ${name}; there are ${Object.keys(SCENARIOS).join(', ')}`);
  return Array.from({ length: Number(count) }, (_, index) => ({ name, scenario, label: `${name}-${index + 1}` }));
}

/** What runs beside each other. */
function waves(runs: readonly Planned[], beside: number): readonly (readonly Planned[])[] {
  const all: Planned[][] = [];
  for (const run of runs) {
    const last = all.at(-1);
    const isFull = last === undefined || last.length >= beside || last[0]?.scenario.alone === true;
    if (isFull || run.scenario.alone === true) all.push([run]);
    else last.push(run);
  }
  return all;
}

/** Their users' requests are read only when all are over, since that takes the processor. */
async function playWave(scene: Scene, wave: readonly Planned[]): Promise<readonly Run[]> {
  const stands = await Promise.all(
    wave.map(({ label, scenario: { plan, errors = 0, deadline = '30m', gates } }) =>
      openStand({ scene, name: label, plan, errors, deadline, ...(gates && { gates }) }),
    ),
  );
  try {
    const meter = startIdleMeter();
    const played = await Promise.allSettled(
      wave.map(async ({ scenario }, index) => {
        const stand = stands[index]!;
        if (scenario.noTraffic === true) stand.shop.traffic.setRate(0);
        await stand.begin();
        return await scenario.play(stand, scene);
      }),
    );
    const idle = meter.share();
    const runs: Run[] = [];
    for (const [index, one] of played.entries()) {
      if (one.status === 'rejected') console.error(wave[index]!.label, one.reason, await stands[index]!.state());
      const { shop } = stands[index]!;
      const read = one.status === 'rejected' ? () => lost(one.reason) : one.value;
      const outcome = await usersOf(scene, shop, wave[index]!.scenario)
        .then(async (told) => read(told, await shop.status()))
        .catch(lost);
      runs.push({ scenario: wave[index]!.name, idle, ...outcome });
    }
    return runs;
  } finally {
    for (const stand of stands) await stand[Symbol.asyncDispose]();
  }
}

async function usersOf({ cluster }: Scene, shop: Shop, { noTraffic = false }: Scenario): Promise<readonly Told[]> {
  try {
    return noTraffic ? await shop.traffic.stop() : (await shop.close()).told;
  } catch (error) {
    const lines = new Map(accessLines(cluster.gateway).map((line) => [line.id, line]));
    const told = shop.traffic.answers.map((answer) => ({ answer, line: lines.get(answer.id) }));
    const unlogged = told.filter(({ line }) => line === undefined).map(({ answer }) => answer);
    console.error(shop.namespace, error, lines.size, told.length, unlogged.length, unlogged.slice(0, 3));
    return told;
  }
}

function lost(reason: unknown): Outcome {
  return { figures: {}, wrong: [String(reason)] };
}
