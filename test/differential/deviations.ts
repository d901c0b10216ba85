// Where Serin differs from Prometheus on purpose or of necessity, each with its reason; docs/reference/promql.md names the same.
// Nothing else is excused, and each covers no more than it says. Called by the differential test.
import { type CallExpr, children, type Expr } from '../../src/promql/ast.ts';
import { print } from '../../src/promql/print.ts';
import type { Labels, SeriesReader } from '../../src/series/series.ts';
import { type Answer, askSerin, type Question } from './answer.ts';
import { difference } from './compare.ts';
import { BEGIN, END } from './world.ts';

export interface Difference {
  readonly question: Question;
  readonly serin: Answer;
  readonly prometheus: Answer;
  /** The query's tree; undefined when Serin refuses it. */
  readonly expr: Expr | undefined;
  readonly reader: SeriesReader;
}

export interface Deviation {
  readonly reason: string;
  readonly covers: (difference: Difference) => boolean;
}

const CALENDAR = /^(?:minute|hour|day_of_week|day_of_month|day_of_year|days_in_month|month|year)$/;
const LOGARITHM = /^(?:ln|log2|log10)$/;
/** Of JavaScript's dates (ECMA-262, 21.4.1.1). */
const LATEST_SECONDS = 8.64e12;
/** The smallest double that has all its digits. */
const SMALLEST_NORMAL = 2 ** -1022;

export const DEVIATIONS: readonly Deviation[] = [
  {
    reason: 'the lezer grammar does not read numbers that end in a point, nor digits of 0x grouped by _',
    covers: (one) => isSyntax(one, /(?<![\w.])\d+\.(?![\d.])|0x[\da-f_]*_/i),
  },
  {
    reason: 'the lezer grammar does not read label names with a colon outside quotes',
    covers: (one) => isSyntax(one, /[,({]\s*\w*:\w*\s*[,)=!]/),
  },
  {
    reason: 'the lezer grammar does not read words of the language as names of metrics',
    covers: (one) => isSyntax(one, /(?<![\w:])(?:offset|by|on|bool|start|end)(?![\w:]|\s*\()/i),
  },
  {
    reason:
      'calendar functions of what is no time (NaN, infinite, after the year 275760) are NaN; Go makes some date of it',
    covers: (one) =>
      argumentsOf(one, ({ name }) => CALENDAR.test(name)).some((value) => !(Math.abs(value) <= LATEST_SECONDS)),
  },
  {
    reason: 'logarithms of numbers below 2.2e-308 are right; those of Go on amd64 are not',
    covers: (one) =>
      argumentsOf(one, ({ name }) => LOGARITHM.test(name)).some((value) => value > 0 && value < SMALLEST_NORMAL),
  },
  {
    reason: 'sort_by_label has an order for empty labels and for 1 beside 01; Prometheus has each before the other',
    covers: ({ question, serin, prometheus, expr }) =>
      expr?.kind === 'call' &&
      expr.name.startsWith('sort_by_label') &&
      difference(`(${question.query}) + 0`, serin, prometheus) === undefined &&
      isAmbiguous(expr, serin),
  },
  {
    reason: 'timestamp of a selector with both @ and offset counts both; Prometheus looks where it has not read',
    covers: ({ expr }) =>
      everyCall(expr, ({ name, args: [arg] }) => name === 'timestamp' && arg !== undefined && isMovedTwice(arg)),
  },
  {
    reason:
      'the samples that histogram_quantile needed to fix are counted once each; Prometheus counts some again and again',
    covers: ({ question, serin, prometheus }) =>
      difference(question.query, withoutCount(serin), withoutCount(prometheus)) === undefined,
  },
  {
    reason: 'a query has at most a million steps, each of its subqueries too',
    covers: ({ serin, expr }) =>
      serin.kind === 'error' &&
      serin.messages.some((message) => message.includes('too many samples')) &&
      some(expr, (part) => part.kind === 'subquery' && part.rangeMs / (part.stepMs ?? 60_000) > 1e6),
  },
];

export const excuse = (one: Difference): string | undefined => DEVIATIONS.find(({ covers }) => covers(one))?.reason;

const isSyntax = ({ question, serin, prometheus }: Difference, reads: RegExp): boolean =>
  serin.kind === 'error' && serin.code === 'SRN1401' && prometheus.kind !== 'error' && reads.test(question.query);

function some(expr: Expr | undefined, is: (part: Expr) => boolean): boolean {
  return expr !== undefined && (is(expr) || children(expr).some((child) => some(child, is)));
}

const everyCall = (expr: Expr | undefined, is: (call: CallExpr) => boolean): boolean =>
  some(expr, (part) => part.kind === 'call' && is(part));

/** Every value that the chosen functions are given, at any time from an hour before the samples to an hour after. */
function argumentsOf({ expr, reader, question }: Difference, chosen: (call: CallExpr) => boolean): readonly number[] {
  const values: number[] = [];
  const times = { startMs: BEGIN - (END - BEGIN), endMs: END + (END - BEGIN), stepMs: 15_000 };
  const { when } = question;
  everyCall(expr, (call) => {
    const [argument] = call.args;
    if (argument === undefined || !chosen(call)) return false;
    for (const asked of [when, times]) {
      const answer = askSerin(reader, { query: print(argument), when: asked });
      if (answer.kind === 'error' || answer.kind === 'string') continue;
      for (const series of answer.series) values.push(...series.values);
    }
    return false;
  });
  return values;
}

function isMovedTwice(expr: Expr): boolean {
  const inner = expr.kind === 'paren' ? expr.expr : expr;
  return inner.kind === 'vectorSelector' && inner.at !== undefined && inner.offsetMs !== 0;
}

function isAmbiguous({ args }: CallExpr, answer: Answer): boolean {
  if (answer.kind !== 'vector') return false;
  const names = args.slice(1).flatMap((arg) => (arg.kind === 'string' ? [arg.value] : []));
  return names.some((name) => {
    const values = [...new Set(answer.series.map(({ labels }: { labels: Labels }) => labels[name] ?? ''))];
    const sizes = values.map((value) => value.replaceAll(/\d+/g, (digits) => String(BigInt(digits))));
    return values.includes('') || new Set(sizes).size < values.length;
  });
}

/** Without the number of samples in the note of histogram_quantile. */
function withoutCount(answer: Answer): Answer {
  if (answer.kind === 'error') return answer;
  return {
    ...answer,
    notes: answer.notes.map((note) => note.replace(/, over -?\d+ samples from /, ', over some from ')),
  };
}
