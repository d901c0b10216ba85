// The embedded mesh beside nginx, HAProxy and Envoy as plain proxies: requests per CPU second, and added latency.
// All subjects stand before the same backend in the same run, measured in turn, round after round. See README.md.
import { type ChildProcess, fork } from 'node:child_process';
import { cpus } from 'node:os';
import { cpuSeconds, median } from '../machine.ts';
import type { Bench } from '../run.ts';
import type { ClientOrder, ClientResult } from './client.ts';
import { type Subject, startPeers } from './peers.ts';
import { startSubject } from './subjects.ts';

const ROUNDS = 5;
const THROUGHPUT_MS = 4000;
const LATENCY_MS = 4000;
const WARM_MS = 2000;
const CONNECTIONS = 16;
const RATE = 500;

interface Figures {
  readonly perCpuSecond: number[];
  /** Milliseconds at 500 requests/s. */
  readonly p50: number[];
  readonly p99: number[];
}

export const bench: Bench = {
  title: 'mesh: the embedded data plane against nginx, HAProxy and Envoy',
  async run() {
    const backend = startProcess('backend.ts');
    const upstream = (await once<{ port: number }>(backend)).port;
    const client = startProcess('client.ts');
    const own = [
      await startSubject('Serin mesh', process.version, upstream, false),
      await startSubject('Serin mesh, access log read', process.version, upstream, true),
    ];
    const { running, missing } = await startPeers(upstream);
    const subjects = [...own, ...running];
    try {
      const figures = await measure(client, upstream, subjects);
      print(subjects, figures, missing);
    } finally {
      await Promise.all(subjects.map((subject) => subject.close()));
      client.kill();
      backend.kill();
    }
  },
};

async function measure(
  client: ChildProcess,
  upstream: number,
  subjects: readonly Subject[],
): Promise<ReadonlyMap<string, Figures>> {
  const figures = new Map(['direct', ...subjects.map(({ name }) => name)].map((name) => [name, empty()]));
  for (const { port } of subjects) await send(client, { kind: 'closed', port, connections: CONNECTIONS, ms: WARM_MS });
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, port, pid } of subjects) {
      const before = cpuSeconds(pid);
      const { requests } = await send(client, { kind: 'closed', port, connections: CONNECTIONS, ms: THROUGHPUT_MS });
      figures.get(name)!.perCpuSecond.push(requests / (cpuSeconds(pid) - before));
    }
    for (const { name, port } of [{ name: 'direct', port: upstream }, ...subjects]) {
      const { latencies } = await send(client, { kind: 'open', port, rate: RATE, ms: LATENCY_MS });
      const at = (q: number): number => latencies[Math.floor(q * latencies.length)]! / 1000;
      figures.get(name)!.p50.push(at(0.5));
      figures.get(name)!.p99.push(at(0.99));
    }
    console.error(`round ${round + 1} of ${ROUNDS}`);
  }
  return figures;
}

const empty = (): Figures => ({ perCpuSecond: [], p50: [], p99: [] });

function print(subjects: readonly Subject[], figures: ReadonlyMap<string, Figures>, missing: readonly string[]): void {
  const direct = figures.get('direct')!;
  const envoy = figures.get('Envoy');
  const [cpu] = cpus();
  console.log(
    `${cpus().length} × ${cpu?.model ?? 'unknown CPU'}, Node ${process.version}, medians of ${ROUNDS} rounds\n`,
  );
  console.log('| proxy | requests per CPU second | as a ratio of Envoy | added p50 at 500/s | added p99 at 500/s |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const { name, version } of subjects) {
    const { perCpuSecond, p50, p99 } = figures.get(name)!;
    const ratio = envoy === undefined ? 'not measured' : (median(perCpuSecond) / median(envoy.perCpuSecond)).toFixed(2);
    const added = (own: readonly number[], base: readonly number[]): string =>
      `${median(own.map((value, round) => value - base[round]!)).toFixed(2)} ms`;
    const cells = [
      `${name} ${version}`,
      thousands(median(perCpuSecond)),
      ratio,
      added(p50, direct.p50),
      added(p99, direct.p99),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  for (const name of missing) console.log(`| ${name} | not measured: not found on PATH or in .serin/bench | | | |`);
  console.log(`\nDirect: p50 ${median(direct.p50).toFixed(2)} ms, p99 ${median(direct.p99).toFixed(2)} ms.`);
}

const thousands = (value: number): string => Math.round(value).toLocaleString('en');

const startProcess = (file: string): ChildProcess =>
  fork(new URL(file, import.meta.url), [], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });

const once = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    const died = (code: number | null): void => reject(new Error(`a process of the benchmark ended: ${code}`));
    child.once('exit', died);
    child.once('message', (message) => {
      child.off('exit', died);
      resolve(message as T);
    });
  });

function send(client: ChildProcess, order: ClientOrder): Promise<ClientResult> {
  const answer = once<ClientResult>(client);
  client.send(order);
  return answer;
}
