// The recordings a command line names, opened: files and standard input as text in pieces, however large they are.
// Never parses. Called by replay.ts.
import { createReadStream } from 'node:fs';
import type { Problem } from '../lib/problem.ts';
import { SerinError } from '../lib/problem.ts';
import type { SampleFile } from '../replay/recording.ts';
import { unreadable } from './files.ts';

/** Bytes read at once. */
const PIECE = 1 << 20;

export const sampleFiles = (names: readonly string[], stdin: () => Promise<Uint8Array>): readonly SampleFile[] =>
  [...new Set(names)].map((name) =>
    name === '-'
      ? { name: 'stdin', pieces: decoded('stdin', once(stdin)) }
      : { name, pieces: decoded(name, contentOf(name)) },
  );

async function* once(stdin: () => Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield await stdin();
}

/** Opened when its turn comes. */
async function* contentOf(name: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(name, { highWaterMark: PIECE }) as AsyncIterable<Uint8Array>;
}

async function* decoded(name: string, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    for await (const piece of bytes) yield decoder.decode(piece, { stream: true });
    yield decoder.decode();
  } catch (error) {
    throw new SerinError([error instanceof TypeError ? notText(name) : unreadable(name, error, ACCEPTED)]);
  }
}

const ACCEPTED = 'a readable file with samples, or - for standard input';

const notText = (file: string): Problem => ({
  code: 'SRN1907',
  place: { file },
  message: 'the file is not text in UTF-8',
  accepted: 'the text that promtool prints, not the blocks of a TSDB; and no compressed file',
});
