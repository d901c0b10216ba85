// The canonical text of an expression: parse(print(x)) is x again, but for offsets.
// Never shortens. Called by analysis (operands in evidence), metrics (queries to a Prometheus) and reports.
import { NAME } from '../series/labels.ts';
import type { Matcher } from '../series/series.ts';
import type { AggregateExpr, BinaryExpr, DurationExpr, Expr, Moment, VectorSelector } from './ast.ts';
import { printDurationExpr } from './durations.ts';
import { printDuration, printNumber, quote } from './literals.ts';

export function print(expr: Expr): string {
  switch (expr.kind) {
    case 'number':
      return printNumber(expr.value);
    case 'string':
      return quote(expr.value);
    case 'vectorSelector':
      return printSelector(expr) + printMoment(expr);
    case 'matrixSelector':
      return `${printSelector(expr.selector)}[${printLength(expr.rangeMs, expr.rangeExpr)}]${printMoment(expr.selector)}`;
    case 'subquery': {
      const step = expr.stepMs === undefined ? '' : printLength(expr.stepMs, expr.stepExpr);
      return `${print(expr.expr)}[${printLength(expr.rangeMs, expr.rangeExpr)}:${step}]${printMoment(expr)}`;
    }
    case 'paren':
      return `(${print(expr.expr)})`;
    case 'unary':
      return expr.op + print(expr.expr);
    case 'binary':
      return printBinary(expr);
    case 'aggregate':
      return printAggregate(expr);
    case 'call':
      return `${expr.name}(${expr.args.map(print).join(', ')})`;
  }
}

// A bare name must be a classic one and no word of the language, or it would read as something else. The grammar looks
// words up in a plain object, so `constructor` and `__proto__` count among them.
const CLASSIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const CLASSIC_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const WORD =
  /^(?:inf|nan|bool|ignoring|on|group_left|group_right|offset|atan2|and|or|unless|by|without|smoothed|anchored|fill|fill_left|fill_right|start|end|avg|bottomk|count|count_values|group|max|min|quantile|limitk|limit_ratio|stddev|stdvar|sum|topk|constructor|__proto__)$/i;

function printSelector({ matchers }: VectorSelector): string {
  const [first, ...rest] = matchers;
  if (first?.name !== NAME || first.op !== '=' || first.value === '' || rest.some(({ name }) => name === NAME))
    return `{${matchers.map(printMatcher).join(', ')}}`;
  if (!CLASSIC_NAME.test(first.value) || WORD.test(first.value))
    return `{${[quote(first.value), ...rest.map(printMatcher)].join(', ')}}`;
  return first.value + (rest.length === 0 ? '' : `{${rest.map(printMatcher).join(', ')}}`);
}

const printLabel = (name: string): string => (CLASSIC_LABEL.test(name) ? name : quote(name));

const printMatcher = ({ name, op, value }: Matcher): string => `${printLabel(name)}${op}${quote(value)}`;

const printLength = (ms: number, expr: DurationExpr | undefined): string =>
  expr === undefined ? printDuration(ms) : printDurationExpr(expr);

function printMoment({ at, offsetMs, offsetExpr }: Moment): string {
  const time = typeof at === 'number' ? String(at / 1000) : `${at}()`;
  const moment = at === undefined ? '' : ` @ ${time}`;
  // With the sign it ends at the parenthesis, whatever operator follows.
  if (offsetExpr !== undefined) return `${moment} offset +(${printDurationExpr(offsetExpr)})`;
  return offsetMs === 0 ? moment : `${moment} offset ${printDuration(offsetMs)}`;
}

const printLabels = (labels: readonly string[]): string => `(${labels.map(printLabel).join(', ')})`;

function printBinary({ op, bool, matching, left, right }: BinaryExpr): string {
  const { mode, labels, group } = matching;
  const words = [op, ...(bool ? ['bool'] : [])];
  if (mode === 'on' || labels.length > 0 || group !== undefined) words.push(`${mode} ${printLabels(labels)}`);
  if (group !== undefined) words.push(`group_${group.side} ${printLabels(group.include)}`);
  return `${print(left)} ${words.join(' ')} ${print(right)}`;
}

function printAggregate({ op, param, expr, grouping }: AggregateExpr): string {
  const { mode, labels } = grouping;
  const clause = mode === 'by' && labels.length === 0 ? '' : ` ${mode} ${printLabels(labels)} `;
  return `${op}${clause}(${param === undefined ? '' : `${print(param)}, `}${print(expr)})`;
}
