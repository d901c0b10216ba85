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
