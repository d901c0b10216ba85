// Lines of a stream of bytes, as they become whole. Never gives out a last line that was not ended: it may be half of one.
// Called by watch.ts.

/** `onBytes` is called for every piece, whole line or not. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>, onBytes: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of chunks) {
    onBytes();
    const pieces = decoder.decode(chunk, { stream: true }).split('\n');
    for (const piece of pieces.slice(0, -1)) {
      const line = pending + piece;
      pending = '';
      if (line.trim() !== '') yield line;
    }
    pending += pieces.at(-1) ?? '';
  }
}
