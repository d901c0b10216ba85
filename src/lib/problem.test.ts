import { describe, expect, it } from 'vitest';
import { formatProblem, SerinError } from './problem.ts';

describe('a problem in words', () => {
  it('has place, message, what was found, what is accepted, and its code', () => {
    const place = { file: 'a.yaml', line: 3, column: 7, object: 'Release/prod/x', path: 'spec.plan' };
    expect(formatProblem({ code: 'SRN1004', place, message: 'wrong', found: 'a list', accepted: 'a map' })).toBe(
      'a.yaml:3:7 Release/prod/x spec.plan: wrong (found a list; accepted: a map) [SRN1004]',
    );
    expect(formatProblem({ code: 'SRN1004', place: {}, message: 'wrong' })).toBe('wrong [SRN1004]');
  });

  it('holds nothing that a terminal would obey, wherever it came from', () => {
    const place = { file: 'a\u0007.yaml' };
    const problem = {
      code: 'SRN1901',
      place,
      message: 'é\r\u0000',
      found: '\u001b[31mred\u009b',
      accepted: 'a\n\tb',
    } as const;
    const text = 'a\\u0007.yaml: é\\u000d\\u0000 (found \\u001b[31mred\\u009b; accepted: a\n\tb) [SRN1901]';
    expect(formatProblem(problem)).toBe(text);
    expect(new SerinError([problem]).message).toBe(text);
  });
});
