// A scanner for explaining syntax errors: pieces of the text, open brackets, and what no grammar could read.
// Never decides whether a query is right (the grammar does). Called by syntax-error.ts.
import type { Span } from './ast.ts';
import { parseNumber } from './literals.ts';

export interface Token extends Span {
  readonly kind: 'identifier' | 'number' | 'string' | 'symbol' | 'unknown';
  readonly text: string;
}

export interface Scan {
  readonly tokens: readonly Token[];
  /** Brackets still open where the scan ended, outermost first. */
  readonly open: readonly Token[];
  /** The first thing that is wrong whatever the grammar says; tokens end before it. */
  readonly flaw?: Span & { readonly message: string; readonly accepted?: string };
}

const BLANK = /(?:\s|#[^\n]*)+/y;
const PIECES: readonly { kind: Token['kind']; pattern: RegExp }[] = [
  { kind: 'identifier', pattern: /[a-zA-Z_:][a-zA-Z0-9_:]*/y },
  { kind: 'number', pattern: /0x\w*|\.?\d(?:[eE][-+](?=\d)|[\w.])*/y },
  { kind: 'string', pattern: /"(?:\\[^\n]|[^\\"\n])*"|'(?:\\[^\n]|[^\\'\n])*'|`[^`]*`/y },
  { kind: 'symbol', pattern: /==|!=|=~|!~|<=|>=|<\/|>\/|[-+*/%^<>=(){}[\],:@]/y },
];
const OPENER_OF: Readonly<Record<string, string>> = { ')': '(', '}': '{', ']': '[' };
export const CLOSER_OF: Readonly<Record<string, string>> = { '(': ')', '{': '}', '[': ']' };
const BRACKET_NAMES: Readonly<Record<string, string>> = {
  '(': 'left parenthesis',
  '{': 'left brace',
  '[': 'left bracket',
  ')': 'right parenthesis',
  '}': 'right brace',
  ']': 'right bracket',
};

export const bracketName = (bracket: string): string => BRACKET_NAMES[bracket] ?? bracket;

export function scan(text: string): Scan {
  const tokens: Token[] = [];
  const open: Token[] = [];
  for (let at = 0; ; ) {
    BLANK.lastIndex = at;
    if (BLANK.test(text)) at = BLANK.lastIndex;
    if (at >= text.length) return { tokens, open };
    const token = open.at(-1)?.text === '[' && text[at] === ':' ? colon(at) : tokenAt(text, at);
    const flaw = flawOf(text, token, open);
    if (flaw !== undefined) return { tokens, open, flaw: { from: token.from, to: token.to, ...flaw } };
    tokens.push(token);
    if ('({['.includes(token.text)) open.push(token);
    if (')}]'.includes(token.text)) open.pop();
    at = token.to;
  }
}

// Elsewhere a colon is part of a name.
const colon = (at: number): Token => ({ kind: 'symbol', text: ':', from: at, to: at + 1 });

function tokenAt(text: string, at: number): Token {
  for (const { kind, pattern } of PIECES) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return { kind, text: found, from: at, to: at + found.length };
  }
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
  return { kind: 'unknown', text: char, from: at, to: at + char.length };
}

function flawOf(
  text: string,
  token: Token,
  open: readonly Token[],
): { message: string; accepted?: string; to?: number } | undefined {
  if (token.kind === 'unknown') {
    if (!'"\'`'.includes(token.text)) return { message: `unexpected character: ${JSON.stringify(token.text)}` };
    const end = text.indexOf('\n', token.from);
    return {
      message: 'unterminated quoted string',
      accepted: `a closing ${token.text}`,
      to: end === -1 ? text.length : end,
    };
  }
  // A number ends where its letters end; the grammar would read `30sunless x` as `30s unless x`.
  if (token.kind === 'number' && parseNumber(token.text) === undefined) return badNumber(token);
  if (!')}]'.includes(token.text)) return undefined;
  const last = open.at(-1)?.text;
  if (last === OPENER_OF[token.text]) return undefined;
  const message = `unexpected ${bracketName(token.text)}`;
  return last === undefined
    ? { message, accepted: `an opening "${OPENER_OF[token.text]}" before it` }
    : { message, accepted: `"${CLOSER_OF[last]}" first, for the ${bracketName(last)} still open` };
}

export const badNumber = (token: Token): { message: string; accepted: string } => ({
  message: `bad number or duration syntax: ${JSON.stringify(token.text)}`,
  accepted: 'a number such as 0.5, 1e3 or 0x1f, or a duration such as 5m or 1h30m',
});
