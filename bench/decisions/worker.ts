// A thread that plays chunks until it is ended. An entry file.
// Never decides what is played. Started by workers.ts.
import { parentPort } from 'node:worker_threads';
import { type Chunk, playChunk } from './chunk.ts';

parentPort?.on('message', async (chunk: Chunk) => parentPort?.postMessage(await playChunk(chunk)));
