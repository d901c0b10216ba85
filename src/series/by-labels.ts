// Finds a series by its labels: a hash table over the labels themselves, since a text to look each series up by would
// take more memory than an hour of its samples. Never touches samples. Called by store.ts.
import { labelValue } from './labels.ts';
import type { Labels } from './series.ts';

export interface Found<Self> {
  /** Without empty values. */
  readonly labels: Labels;
  /** Another one with the same hash. */
  next: Self | undefined;
}

export class ByLabels<Entry extends Found<Entry>> {
  readonly #chains = new Map<number, Entry>();

  get(labels: Labels): Entry | undefined {
    let entry = this.#chains.get(hashOf(labels));
    while (entry !== undefined && !isSame(entry.labels, labels)) entry = entry.next;
    return entry;
  }

  /** One that is not in it. */
  add(entry: Entry): void {
    const hash = hashOf(entry.labels);
    entry.next = this.#chains.get(hash);
    this.#chains.set(hash, entry);
  }

  remove(entry: Entry): void {
    const hash = hashOf(entry.labels);
    const first = this.#chains.get(hash);
    if (first === entry) {
      if (entry.next === undefined) this.#chains.delete(hash);
      else this.#chains.set(hash, entry.next);
    } else {
      let before = first;
      while (before !== undefined && before.next !== entry) before = before.next;
      if (before !== undefined) before.next = entry.next;
    }
    entry.next = undefined;
  }

  /** The one handed out may be removed before the next is asked for. */
  *values(): Generator<Entry> {
    for (const first of this.#chains.values()) {
      let entry: Entry | undefined = first;
      while (entry !== undefined) {
        const { next }: { next: Entry | undefined } = entry;
        yield entry;
        entry = next;
      }
    }
  }
}

/** Whatever the order of the labels; empty values do not count. Small enough for V8 to keep it outside the heap. */
function hashOf(labels: Labels): number {
  let hash = 0;
  for (const name of Object.keys(labels)) {
    const value = labels[name] ?? '';
    if (value !== '') hash = (hash + mixed(hashText(hashText(0x811c9dc5, name) ^ 0x3d, value))) | 0;
  }
  return mixed(hash) >>> 2;
}

/** FNV-1a over UTF-16 code units. */
function hashText(start: number, text: string): number {
  let hash = start;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}

/** The finaliser of MurmurHash3 (Austin Appleby, public domain). */
function mixed(hash: number): number {
  const first = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const second = Math.imul(first ^ (first >>> 13), 0xc2b2ae35);
  return second ^ (second >>> 16);
}

function isSame(kept: Labels, labels: Labels): boolean {
  let count = 0;
  for (const name of Object.keys(labels)) {
    const value = labels[name] ?? '';
    if (value === '') continue;
    if (labelValue(kept, name) !== value) return false;
    count += 1;
  }
  return count === Object.keys(kept).length;
}
