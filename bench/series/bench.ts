// Bytes for each sample on regular scrapes: Serin's store beside a real Prometheus with the same samples. See README.md.
// Each filling has a fresh process on both sides.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { findPrometheus } from '../../test/support/prometheus.ts';
import { machine, printTable } from '../machine.ts';
import type { Bench } from '../run.ts';
import { type PeerFootprint, peerFootprint } from './peer.ts';
import { type Filling, KINDS, type Kind } from './shapes.ts';
import type { Footprint } from './store.ts';

/** An hour of each; the same number of samples at both intervals. */
const INTERVALS = [
  { intervalMs: 1000, series: 200, samples: 3600 },
  { intervalMs: 5000, series: 1000, samples: 720 },
] as const;

export const bench: Bench = {
  title: 'series: memory for each sample, against Prometheus',
  async run() {
    const tools = findPrometheus();
    if ('reason' in tools) console.error(`Prometheus is not measured: ${tools.reason}`);
    console.log(`${machine()}\n`);
    const rows: string[][] = [];
    for (const kind of Object.keys(KINDS) as Kind[])
      for (const interval of INTERVALS) {
        const filling = { kind, ...interval };
        const ours = await footprint(filling);
        const theirs = 'reason' in tools ? undefined : await peerFootprint(filling);
        if (theirs !== undefined && theirs.samples !== ours.samples)
          throw new Error(`${kind}: ${ours.samples} samples here, ${theirs.samples} in Prometheus`);
        rows.push(row(filling, ours, theirs));
      }
    printTable(
      ['series', 'scraped every', 'Serin: samples', 'Serin: everything', 'Prometheus: samples', 'ratio of samples'],
      rows,
    );
    console.log('\nBytes for each sample; ratios are Serin by Prometheus: below 1 Serin takes less.');
  },
};

function row({ kind, intervalMs }: Filling, ours: Footprint, theirs: PeerFootprint | undefined): string[] {
  const each = (bytes: number): string => (bytes / ours.samples).toFixed(2);
  const own = [each(ours.chunkBytes), each(ours.liveBytes)];
  const peer =
    theirs === undefined
      ? ['not measured', 'not measured']
      : [each(theirs.chunkBytes), (ours.chunkBytes / theirs.chunkBytes).toFixed(2)];
  return [KINDS[kind], `${intervalMs / 1000} s`, ...own, ...peer];
}

async function footprint(filling: Filling): Promise<Footprint> {
  const child = fork(new URL('store.ts', import.meta.url), [], { execArgv: ['--expose-gc'] });
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`the process that fills the store ended (${code})`);
  });
  child.send(filling);
  const [answer] = (await Promise.race([once(child, 'message'), died])) as [Footprint];
  died.catch(() => {});
  return answer;
}
