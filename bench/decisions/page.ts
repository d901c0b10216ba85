// What was measured, put into a page between its markers; what stands around them is written by hand.
// Never touches a file. Called by the benchmark.

/** The page with the part of that name replaced; a part that the page has no markers for is a mistake of the page. */
export function withPart(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- bench decisions: ${name} -->`, `<!-- end: ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page has no markers ${begin} … ${end}`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}
