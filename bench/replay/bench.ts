// `serin replay` as a whole command, on recordings of three sizes: the time that a user waits, and the CPU time.
// Never measures inside the process. See README.md.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asOpenMetrics, recordedSeries } from '../../test/support/recordings.ts';
import { machine, median } from '../machine.ts';
import type { Bench } from '../run.ts';
import { MANIFESTS } from './manifests.ts';

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const ROUNDS = 5;
/** Clock ticks of /proc/self/stat in a second (USER_HZ). */
const TICKS = 100;

/** Six series a pod. */
const SIZES = [
  { series: 204, pods: 17, minutes: 30, gates: 'three queries' },
  { series: 1008, pods: 84, minutes: 30, gates: 'three queries' },
  { series: 204, pods: 17, minutes: 240, gates: 'three queries' },
  { series: 204, pods: 17, minutes: 30, gates: 'the gates by default' },
] as const;

export const bench: Bench = {
  title: 'replay: the whole command, from a file of OpenMetrics to the outcome',
  async run() {
    const directory = await mkdtemp(join(tmpdir(), 'serin-bench-'));
    try {
      const start = await measured(['--version']);
      console.log(`${machine()}\n`);
      console.log('| recording | file | gates | instants | seconds, median of 5 | least … most | CPU seconds |');
      console.log('| --- | --- | --- | --- | --- | --- | --- |');
      for (const size of SIZES) console.log(await rowOf(size, directory));
      console.log(`\nStarting and ending alone (\`serin --version\`): ${median(start.seconds).toFixed(2)} s.`);
    } finally {
      await rm(directory, { recursive: true });
    }
  },
};

async function rowOf({ series, pods, minutes, gates }: (typeof SIZES)[number], directory: string): Promise<string> {
  const [file, manifests] = [join(directory, 'samples.om'), join(directory, 'manifests.yaml')];
  await writeFile(manifests, MANIFESTS[gates]);
  const recorded = recordedSeries({
    seconds: minutes * 60,
    everySeconds: 5,
    pods,
    canary: { rate: 200 },
    stable: { rate: 200 },
  });
  if (recorded.length !== series) throw new Error(`${recorded.length} series, not ${series}`);
  await writeFile(file, asOpenMetrics(recorded));
  const { seconds, cpu } = await measured(['replay', '-f', manifests, '--samples', file]);
  const megabytes = ((await stat(file)).size / 1e6).toFixed(0);
  const span = `${Math.min(...seconds).toFixed(2)} … ${Math.max(...seconds).toFixed(2)}`;
  const cells = [`${series} series × ${minutes} min at 5 s`, `${megabytes} MB`, gates, String(minutes * 12 + 1)];
  return `| ${[...cells, median(seconds).toFixed(2), span, median(cpu).toFixed(2)].join(' | ')} |`;
}

async function measured(args: readonly string[]): Promise<{ seconds: readonly number[]; cpu: readonly number[] }> {
  const [seconds, cpu]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    const before = childrenSeconds();
    const began = performance.now();
    await ended(args);
    seconds.push((performance.now() - began) / 1000);
    cpu.push(childrenSeconds() - before);
  }
  return { seconds, cpu };
}

/** Its output is read and thrown away; every recording here is a good one. */
async function ended(args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.resume();
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`serin ${args.join(' ')} ended with ${code}`);
}

/** CPU time of all children that have ended, seconds. */
function childrenSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS;
}
