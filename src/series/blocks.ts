// Memory for what still grows: small blocks in large arrays, chained from the last to the first. Arrays of their own would
// cost a series more than the samples in them, and room to grow as much again. Never gives memory back: there are about
// as many growing ends later as there were before. Called by bits.ts.

export const BLOCK_WORDS = 16;

const PAGE_BLOCKS = 1024;

/** A block's number; the words of page after page. */
type Block = number;

export class Blocks {
  readonly #pages: Uint32Array[] = [];
  /** The block before each block; of a free one, the next free one. */
  readonly #links: Uint32Array[] = [];
  #next: Block = 0;
  #free: Block = 0;
  #freeCount = 0;

  /** One that is all zeros and follows `before`. */
  take(before: Block): Block {
    const block = this.#freeCount > 0 ? this.#reuse() : this.#fresh();
    this.#setLink(block, before);
    return block;
  }

  /** Sets bits in the word `index` of a chain, which lies in its block `block`. */
  or(block: Block, index: number, bits: number): void {
    const page = this.#pages[Math.floor(block / PAGE_BLOCKS)] as Uint32Array;
    const at = (block % PAGE_BLOCKS) * BLOCK_WORDS + (index % BLOCK_WORDS);
    page[at] = (page[at] as number) | bits;
  }

  /** The first `count` words of the chain that ends with `last`. */
  copy(last: Block, count: number, into: Uint32Array): void {
    let block = last;
    for (let at = Math.floor((count - 1) / BLOCK_WORDS) * BLOCK_WORDS; at >= 0; at -= BLOCK_WORDS) {
      const page = this.#pages[Math.floor(block / PAGE_BLOCKS)] as Uint32Array;
      const from = (block % PAGE_BLOCKS) * BLOCK_WORDS;
      for (let word = 0; word < BLOCK_WORDS && at + word < count; word += 1)
        into[at + word] = page[from + word] as number;
      block = this.#link(block);
    }
  }

  /** A chain of `count` blocks is free again. */
  release(last: Block, count: number): void {
    let block = last;
    for (let released = 0; released < count; released += 1) {
      const before = this.#link(block);
      this.#setLink(block, this.#free);
      this.#free = block;
      this.#freeCount += 1;
      block = before;
    }
  }

  /** All pages, with what is free in them. */
  get bytes(): number {
    return this.#pages.length * PAGE_BLOCKS * (BLOCK_WORDS + 1) * 4;
  }

  #reuse(): Block {
    const block = this.#free;
    this.#free = this.#link(block);
    this.#freeCount -= 1;
    const from = (block % PAGE_BLOCKS) * BLOCK_WORDS;
    this.#pages[Math.floor(block / PAGE_BLOCKS)]?.fill(0, from, from + BLOCK_WORDS);
    return block;
  }

  #fresh(): Block {
    if (this.#next === this.#pages.length * PAGE_BLOCKS) {
      this.#pages.push(new Uint32Array(PAGE_BLOCKS * BLOCK_WORDS));
      this.#links.push(new Uint32Array(PAGE_BLOCKS));
    }
    return this.#next++;
  }

  #link(block: Block): Block {
    return this.#links[Math.floor(block / PAGE_BLOCKS)]?.[block % PAGE_BLOCKS] ?? 0;
  }

  #setLink(block: Block, to: Block): void {
    const links = this.#links[Math.floor(block / PAGE_BLOCKS)] as Uint32Array;
    links[block % PAGE_BLOCKS] = to;
  }
}
