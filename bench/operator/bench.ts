// Ten thousand running releases under one operator; what it takes of CPU, memory, API server and Prometheus. See README.md.
// Objects and samples live in another process; CPU and memory are the operator's own, from /proc.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuSeconds, machine, printTable } from '../machine.ts';
import type { Bench } from '../run.ts';
import type { Fleet } from './releases.ts';
import type { WorldCounts, WorldReady } from './world.ts';

const RELEASES = Number(process.env['RELEASES'] ?? 10_000);
const TICK_MS = 60_000;
/** Longer than running totals may stay unwritten; the others write none, or are there for their queries. */
const LONG_S = 330;
const SHORT_S = 120;
const HEAP = '--max-old-space-size=320 --max-semi-space-size=8';

interface Lag {
  readonly maxMs: number;
  readonly p99Ms: number;
}

interface Figures {
  readonly name: string;
  readonly releases: number;
  readonly startSeconds: number;
  readonly cpu: number;
  readonly rss: number;
  readonly peak: number;
  readonly heap: number;
  readonly turns: number;
  readonly lag: Lag;
  readonly queries: number;
  readonly calls: Readonly<Record<string, number>>;
}

type Case = readonly [name: string, seconds: number, order: Omit<Fleet, 'namespaces'>];

const cases: readonly Case[] = [
  ['running', LONG_S, { releases: RELEASES, paused: false, gates: 0 }],
  ['running', SHORT_S, { releases: RELEASES / 10, paused: false, gates: 0 }],
  ['running, one gate of their own each', SHORT_S, { releases: RELEASES, paused: false, gates: 1 }],
  ['paused', SHORT_S, { releases: RELEASES, paused: true, gates: 0 }],
];

export const bench: Bench = {
  title: `operator: ${RELEASES} releases, two pods each, one sample a minute`,
  async run() {
    const only = process.env['CASE'];
    const figures: Figures[] = [];
    for (const [name, seconds, order] of only === undefined ? cases : cases.slice(Number(only), Number(only) + 1)) {
      try {
        figures.push(await measure(name, { ...order, namespaces: Math.max(1, order.releases / 100) }, seconds));
        report(figures.slice(-1));
      } catch (error) {
        console.log(`${order.releases} ${name}: ${(error as Error).message}`);
      }
      console.error(`${name}, ${order.releases}: ${machine()}`);
    }
    console.log(`${machine()}; one tick a minute\n`);
    report(figures);
  },
};

async function measure(name: string, order: Fleet, seconds: number): Promise<Figures> {
  const world = fork(new URL('world.ts', import.meta.url), [], { execArgv: ['--max-old-space-size=6000'] });
  const { objects, prometheus } = await ask<WorldReady>(world, order);
  const began = performance.now();
  const subject = fork(new URL('subject.ts', import.meta.url), [objects, prometheus, String(TICK_MS)], {
    execArgv: ['--expose-gc', ...(process.env['NODE_FLAGS'] ?? HEAP).split(' ')],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  try {
    const [{ url }] = (await once(subject, 'message')) as [{ url: string }];
    const pid = subject.pid ?? 0;
    // Everything has had its first turns: the lists are read, and what was to be written is written.
    for (
      let turns = 0;
      turns < order.releases * 1.5;
      turns = await metric(url, 'serin_turn_seconds_count{outcome="done"}')
    )
      await pause(10_000);
    const startSeconds = (performance.now() - began) / 1000;
    const starting = await ask<Lag>(subject, { kind: 'lag' });
    const before = await ask<WorldCounts>(world, { kind: 'counts' });
    const [cpu, turns] = [cpuSeconds(pid), await metric(url, 'serin_turn_seconds_count{outcome="done"}')];
    let rss = 0;
    for (let passed = 0; passed < seconds * 1000; passed += 5000) {
      await pause(5000);
      rss = Math.max(rss, memory(pid, 'VmRSS'));
    }
    const after = await ask<WorldCounts>(world, { kind: 'counts' });
    const taken = (await metric(url, 'serin_turn_seconds_count{outcome="done"}')) - turns;
    const lag = await ask<Lag>(subject, { kind: 'lag' });
    const memoryLeft = await ask<NodeJS.MemoryUsage>(subject, { kind: 'memory' });
    console.error(JSON.stringify({ starting, lag, memoryLeft, rssNow: memory(pid, 'VmRSS') }));
    const { heapUsed } = memoryLeft;
    const calls = Object.fromEntries(
      Object.entries(after.calls)
        .map(([call, times]): [string, number] => [call, (times - (before.calls[call] ?? 0)) / seconds])
        .filter(([, times]) => times > 0),
    );
    return {
      name,
      releases: order.releases,
      startSeconds,
      cpu: (cpuSeconds(pid) - cpu) / seconds,
      rss,
      peak: memory(pid, 'VmHWM'),
      heap: heapUsed / 2 ** 20,
      turns: taken / seconds,
      lag,
      queries: (after.queries - before.queries) / seconds,
      calls,
    };
  } finally {
    // It ends by itself when nobody speaks to it any more, and writes its profile if it was asked for one.
    if (subject.exitCode === null && subject.signalCode === null) {
      const ended = once(subject, 'exit');
      subject.disconnect();
      await ended;
    }
    world.kill('SIGKILL');
  }
}

async function ask<Answer>(child: ChildProcess, question: object): Promise<Answer> {
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`a process of the benchmark has ended with ${code}`);
  });
  const answered = once(child, 'message');
  child.send(question);
  const [answer] = (await Promise.race([answered, died])) as [Answer];
  // Nobody waits for its end any more.
  died.catch(() => {});
  return answer;
}

async function metric(url: string, series: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}

/** MiB. */
function memory(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) / 1024;
}

function report(figures: readonly Figures[]): void {
  const round = (value: number, digits = 2) => value.toFixed(digits);
  printTable(
    ['releases', 'started in', 'CPU', 'RSS', 'heap', 'longest pause', 'turns/s', 'queries/s', 'API calls/s'],
    figures.map((one) => [
      `${one.releases} ${one.name}`,
      `${round(one.startSeconds, 0)} s (peak ${round(one.peak, 0)} MiB)`,
      `${round(one.cpu)} cores`,
      `${round(one.rss, 0)} MiB`,
      `${round(one.heap, 0)} MiB`,
      `${round(one.lag.maxMs, 0)} ms`,
      round(one.turns, 0),
      round(one.queries),
      Object.entries(one.calls)
        .map(([call, times]) => `${call} ${round(times)}`)
        .join(', ') || 'none',
    ]),
  );
}
