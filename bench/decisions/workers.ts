// Plays the runs of a case on as many threads as asked for; what comes out does not depend on how many.
// Never plays by itself but with one thread. Called by the benchmark.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Chunk, type Played, playChunk } from './chunk.ts';

export interface Crew extends AsyncDisposable {
  play(scenario: string, name: string, runs: number): Promise<Played>;
}

/** Some chunks to a thread, so that none waits long for the others. */
const CHUNKS_PER_THREAD = 8;

export function createCrew(threads: number): Crew {
  const workers =
    threads < 2 ? [] : Array.from({ length: threads }, () => new Worker(new URL('worker.ts', import.meta.url)));
  return {
    async play(scenario, name, runs) {
      if (workers.length === 0) return playChunk({ scenario, name, from: 0, to: runs });
      const size = Math.max(1, Math.ceil(runs / (workers.length * CHUNKS_PER_THREAD)));
      const chunks: Chunk[] = [];
      for (let from = 0; from < runs; from += size)
        chunks.push({ scenario, name, from, to: Math.min(runs, from + size) });
      return joined(await handedOut(workers, chunks));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

async function handedOut(workers: readonly Worker[], chunks: readonly Chunk[]): Promise<readonly Played[]> {
  const played: Played[] = [];
  let next = 0;
  await Promise.all(
    workers.map(async (worker) => {
      while (next < chunks.length) {
        const index = next;
        next += 1;
        worker.postMessage(chunks[index]);
        // An error of the thread rejects this.
        played[index] = ((await once(worker, 'message')) as [Played])[0];
      }
    }),
  );
  return played;
}

const joined = (parts: readonly Played[]): Played =>
  (parts[0] ?? []).map((_, rule) => parts.flatMap((part) => part[rule]!));
