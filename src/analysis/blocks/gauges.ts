// Blocks of CPU time, requests and memory: paired numbers of both versions for gates on what a pod uses.
// Never takes a ratio or judges. Called by whoever reads a release's samples, with the cursor of the look before.
import type { Millis } from '../../lib/clock.ts';
import type { SeriesData } from '../../series/series.ts';
import { type Look, type Meaning, read } from './block.ts';
import { close, type Reading } from './closing.ts';
import type { OfVersions, PodFacts, VersionFeeds } from './samples.ts';
import type { Span } from './target.ts';
import type { Cursor } from './timing.ts';

export interface GaugeCounts {
  /** Requests of probes among them: they use CPU as well. */
  readonly requests: number;
  readonly cpuSeconds: number;
  /** For how long CPU was known, all pods together. */
  readonly cpuPodSeconds: number;
  /** Summed up over time, all pods together; the mean of one pod is this by `memoryPodSeconds`. */
  readonly memoryByteSeconds: number;
  readonly memoryPodSeconds: number;
}

export interface GaugeSamples {
  readonly requests: readonly SeriesData[];
  /** Of the targets that carry the requests. */
  readonly up: readonly SeriesData[];
  /** Cumulative seconds, one series for each container. */
  readonly cpu: readonly SeriesData[];
  /** Bytes, one series for each container. */
  readonly memory: readonly SeriesData[];
  readonly pods: readonly PodFacts[];
}

export function gaugeBlocks(
  cursor: Cursor,
  samples: OfVersions<GaugeSamples>,
  reading: Reading,
  to: Millis,
): Look<GaugeCounts> {
  const feeds = { canary: feedsOf(samples.canary), stable: feedsOf(samples.stable) };
  const { closed, waiting, cursor: next } = close(cursor, feeds, reading, to);
  return { ...read(closed, GAUGES), waiting, cursor: next };
}

const feedsOf = ({ requests, up, cpu, memory, pods }: GaugeSamples): VersionFeeds => ({
  feeds: [
    { classes: [requests], up, targets: 'instance', reads: 'counters' },
    { classes: [cpu], up: [], targets: 'series', reads: 'counters' },
    { classes: [memory], up: [], targets: 'series', reads: 'levels' },
  ],
  pods,
});

const count = (span: Span | undefined): number => span?.counts[0] ?? 0;

/** For `withoutPod` as well. Nothing contradicts anything here. */
export const GAUGES: Meaning<GaugeCounts> = {
  counts: ([requests, cpu, memory]) => ({
    requests: count(requests),
    cpuSeconds: count(cpu),
    cpuPodSeconds: cpu?.seconds ?? 0,
    memoryByteSeconds: count(memory),
    memoryPodSeconds: memory?.seconds ?? 0,
  }),
  sum: (all) => {
    const sum = (name: keyof GaugeCounts) => all.reduce((total, counts) => total + counts[name], 0);
    return {
      requests: sum('requests'),
      cpuSeconds: sum('cpuSeconds'),
      cpuPodSeconds: sum('cpuPodSeconds'),
      memoryByteSeconds: sum('memoryByteSeconds'),
      memoryPodSeconds: sum('memoryPodSeconds'),
    };
  },
  fault: () => undefined,
};

/** What halves of stable's pods are compared by (history.ts; gates join blocks first: comparative/joined.ts); undefined where there is nothing to divide by. */
export interface PerUnit {
  /** CPU seconds for each request. */
  readonly cpuPerRequest: number | undefined;
  /** Bytes of one pod, on average. */
  readonly memory: number | undefined;
}

export const perUnit = (counts: GaugeCounts): PerUnit => ({
  cpuPerRequest: ratio(counts.cpuSeconds, counts.requests),
  memory: ratio(counts.memoryByteSeconds, counts.memoryPodSeconds),
});

const ratio = (above: number, below: number): number | undefined =>
  above > 0 && below > 0 ? above / below : undefined;
