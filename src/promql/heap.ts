// A binary heap, kept as Go's container/heap keeps it: which of equal items is on top is the same.
// Never sorts. Called by ranked.ts.

export class Heap<T> {
  readonly items: T[] = [];
  private readonly comesFirst: (a: T, b: T) => boolean;
  constructor(comesFirst: (a: T, b: T) => boolean) {
    this.comesFirst = comesFirst;
  }

  get size(): number {
    return this.items.length;
  }
  /** No item comes before it. */
  get top(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    const { items } = this;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.swappedIfFirst(at, parent)) return;
      at = parent;
    }
  }

  replaceTop(item: T): void {
    const { items } = this;
    items[0] = item;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= items.length) return;
      const child = left + 1 < items.length && this.isFirst(left + 1, left) ? left + 1 : left;
      if (!this.swappedIfFirst(child, at)) return;
      at = child;
    }
  }

  private isFirst(a: number, b: number): boolean {
    return this.comesFirst(this.items[a] as T, this.items[b] as T);
  }

  private swappedIfFirst(child: number, parent: number): boolean {
    if (!this.isFirst(child, parent)) return false;
    const { items } = this;
    [items[child], items[parent]] = [items[parent] as T, items[child] as T];
    return true;
  }
}
