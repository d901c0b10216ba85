// The work queue: which release is due when. One entry for each name however often it is asked for, the longest due first, and
// nobody twice at once. Never takes a turn and never sleeps (controller.ts does). Called by controller.ts.
import type { Millis } from '../lib/clock.ts';

export interface WorkQueue {
  /** Due at `at`, unless it is due earlier. While it is being worked on: the time counts from its end. */
  add(name: string, at: Millis): void;
  /** The one that has been due longest, now being worked on; undefined when none is due. */
  take(now: Millis): string | undefined;
  /**
   * No longer worked on; due again at `next`, or earlier where it was asked for meanwhile. Without `next`: only then.
   * Whether it is due again.
   */
  done(name: string, next?: Millis): boolean;
  /** As `done`, after a failure: not before `notBefore`, whoever asks for it. */
  failed(name: string, next: Millis, notBefore?: Millis): void;
  /** When the next one that nobody works on is due. */
  nextDue(): Millis | undefined;
  readonly depth: () => Depth;
}

export interface Depth {
  readonly waiting: number;
  readonly working: number;
}

interface Entry {
  due: Millis;
  /** Of its failure: asking for it earlier does not help. */
  notBefore: Millis;
  working: boolean;
  /** Asked for while it was worked on. */
  asked: Millis | undefined;
}

export function createQueue(): WorkQueue {
  const entries = new Map<string, Entry>();
  const heap = createHeap();
  let working = 0;

  const schedule = (name: string, entry: Entry, due: Millis): void => {
    entry.due = Math.max(due, entry.notBefore);
    heap.push({ name, due: entry.due });
  };

  const release = (name: string): Entry => {
    const entry = entries.get(name);
    if (entry?.working !== true) throw new Error(`nobody works on ${name}`);
    entry.working = false;
    working -= 1;
    return entry;
  };

  const again = (name: string, entry: Entry, next: Millis | undefined): boolean => {
    const due = Math.min(next ?? Infinity, entry.asked ?? Infinity);
    entry.asked = undefined;
    if (due === Infinity) entries.delete(name);
    else schedule(name, entry, due);
    return due < Infinity;
  };

  /** An entry may lie in the heap several times: only where it agrees with what is due does it count. */
  const top = (): Slot | undefined => {
    for (let slot = heap.peek(); slot !== undefined; slot = heap.peek()) {
      const entry = entries.get(slot.name);
      if (entry !== undefined && !entry.working && entry.due === slot.due) return slot;
      heap.pop();
    }
    return undefined;
  };

  return {
    add(name, at) {
      const entry = entries.get(name);
      if (entry === undefined) {
        const fresh: Entry = { due: at, notBefore: -Infinity, working: false, asked: undefined };
        entries.set(name, fresh);
        schedule(name, fresh, at);
      } else if (entry.working) entry.asked = Math.min(entry.asked ?? Infinity, at);
      else if (Math.max(at, entry.notBefore) < entry.due) schedule(name, entry, at);
    },
    take(now) {
      const slot = top();
      if (slot === undefined || slot.due > now) return undefined;
      heap.pop();
      const entry = entries.get(slot.name) as Entry;
      entry.working = true;
      working += 1;
      return slot.name;
    },
    done(name, next) {
      const entry = release(name);
      entry.notBefore = -Infinity;
      return again(name, entry, next);
    },
    failed(name, next, notBefore = next) {
      const entry = release(name);
      entry.notBefore = Math.min(next, notBefore);
      again(name, entry, next);
    },
    nextDue: () => top()?.due,
    depth: () => ({ waiting: entries.size - working, working }),
  };
}

interface Slot {
  readonly name: string;
  readonly due: Millis;
}

interface Heap {
  push(slot: Slot): void;
  peek(): Slot | undefined;
  pop(): void;
}

/** A binary heap, the earliest on top; those due at the same time in the order of their coming. */
function createHeap(): Heap {
  const slots: (Slot & { readonly order: number })[] = [];
  let pushed = 0;
  const before = (a: number, b: number): boolean => {
    const [one, other] = [slots[a], slots[b]];
    if (one === undefined || other === undefined) return false;
    return one.due < other.due || (one.due === other.due && one.order < other.order);
  };
  const swap = (a: number, b: number): void => {
    const [one, other] = [slots[a], slots[b]];
    if (one !== undefined && other !== undefined) [slots[a], slots[b]] = [other, one];
  };
  return {
    push(slot) {
      slots.push({ ...slot, order: pushed++ });
      for (let at = slots.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1;
        if (!before(at, parent)) break;
        swap(at, parent);
        at = parent;
      }
    },
    peek: () => slots[0],
    pop() {
      const last = slots.pop();
      if (last === undefined || slots.length === 0) return;
      slots[0] = last;
      for (let at = 0; ; ) {
        const [left, right] = [2 * at + 1, 2 * at + 2];
        let least = at;
        if (left < slots.length && before(left, least)) least = left;
        if (right < slots.length && before(right, least)) least = right;
        if (least === at) break;
        swap(at, least);
        at = least;
      }
    },
  };
}
