// Memory for finished chunks: they are copied one after another into large arrays, since an array of its own costs
// a chunk several times its content. Never frees by hand: chunks finished together expire together, and an array
// that no chunk names any more is the garbage collector's. Called by store.ts.

const SLAB_WORDS = 16_384;

export class Slab {
  #words = new Uint32Array(0);
  #used = 0;

  /** Copies the words and says where they now are. */
  keep(words: Uint32Array): { readonly words: Uint32Array; readonly firstWord: number } {
    if (this.#used + words.length > this.#words.length) {
      this.#words = new Uint32Array(Math.max(SLAB_WORDS, words.length));
      this.#used = 0;
    }
    const firstWord = this.#used;
    this.#words.set(words, firstWord);
    this.#used += words.length;
    return { words: this.#words, firstWord };
  }
}
