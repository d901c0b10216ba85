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
    ['a + b @ 5 * c', '(a + (b @ 5 * c))'],
    ['a ^ b @ 5', '(a ^ b @ 5)'],
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

  it('reads subqueries, offsets and moments, the latter two in either order', () => {
    const subquery = { kind: 'subquery', rangeMs: 300_000, offsetMs: 0 };
    expect(expression('rate(a[1m])[5m:30s]')).toMatchObject({ ...subquery, stepMs: 30_000, expr: { kind: 'call' } });
    expect(expression('a[5m:]')).toEqual(expect.not.objectContaining({ stepMs: expect.anything() }));
    for (const text of ['a[5m:] offset 1m @ 1.5', 'a[5m:] @ +1.5 offset 60', 'a[5m:] @ # s\n 1.5004 offset 1m'])
      expect(expression(text)).toMatchObject({ ...subquery, offsetMs: 60_000, at: 1500, from: 0, to: text.length });
    expect(expression('a[5m] @ start()')).toMatchObject({ kind: 'matrixSelector', selector: { at: 'start' } });
    expect(expression('a offset 1m[5m:]')).toMatchObject({ ...subquery, expr: { offsetMs: 60_000 } });
    expect(expression('a @ - 5')).toMatchObject({ at: -5000, offsetMs: 0 });
    expect(expression('a @ 5m')).toMatchObject({ at: 300_000 });
    expect(expression('a @ end()')).toMatchObject({ at: 'end' });
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

  it('reads no operator as a name', () => {
    expect(described('atan2')).toEqual(['1:1 SRN1401 unexpected "atan2"']);
    expect(described('1 + ATAN2{x="1"}')).toEqual(['1:5 SRN1401 unexpected "ATAN2"']);
    expect(described('a atan2 {"atan2"}')).toEqual([]);
  });

  it('reads words of the language as names where they can be nothing else', () => {
    for (const name of ['sum', 'by', 'rate', 'time', 'and', 'start'])
      expect(expression(name).kind).toBe('vectorSelector');
    expect(expression('a{on="x", by="y", offset="z"}')).toMatchObject({ kind: 'vectorSelector' });
  });
});

describe('durations may be computed', () => {
  it.each([
    ['a[5m + 1m]', { rangeMs: 360_000 }],
    ['a[(5 + 2) * 1m]', { rangeMs: 420_000 }],
    ['a[-2 ^ 2 + 10]', { rangeMs: 6000 }],
    ['a[2 ^ 3 ^ 2]', { rangeMs: 512_000 }],
    ['a[1m + 2 * 3]', { rangeMs: 66_000 }],
    ['a[9m - 2m - 3m]', { rangeMs: 240_000 }],
    ['a[4h % 3h]', { rangeMs: 3_600_000 }],
    ['a[min_of(5m, 1m)]', { rangeMs: 60_000 }],
    ['a[1 / 3]', { rangeMs: 333 }],
    ['a[5m:1m / 2] offset -(1h / 2)', { rangeMs: 300_000, stepMs: 30_000, offsetMs: -1_800_000 }],
    ['a offset (1m - 1m)', { offsetMs: 0 }],
    ['a offset (1m) > 2', { left: { offsetMs: 60_000 } }],
    ['a offset -(1m) * 2', { left: { offsetMs: -60_000 } }],
    ['a offset step() * 2', { left: { offsetExpr: { kind: 'step' } } }],
    ['(a offset (1m)) * 2', { op: '*' }],
    ['a offset max_of(1m, 2m)', { offsetMs: 120_000 }],
    ['a[max_of(step(), 5s)]', { rangeMs: 5000, rangeExpr: { kind: 'operation', op: 'max_of' } }],
    ['a[range() + 0:2 * step()] offset -step()', { rangeMs: 0, stepMs: 0, offsetExpr: { kind: 'negated' } }],
  ])('%s', (text, wanted) => {
    const parsed = expression(text);
    expect(parsed).toMatchObject(wanted);
    expect(expression(print(parsed))).toMatchObject(wanted);
  });

  it.each([
    ['a[5m - 5m]', '1:3 SRN1403 duration must be greater than 0'],
    ['a[5m:1m - 2m]', '1:6 SRN1403 duration must be greater than 0'],
    ['a[5m / 0]', '1:3 SRN1403 division by zero'],
    ['a[range():1m]', '1:3 SRN1401 unexpected colon before duration in duration expression'],
    ['a[5m + 5m % (1 - 1)]', '1:8 SRN1403 modulo by zero'],
    ['a[2 ^ 9999]', '1:3 SRN1403 duration is NaN or infinite'],
    ['a[200y + 200y]', '1:3 SRN1403 duration is out of range'],
    ['a offset (400y)', '1:11 SRN1401 duration out of range'],
    ['a offset step() offset 5m', '1:1 SRN1403 offset may not be set multiple times'],
    ['a offset (5m) * 2', '1:15 SRN1401 unexpected "*" after an offset in parentheses'],
    ['-a[1m] offset (5m)-b + a offset (1m) ^ 2', '1:19 SRN1401 unexpected "-" after an offset in parentheses'],
    ['2 ^ a offset (5m) ^ 2 + 1', '1:19 SRN1401 unexpected "^" after an offset in parentheses'],
    ['a offset step() [5m]', '1:1 SRN1403 no offset modifiers allowed before range'],
  ])('%s is refused', (text, wanted) => {
    expect(described(text)).toEqual([wanted]);
  });

  it('but not nested without end', () => {
    const deep = 'durations nested deeper than 250 levels are not supported';
    for (const text of [`a[${'('.repeat(300)}5m${')'.repeat(300)}]`, `a[${Array(300).fill('1m').join('+')}]`])
      expect(problemsOf(text)).toMatchObject([{ code: 'SRN1402', message: deep }]);
  });
});

describe('what is not supported is refused by name when the query is loaded', () => {
  it.each([
    ['limitk(5, a)', '1:1 SRN1402 aggregation "limitk" is not supported', 'limitk'],
    ['limit_ratio(0.5, a)', '1:1 SRN1402 aggregation "limit_ratio" is not supported', 'limit_ratio'],
    ['sum(info(a))', '1:5 SRN1402 function "info" is not supported', 'info'],
    ['histogram_avg(a)', '1:1 SRN1402 function "histogram_avg" is not supported', 'histogram_avg'],
    ['a + fill(0) b', '1:5 SRN1402 fill modifiers are not supported', 'fill(0)'],
    ['a[5m] anchored', '1:7 SRN1402 the anchored modifier is not supported', 'anchored'],
    ['a >/ b', '1:3 SRN1402 operator ">/" is not supported', '>/'],
  ])('%s', (text, wanted, found) => {
    expect(described(text)).toEqual([wanted]);
    expect(problemsOf(text)[0]?.found).toBe(found);
  });

  it('reports all of them at once, in the order of the text', () => {
    expect(described('limitk(1, a) + info(b) + c[5m] smoothed').map((text) => text.slice(0, 12))).toEqual([
      '1:1 SRN1402 ',
      '1:16 SRN1402',
      '1:32 SRN1402',
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
