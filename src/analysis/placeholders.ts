// `$canary` and `$stable` in a gate's PromQL: found outside strings and comments, replaced by matchers of equal length.
// Equal length keeps every later position true in the user's own text. Never parses PromQL. Called by gate.ts.
import type { Problem } from '../lib/problem.ts';
import { failed, ok, type Result } from '../lib/result.ts';
import type { Labels, Matcher } from '../series/series.ts';

export type Side = 'canary' | 'stable';

/** Seven characters each, as `$canary` and `$stable` are. A label named `_` means nothing to anybody. */
const STAND_INS: Readonly<Record<Side, string>> = { canary: '_="can"', stable: '_="sta"' };

const ACCEPTED = '$canary or $stable as a matcher within braces, for example http_requests_total{$canary,code=~"5.."}';
const TOKEN = /#[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`|\$(?:\w+|\{[^}]*\})?|[{}]/gs;

/** 1-based line and column of an offset. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf('\n');
  return { line: before.split('\n').length, column: offset - lastBreak };
}

/** The text with stand-ins in place of the placeholders; a problem for each that is unknown or stands where no matcher can. */
export function substitute(text: string): Result<string> {
  const problems: Problem[] = [];
  let depth = 0;
  const substituted = text.replace(TOKEN, (token, offset: number) => {
    if (token === '{') depth += 1;
    if (token === '}') depth -= 1;
    const side = sideOf(token.startsWith('$') ? token : unquoted(token));
    const fault = faultOf(token, side, depth);
    if (fault !== undefined) {
      problems.push({
        code: 'SRN1404',
        place: positionOf(text, offset),
        message: fault,
        found: token,
        accepted: ACCEPTED,
      });
      return token;
    }
    return side === undefined ? token : STAND_INS[side];
  });
  return problems.length > 0 ? failed(...problems) : ok(substituted);
}

/** The user's text with each placeholder replaced by its version's labels: the query that can be pasted into Prometheus. */
export const withLabels = (text: string, labels: Readonly<Record<Side, Labels>>): string =>
  text.replace(TOKEN, (token) => {
    const side = sideOf(token);
    if (side === undefined) return token;
    return Object.entries(labels[side])
      .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
      .join(',');
  });

/** Whether a matcher of the parsed query is one of the stand-ins. */
export function standIn(matcher: Matcher): Side | undefined {
  if (matcher.name !== '_' || matcher.op !== '=') return undefined;
  if (matcher.value === 'can') return 'canary';
  return matcher.value === 'sta' ? 'stable' : undefined;
}

/** A parser's message as the user would say it: with the placeholders that he wrote. */
export const inUsersWords = (message: string): string =>
  message.replaceAll(STAND_INS.canary, '$canary').replaceAll(STAND_INS.stable, '$stable');

function faultOf(token: string, side: Side | undefined, depth: number): string | undefined {
  if (!token.startsWith('$'))
    return side === undefined
      ? undefined
      : `${unquoted(token)} within quotes is only text; it stands for whole matchers`;
  if (side === undefined) return `placeholder ${token} is not known`;
  return depth > 0 ? undefined : `${token} stands outside of a selector's braces`;
}

const sideOf = (word: string): Side | undefined =>
  word === '$canary' ? 'canary' : word === '$stable' ? 'stable' : undefined;

const unquoted = (token: string): string => (/^["'`]/.test(token) ? token.slice(1, -1) : token);
