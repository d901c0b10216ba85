// One filling of Serin's store, in a process of its own so that nothing else is in its memory. An entry file.
// Never compares. Started by bench.ts with --expose-gc; answers each order with one measurement.
import { createStore, type SeriesStore } from '../../src/series/store.ts';
import type { Exposed } from '../pods.ts';
import { BEGIN, exposedOf, type Filling } from './shapes.ts';

export interface Footprint {
  readonly samples: number;
  /** By the store's own count: the arrays that hold samples, with what is still free in them. */
  readonly chunkBytes: number;
  /** By the runtime, after a full collection: everything the store keeps alive, index and label texts included. */
  readonly liveBytes: number;
}

function filled(filling: Filling, exposed: readonly Exposed[]): SeriesStore {
  const store = createStore({ retentionMs: 24 * 3_600_000 });
  const handles = exposed.map(({ labels }) => store.series(labels));
  for (let index = 0; index < filling.samples; index += 1)
    for (const [position, { next }] of exposed.entries())
      handles[position]?.append(BEGIN + index * filling.intervalMs, next());
  return store;
}

function liveBytes(): number {
  // Twice: what finalisers free is gone at the second.
  for (let turn = 0; turn < 2; turn += 1) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function measure(filling: Filling): Footprint {
  // What makes the samples, compiled code and a heap as large as filling needs are there before.
  const exposed = exposedOf(filling);
  filled(filling, exposed);
  const before = liveBytes();
  const store = filled(filling, exposed);
  const after = liveBytes();
  const { samples, chunkBytes } = store.stats();
  return { samples, chunkBytes, liveBytes: after - before };
}

process.once('message', (filling: Filling) => {
  process.send?.(measure(filling));
  process.disconnect();
});
