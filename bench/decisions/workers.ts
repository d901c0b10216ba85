// Plays chunks of runs on as many threads as asked for; what comes out does not depend on how many.
// Never plays by itself but with one thread. Called by measuring.ts.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Chunk, type Played, playChunk } from './chunk.ts';

export interface Crew extends AsyncDisposable {
  readonly threads: number;
  /** In the order given, as long as `goesOn`; `took` is told of each that is done, in any order. */
  play(chunks: readonly Chunk[], took: (chunk: Chunk, played: Played) => void, goesOn?: () => boolean): Promise<void>;
}

export function createCrew(threads: number): Crew {
  const workers =
    threads < 2 ? [] : Array.from({ length: threads }, () => new Worker(new URL('worker.ts', import.meta.url)));
  const players: readonly ((chunk: Chunk) => Promise<Played>)[] =
    workers.length === 0 ? [playChunk] : workers.map((worker) => (chunk) => askedOf(worker, chunk));
  return {
    threads: players.length,
    async play(chunks, took, goesOn = () => true) {
      const left = chunks.values();
      await Promise.all(
        players.map(async (play) => {
          while (goesOn()) {
            const { value: chunk, done } = left.next();
            if (done === true) return;
            took(chunk, await play(chunk));
          }
        }),
      );
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

async function askedOf(worker: Worker, chunk: Chunk): Promise<Played> {
  worker.postMessage(chunk);
  // An error of the thread rejects this.
  return ((await once(worker, 'message')) as [Played])[0];
}
