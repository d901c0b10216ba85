import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expression } from '../../test/support/series-notation.ts';
import type { Expr } from './ast.ts';
import { LONGEST_QUERY, parse } from './parse.ts';
import { print } from './print.ts';
import type { PromqlProblem } from './problems.ts';

/** Every operation in parentheses, so that the tree's shape can be read. */
function shape(expr: Expr): string {
  if (expr.kind === 'binary') return `(${shape(expr.left)} ${expr.op} ${shape(expr.right)})`;
  if (expr.kind === 'unary') return `(${expr.op}${shape(expr.expr)})`;
  if (expr.kind === 'paren') return shape(expr.expr);
  return print(expr);
}

function problemsOf(text: string): readonly PromqlProblem[] {
  const parsed = parse(text);
  return parsed.ok ? [] : parsed.problems;
}

/** `line:column code message`, one for each problem. */
const described = (text: string): readonly string[] =>
  problemsOf(text).map(({ code, place, message }) => `${place.line}:${place.column} ${code} ${message}`);

describe('precedence is that of Prometheus, not that of the grammar', () => {
  it.each([
    ['a + b * c', '(a + (b * c))'],
    ['a * b + c', '((a * b) + c)'],
    ['a - b - c', '((a - b) - c)'],
    ['a ^ b ^ c', '(a ^ (b ^ c))'],
    ['a * b ^ c', '(a * (b ^ c))'],
    ['-a ^ b', '(-(a ^ b))'],
    ['-1 ^ 2', '(-(1 ^ 2))'],
    ['2 ^ -1 ^ 2', '(2 ^ (-(1 ^ 2)))'],
    ['(-1) ^ 2', '(-1 ^ 2)'],
    ['a - -1 ^ 2', '(a - (-(1 ^ 2)))'],
    ['-a * b', '((-a) * b)'],
    ['a atan2 b * c', '((a atan2 b) * c)'],
    ['a > b + c', '(a > (b + c))'],
    ['a == b != c', '((a == b) != c)'],
    ['a and b or c unless d', '((a and b) or (c unless d))'],
    ['a or b and c', '(a or (b and c))'],
    ['a > 1 and b < 2', '((a > 1) and (b < 2))'],
    ['a + b offset 5m', '(a + b offset 5m)'],
    ['a + b offset 5m * c', '(a + (b offset 5m * c))'],
    ['-a offset 5m', '(-a offset 5m)'],
    ['a -1', '(a - 1)'],
    ['a ++ b', '(a + (+b))'],
  ])('%s', (text, wanted) => {
    expect(shape(expression(text))).toBe(wanted);
  });
});

describe('a tree says what stands where', () => {
  it('gives every node its offsets', () => {
    const text = 'sum by (job) (rate(a{b="c"}[5m] offset 1m)) > 2';
    const expr = expression(text);
    if (expr.kind !== 'binary' || expr.left.kind !== 'aggregate') throw new Error('another tree');
    const at = ({ from, to }: { from: number; to: number }) => text.slice(from, to);
    expect(at(expr)).toBe(text);
    expect(at(expr.opSpan)).toBe('>');
    expect(at(expr.right)).toBe('2');
    expect(at(expr.left.expr)).toBe('rate(a{b="c"}[5m] offset 1m)');
    if (expr.left.expr.kind !== 'call' || expr.left.expr.args[0]?.kind !== 'matrixSelector')
      throw new Error('another tree');
    expect(at(expr.left.expr.args[0])).toBe('a{b="c"}[5m] offset 1m');
    expect(expr.left.expr.args[0]).toMatchObject({ rangeMs: 300_000, selector: { offsetMs: 60_000 } });
  });

  it('puts the metric name first among the matchers, wherever it stood', () => {
    const matchers = [
      { name: '__name__', op: '=', value: 'up' },
      { name: 'job', op: '!~', value: 'x|y' },
    ];
    for (const text of ['up{job!~"x|y"}', '{"up", job!~"x|y"}', '{job!~"x|y", __name__="up"}', "{job!~'x|y', `up`,}"])
      expect(expression(text)).toMatchObject({ kind: 'vectorSelector', matchers });
  });

  it('reads names that are not classic when they are quoted', () => {
    expect(expression('{"http.requests", "service.name"="a"}')).toMatchObject({
      matchers: [
        { name: '__name__', value: 'http.requests' },
        { name: 'service.name', value: 'a' },
      ],
    });
    expect(expression('sum by ("service.name") (a)')).toMatchObject({ grouping: { labels: ['service.name'] } });
  });

  it('reads grouping and matching in any case, before or after, with a last comma', () => {
    expect(expression('SUM(a) BY (x, y,)')).toMatchObject({ op: 'sum', grouping: { mode: 'by', labels: ['x', 'y'] } });
    expect(expression('sum without (x) (a)')).toMatchObject({ grouping: { mode: 'without', labels: ['x'] } });
    expect(expression('a * on(x) Group_Left(y) b')).toMatchObject({
      matching: { mode: 'on', labels: ['x'], group: { side: 'left', include: ['y'] } },
    });
  });

  it('reads words of the language as names where they can be nothing else', () => {
    for (const name of ['sum', 'by', 'rate', 'time', 'and', 'start'])
      expect(expression(name).kind).toBe('vectorSelector');
    expect(expression('a{on="x", by="y", offset="z"}')).toMatchObject({ kind: 'vectorSelector' });
  });
});

