// Five hundred targets scraped each second over loopback, by Serin's scraper and by a real Prometheus in turn. See README.md.
// CPU time is the scraping process' own; punctuality is what the targets saw.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { findPrometheus } from '../../test/support/prometheus.ts';
import { cpuSeconds, machine, median, printTable, quantile } from '../machine.ts';
import type { Bench } from '../run.ts';
import { type Punctuality, punctuality } from './lateness.ts';
import { type Subject, startPeer, startSerin } from './subjects.ts';
import type { Arrivals, StartedTargets, TargetsOrder } from './targets.ts';

const TARGETS = 500;
const INTERVAL_MS = 1000;
const ROUNDS = 3;
const WARM_MS = 2000;
const MEASURE_MS = 8000;

interface Round extends Punctuality {
  readonly cpu: number;
  readonly samplesPerSecond: number;
  readonly failed: number;
}

export const bench: Bench = {
  title: `scrape: ${TARGETS} targets each second, against Prometheus`,
  async run() {
    const tools = findPrometheus();
    if ('reason' in tools) throw new Error(tools.reason);
    const child = fork(new URL('targets.ts', import.meta.url), [], { execArgv: [] });
    try {
      const { ports, series } = await ask<StartedTargets>(child, {
        kind: 'start',
        count: TARGETS,
        intervalMs: INTERVAL_MS,
      });
      const order = { ports, intervalMs: INTERVAL_MS };
      const rounds = { Serin: [] as Round[], Prometheus: [] as Round[] };
      for (let round = 0; round < ROUNDS; round += 1) {
        rounds.Serin.push(await measure(child, () => startSerin(order)));
        rounds.Prometheus.push(await measure(child, () => startPeer(order)));
        console.error(`round ${round + 1} of ${ROUNDS}: ${machine()}`);
      }
      console.log(`${machine()}; ${TARGETS} targets, ${series} series\n`);
      report(rounds);
    } finally {
      child.kill();
    }
  },
};

async function measure(targets: ChildProcess, start: () => Promise<Subject>): Promise<Round> {
  await using subject = await start();
  await ask<Arrivals>(targets, { kind: 'take' });
  await scrapedTwice(targets);
  await pause(WARM_MS);
  const before = await subject.scraped();
  await ask<Arrivals>(targets, { kind: 'take' });
  const [from, cpuBefore] = [performance.timeOrigin + performance.now(), cpuSeconds(subject.pid)];
  await pause(MEASURE_MS);
  const [to, cpuAfter] = [performance.timeOrigin + performance.now(), cpuSeconds(subject.pid)];
  const arrivals = await ask<Arrivals>(targets, { kind: 'take' });
  const after = await subject.scraped();
  const seconds = (to - from) / 1000;
  return {
    ...punctuality(arrivals, INTERVAL_MS, from, to),
    cpu: (cpuAfter - cpuBefore) / seconds,
    samplesPerSecond: (after.samples - before.samples) / seconds,
    failed: after.failed - before.failed,
  };
}

/** All of them: the first scrapes, at which a scraper makes its series, are no part of the measurement. */
async function scrapedTwice(targets: ChildProcess): Promise<void> {
  const counts: number[] = [];
  do {
    await pause(100);
    for (const [target, times] of (await ask<Arrivals>(targets, { kind: 'take' })).entries())
      counts[target] = (counts[target] ?? 0) + times.length;
  } while (counts.some((count) => count < 2));
}

async function ask<Answer>(child: ChildProcess, order: TargetsOrder): Promise<Answer> {
  const answer = once(child, 'message');
  child.send(order);
  return (await answer)[0] as Answer;
}

function report(rounds: Readonly<Record<'Serin' | 'Prometheus', readonly Round[]>>): void {
  const head = [
    'scraper',
    'CPU seconds each second',
    'samples each second',
    'late p50',
    'p99',
    'max',
    'missed',
    'failed',
  ];
  const cells = (all: readonly Round[]): string[] => {
    const late = all.flatMap((round) => round.late);
    const ms = (value: number): string => `${value.toFixed(1)} ms`;
    const total = (of: (round: Round) => number): number => all.reduce((sum, round) => sum + of(round), 0);
    return [
      median(all.map(({ cpu }) => cpu)).toFixed(3),
      Math.round(median(all.map(({ samplesPerSecond }) => samplesPerSecond))).toLocaleString('en'),
      ms(median(late)),
      ms(quantile(0.99, late)),
      ms(Math.max(...late)),
      `${total(({ missed }) => missed)} of ${late.length}`,
      String(total(({ failed }) => failed)),
    ];
  };
  printTable(
    head,
    Object.entries(rounds).map(([name, all]) => [name, ...cells(all)]),
  );
  const cpu = (all: readonly Round[]): number => median(all.map((round) => round.cpu));
  console.log(`\nCPU as a ratio, Serin by Prometheus: ${(cpu(rounds.Serin) / cpu(rounds.Prometheus)).toFixed(2)}`);
}
