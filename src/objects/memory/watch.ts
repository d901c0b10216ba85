// One watch: walks the history from a resourceVersion and hands out the changes of one kind, with bookmarks in between.
// Never holds changes back for a slow reader: who falls out of the bounded history gets `Expired`. Called by memory.ts.
import { ObjectsError, type WatchEvent } from '../objects.ts';
import type { History } from './history.ts';

/** A bookmark is sent when this many changes of other kinds have passed, so that a quiet watch can be resumed. */
export interface WatchOptions {
  readonly kind: string;
  readonly from: string;
  readonly bookmarkEvery: number;
  readonly signal: AbortSignal;
}

export async function* watchHistory(history: History, options: WatchOptions): AsyncGenerator<WatchEvent> {
  const { kind, bookmarkEvery, signal } = options;
  let seen = parseVersion(options.from, history.version());
  let told = seen;
  while (!signal.aborted) {
    const change = history.after(seen);
    if (change === undefined) {
      await history.changed(signal);
      continue;
    }
    seen = change.version;
    if (change.object.kind === kind) {
      told = seen;
      yield { type: change.type, object: change.object };
    } else if (seen - told >= bookmarkEvery) {
      told = seen;
      yield { type: 'bookmark', resourceVersion: String(seen) };
    }
  }
}

function parseVersion(text: string, latest: number): number {
  const version = Number(text);
  if (!/^\d+$/.test(text) || version > latest)
    throw new ObjectsError('Invalid', `a watch starts at the resourceVersion of a list, not at "${text}"`);
  return version;
}