describe('a syntax error says what was found, where, and what could stand there', () => {
  it.each([
    ['', '1:1 SRN1401 no expression found in input', 'a PromQL expression'],
    ['  # nothing', '1:1 SRN1401 no expression found in input', 'a PromQL expression'],
    ['sum(a', '1:6 SRN1401 unclosed left parenthesis', 'a ")" for the "(" at 1:4'],
    ['sum(a +\n  b', '2:4 SRN1401 unclosed left parenthesis', 'a ")" for the "(" at 1:4'],
    ['a[5m', '1:5 SRN1401 unclosed left bracket', 'a "]" for the "[" at 1:2'],
    ['a)', '1:2 SRN1401 unexpected right parenthesis', 'an opening "(" before it'],
    ['(a]', '1:3 SRN1401 unexpected right bracket', '")" first, for the left parenthesis still open'],
    ['a +', '1:4 SRN1401 unexpected end of input', 'an expression, for example a metric name'],
    ['a b', '1:3 SRN1401 unexpected identifier "b"', 'an operator, or the end of the expression'],
    ['1 2', '1:3 SRN1401 unexpected number "2"', 'an operator, or the end of the expression'],
    ['a\n+\n\n * b', '4:2 SRN1401 unexpected "*"', 'an expression, for example a metric name'],
    ['a{x=b}', '1:5 SRN1401 unexpected identifier "b"', 'a label value in quotes'],
    ['a{x}', '1:4 SRN1401 unexpected right brace', 'one of = != =~ !~'],
    ['a{x="1" y="2"}', '1:9 SRN1401 unexpected identifier "y"', '"," or "}"'],
    ['a{,}', '1:3 SRN1401 unexpected ","', 'a label matcher such as code=~"5..", or "}"'],
    ['a{x=="1"}', '1:4 SRN1401 unexpected "=="', 'one of = != =~ !~'],
    ['sum by le (a)', '1:8 SRN1401 unexpected identifier "le"', 'label names in parentheses'],
    ['a + on b', '1:8 SRN1401 unexpected identifier "b"', 'label names in parentheses'],
    ['sum by (x) a', '1:12 SRN1401 unexpected identifier "a"', 'what to aggregate, in parentheses'],
    ['abs(a b)', '1:7 SRN1401 unexpected identifier "b"', 'an operator, or the end of the expression'],
    ['histogram_quantile(0.9 sum(a))', '1:24 SRN1401 unexpected identifier "sum"', '"," or ")"'],
    ['rate(a[5m],)', '1:11 SRN1401 trailing commas not allowed in function call args', undefined],
    ['foo(a)', '1:1 SRN1401 unknown function with name "foo"', undefined],
    ['a[x]', '1:3 SRN1401 unexpected identifier "x"', 'a duration such as 5m'],
    ['a offset', '1:9 SRN1401 unexpected end of input', 'a duration such as 5m'],
    ['on', '1:1 SRN1401 unexpected identifier "on"', 'an expression, for example a metric name'],
    ['a.b', '1:2 SRN1401 unexpected character: "."', undefined],
    ['a{$canary}', '1:3 SRN1401 unexpected character: "$"', undefined],
    ['"abc', '1:1 SRN1401 unterminated quoted string', 'a closing "'],
    ['a{x="b}', '1:5 SRN1401 unterminated quoted string', 'a closing "'],
    [
      'a{x=~"("}',
      '1:6 SRN1401 regular expression is not valid: error parsing regexp: missing closing ): `(`',
      'an RE2 expression (no look-around, no back references)',
    ],
    ['a{x="\\q"}', '1:6 SRN1401 unknown escape sequence "\\\\q"', undefined],
  ])('%s', (text, wanted, accepted) => {
    expect(described(text)).toEqual([wanted]);
    expect(problemsOf(text)[0]?.accepted).toBe(accepted);
  });

  it.each(['5M', '1h30', '5m5m', '1e999', '0x', '1.', '1.5h'])('%s is no number', (text) => {
    expect(described(`a > ${text}`)).toEqual([`1:5 SRN1401 bad number or duration syntax: ${JSON.stringify(text)}`]);
  });

  it('refuses a number that runs into a word, as Prometheus does', () => {
    expect(described('a offset 30sunless b')).toEqual(['1:10 SRN1401 bad number or duration syntax: "30sunless"']);
  });

  it('carries offsets and what was found', () => {
    expect(problemsOf('a\n+ b c')).toMatchObject([{ from: 6, to: 7, found: 'c', place: { line: 2, column: 5 } }]);
  });
});

