// Splits a command line into words by the shell's rules of quoting, without a shell.
// Never expands or redirects: an unquoted operator is refused, since nobody would interpret it. Called by pod.ts and check.ts.
import { failed, ok, type Result } from '../lib/result.ts';

const OPERATORS = '|&;<>`';

export function shellSplit(text: string): Result<readonly string[]> {
  const refuse = (message: string, found: string) =>
    failed({ code: 'SRN1701', place: {}, message, found, accepted: "words and quotes; for more, sh -c '…'" });
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? '';
    const next = text[at + 1];
    if (char === quote) quote = undefined;
    else if (quote === "'") word = `${word ?? ''}${char}`;
    else if (char === '\\') {
      if (next === undefined) return refuse('the command ends in a backslash', text);
      // In double quotes a backslash stands for itself before anything but these.
      word = `${word ?? ''}${quote === '"' && !'"\\$`'.includes(next) ? '\\' : ''}${next}`;
      at += 1;
    } else if (quote === '"') word = `${word ?? ''}${char}`;
    else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (OPERATORS.includes(char)) return refuse('the command is started without a shell', char);
    else word = `${word ?? ''}${char}`;
  }
  if (quote !== undefined) return refuse('a quote is not closed', quote);
  if (word !== undefined) words.push(word);
  return words.length === 0 ? refuse('the command is empty', `"${text}"`) : ok(words);
}
