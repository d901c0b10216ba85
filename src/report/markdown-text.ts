// Text as Markdown: what users wrote must not become markup or break a table.
// Never knows what is reported. Called by markdown.ts. GitHub Flavored Markdown, sections 4.5 and 4.10.

/**
 * Everything on one line, with what would be markup escaped. An underscore within a word is none, so that metric names
 * stay readable in the raw text.
 */
export const text = (raw: string): string =>
  raw
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*[<|~&]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\$&')
    .replace(/^[#>+-]/, '\\$&')
    .replace(/^(\d+)([.)])(?= )/, '$1\\$2');

export const bullet = (content: string): string => `- ${content}`;

/** Cells are Markdown already: `text` for what users wrote. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  align: 'left' | 'right' = 'left',
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = `|${header.map(() => (align === 'right' ? ' ---: ' : ' --- ')).join('|')}|`;
  return [line(header), rule, ...rows.map(line)].join('\n');
}

/** A code block, with a fence longer than any within. */
export function fenced(language: string, code: string): string {
  const longest = Math.max(2, ...[...code.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${code.trim()}\n${fence}`;
}