describe('what is not supported is refused by name when the query is loaded', () => {
  it.each([
    ['a[5m:1m]', '1:2 SRN1402 subqueries are not supported', '[5m:1m]'],
    ['a[5m:]', '1:2 SRN1402 subqueries are not supported', '[5m:]'],
    ['a @ 100', '1:3 SRN1402 the @ modifier is not supported', '@ 100'],
    ['a @ start()', '1:3 SRN1402 the @ modifier is not supported', '@ start()'],
    ['topk(5, a)', '1:1 SRN1402 aggregation "topk" is not supported', 'topk'],
    ['count_values("x", a)', '1:1 SRN1402 aggregation "count_values" is not supported', 'count_values'],
    ['sum(deriv(a[5m]))', '1:5 SRN1402 function "deriv" is not supported', 'deriv'],
    ['histogram_fraction(0, 1, a)', '1:1 SRN1402 function "histogram_fraction" is not supported', 'histogram_fraction'],
    [
      'a[5m + 1m]',
      '1:3 SRN1402 duration expressions are not supported (Prometheus has them as an experiment)',
      '5m + 1m',
    ],
    ['a + fill(0) b', '1:5 SRN1402 fill modifiers are not supported', 'fill(0)'],
    ['a[5m] anchored', '1:7 SRN1402 the anchored modifier is not supported', 'anchored'],
    ['a >/ b', '1:3 SRN1402 operator ">/" is not supported', '>/'],
  ])('%s', (text, wanted, found) => {
    expect(described(text)).toEqual([wanted]);
    expect(problemsOf(text)[0]?.found).toBe(found);
  });

  it('reports all of them at once, in the order of the text', () => {
    expect(described('topk(1, a) + deriv(b[5m]) + c @ 1').map((text) => text.slice(0, 12))).toEqual([
      '1:1 SRN1402 ',
      '1:14 SRN1402',
      '1:31 SRN1402',
    ]);
  });

  it('refuses queries too long to read and trees too deep to walk', () => {
    expect(described('a'.repeat(LONGEST_QUERY + 1))).toEqual([
      `1:${LONGEST_QUERY + 1} SRN1402 the query is longer than ${LONGEST_QUERY} characters`,
    ]);
    const deep = 'expressions nested deeper than 250 levels are not supported';
    for (const text of [`${'('.repeat(300)}a${')'.repeat(300)}`, Array(300).fill('a').join('+'), `${'-'.repeat(300)}a`])
      expect(problemsOf(text)).toMatchObject([{ code: 'SRN1402', message: deep }]);
    expect(described(Array(240).fill('a').join(' or '))).toEqual([]);
  });
});

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

describe('whatever the text, there is an answer', () => {
  const pieces = fc.constantFrom(
    ...[
      'sum',
      'rate',
      'a',
      'on',
      'by',
      '(',
      ')',
      '{',
      '}',
      '[',
      ']',
      '5m',
      '1',
      '-',
      '+',
      '^',
      '=',
      '=~',
      '"x"',
      '"',
      ',',
    ],
    ...[
      'offset',
      'bool',
      'group_left',
      'and',
      '@',
      ':',
      '#',
      '\n',
      ' ',
      'Inf',
      '0x',
      'fill',
      '</',
      'constructor',
      '`',
      '\\',
    ],
  );
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(' ')),
    fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
  );

  it('never throws, and every problem lies in the text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const { from, to, place, code } of problemsOf(text)) {
          expect(from).toBeGreaterThanOrEqual(0);
          expect(to).toBeLessThanOrEqual(text.length);
          expect(place.line).toBeGreaterThan(0);
          expect(place.column).toBeGreaterThan(0);
          expect(['SRN1401', 'SRN1402', 'SRN1403']).toContain(code);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it.each(['(', ')', 'a b ', 'sum(', '"a" ', '"', 'a + ', '-', 'a[', 'a{', 'a offset 5m ', '2^', 'on ', '\\', '#\n'])(
    'answers soon for the longest text made of %j',
    (piece) => {
      const text = piece.repeat(Math.floor(LONGEST_QUERY / piece.length));
      const started = performance.now();
      expect(problemsOf(text).length).toBeGreaterThan(0);
      expect(performance.now() - started).toBeLessThan(5000);
    },
  );
});
