import { describe, expect, it } from 'vitest';
import { parse } from './parse.ts';
import type { PromqlProblem } from './problems.ts';

function problemsOf(text: string): readonly PromqlProblem[] {
  const parsed = parse(text);
  return parsed.ok ? [] : parsed.problems;
}

/** `line:column code message`, one for each problem. */
const described = (text: string): readonly string[] =>
  problemsOf(text).map(({ code, place, message }) => `${place.line}:${place.column} ${code} ${message}`);

describe('a type error is worded as in Prometheus', () => {
  it.each([
    ['rate(a)', '1:6', 'expected type range vector in call to function "rate", got instant vector'],
    ['abs(a[5m])', '1:5', 'expected type instant vector in call to function "abs", got range vector'],
    ['abs(1)', '1:5', 'expected type instant vector in call to function "abs", got scalar'],
    ['scalar("x")', '1:8', 'expected type instant vector in call to function "scalar", got string'],
    ['abs()', '1:1', 'expected 1 argument(s) in call to "abs", got 0'],
    ['time(a)', '1:1', 'expected 0 argument(s) in call to "time", got 1'],
    ['round(a, 1, 2)', '1:1', 'expected at most 2 argument(s) in call to "round", got 3'],
    ['round()', '1:1', 'expected at least 1 argument(s) in call to "round", got 0'],
    ['label_join(a, "b")', '1:1', 'expected at least 3 argument(s) in call to "label_join", got 2'],
    ['label_join(a, "b", "c", d)', '1:25', 'expected type string in call to function "label_join", got instant vector'],
    ['sum(1)', '1:5', 'expected type instant vector in aggregation expression, got scalar'],
    ['sum(a[5m])', '1:5', 'expected type instant vector in aggregation expression, got range vector'],
    ['sum(a, b)', '1:1', 'wrong number of arguments for aggregate expression provided, expected 1, got 2'],
    ['sum()', '1:1', 'no arguments for aggregate expression provided'],
    ['quantile(a, b)', '1:10', 'expected type scalar in aggregation parameter, got instant vector'],
    ['1 > 2', '1:3', 'comparisons between scalars must use BOOL modifier'],
    ['a + bool b', '1:3', 'bool modifier can only be used on comparison operators'],
    ['a + "x"', '1:5', 'binary expression must contain only scalar and instant vector types'],
    ['a[5m] + 1', '1:1', 'binary expression must contain only scalar and instant vector types'],
    ['a and 1', '1:1', 'set operator "and" not allowed in binary scalar expression'],
    ['a and on(x) group_left b', '1:1', 'no grouping allowed for "and" operation'],
    ['a + on(x) 2', '1:1', 'vector matching only allowed between instant vectors'],
    ['a + on(x) group_left(x) b', '1:3', 'label "x" must not occur in ON and GROUP clause at once'],
    ['-"x"', '1:1', 'unary expression only allowed on expressions of type scalar or instant vector, got "string"'],
    [
      '-a[5m]',
      '1:1',
      'unary expression only allowed on expressions of type scalar or instant vector, got "range vector"',
    ],
    ['(a)[5m]', '1:1', 'ranges only allowed for vector selectors'],
    [
      'sum(a) offset 5m',
      '1:1',
      'offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    ['a offset 5m offset 6m', '1:1', 'offset may not be set multiple times'],
    ['a offset 5m [5m]', '1:1', 'no offset modifiers allowed before range'],
    ['a @ 1 [5m]', '1:1', 'no @ modifiers allowed before range'],
    ['a @ 1 @ end()', '1:1', '@ <timestamp> may not be set multiple times'],
    ['a @ Inf', '1:1', 'timestamp out of bounds for @ modifier: +Inf'],
    ['a @ -1e21', '1:1', 'timestamp out of bounds for @ modifier: -1000000000000000000000.000000'],
    ['a @ 1e20', '1:1', 'timestamp out of bounds for @ modifier: 100000000000000000000.000000'],
    ['a @ NaN', '1:1', 'timestamp out of bounds for @ modifier: NaN'],
    [
      '(a) @ 1',
      '1:1',
      '@ modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    ['1[5m:]', '1:1', 'subquery is only allowed on instant vector, got scalar instead'],
    ['a[5m][5m:]', '1:1', 'subquery is only allowed on instant vector, got matrix instead'],
    ['a[5m:1m][5m:]', '1:1', 'subquery is only allowed on instant vector, got matrix instead'],
    ['abs(a[5m:])', '1:5', 'expected type instant vector in call to function "abs", got range vector'],
    [
      '-a[5m:]',
      '1:1',
      'unary expression only allowed on expressions of type scalar or instant vector, got "range vector"',
    ],
    ['a[5m:0]', '1:6', 'duration must be greater than 0'],
    ['a[-5m:1m]', '1:3', 'duration must be greater than 0'],
    ['a[5m:0.0001]', '1:6', 'the step of a subquery is too small'],
    ['topk(a, b)', '1:6', 'expected type scalar in aggregation parameter, got instant vector'],
    ['topk(b)', '1:1', 'wrong number of arguments for aggregate expression provided, expected 2, got 1'],
    ['count_values(1, a)', '1:14', 'expected type string in aggregation parameter, got scalar'],
    ['count_values("", a)', '1:14', 'invalid label name ""'],
    ['pi(1)', '1:1', 'expected 0 argument(s) in call to "pi", got 1'],
    ['hour(a, b)', '1:1', 'expected at most 1 argument(s) in call to "hour", got 2'],
    ['predict_linear(a[5m])', '1:1', 'expected 2 argument(s) in call to "predict_linear", got 1'],
    ['a[0s]', '1:3', 'duration must be greater than 0'],
    ['a[-5m]', '1:3', 'duration must be greater than 0'],
    ['{}', '1:1', 'vector selector must contain at least one non-empty matcher'],
    ['{x=~".*", y!="z"}', '1:1', 'vector selector must contain at least one non-empty matcher'],
    ['a{__name__="b"}', '1:1', 'metric name must not be set twice: "a" or "b"'],
    ['a{"b"}', '1:1', 'metric name must not be set twice: "a" or "b"'],
    ['label_replace(a, "", "x", "y", "z")', '1:18', 'invalid destination label name in label_replace(): '],
  ])('%s', (text, position, message) => {
    expect(described(text)).toEqual([`${position} SRN1403 ${message}`]);
  });

  it('refuses a bad regex of label_replace at load, where Prometheus would only when it runs', () => {
    expect(described('label_replace(a, "x", "$1", "y", "(")')).toEqual([
      '1:34 SRN1401 regular expression is not valid: error parsing regexp: missing closing ): `(`',
    ]);
  });

  it('reports several at once', () => {
    expect(described('rate(a) + abs(1)')).toHaveLength(2);
  });
});
