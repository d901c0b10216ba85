import { describe, expect, it } from 'vitest';
import { compileMatchers, compileRegex } from './matchers.ts';
import type { Labels, Matcher } from './series.ts';

const matches = (labels: Labels, ...matchers: readonly Matcher[]) => compileMatchers(matchers)(labels);

describe('matchers', () => {
  it('anchor a regex at both ends, alternatives included', () => {
    expect(matches({ code: '503' }, { name: 'code', op: '=~', value: '5..' })).toBe(true);
    expect(matches({ code: '5033' }, { name: 'code', op: '=~', value: '5..' })).toBe(false);
    expect(matches({ code: '1503' }, { name: 'code', op: '=~', value: '5..' })).toBe(false);
    expect(matches({ code: 'ab' }, { name: 'code', op: '=~', value: 'a|ab' })).toBe(true);
    expect(matches({ code: 'abc' }, { name: 'code', op: '=~', value: 'a|ab' })).toBe(false);
    expect(matches({ code: 'abc' }, { name: 'code', op: '!~', value: 'a|ab' })).toBe(true);
  });

  it('let the dot take newlines', () => {
    expect(matches({ a: 'x\ny' }, { name: 'a', op: '=~', value: '.*' })).toBe(true);
  });

  it('take an absent label for an empty one', () => {
    expect(matches({}, { name: 'a', op: '=', value: '' })).toBe(true);
    expect(matches({ a: '1' }, { name: 'a', op: '=', value: '' })).toBe(false);
    expect(matches({}, { name: 'a', op: '!=', value: '1' })).toBe(true);
    expect(matches({}, { name: 'a', op: '=~', value: '.*' })).toBe(true);
    expect(matches({}, { name: 'a', op: '=~', value: '.+' })).toBe(false);
    expect(matches({}, { name: 'a', op: '!~', value: '.+' })).toBe(true);
  });

  it('must all hold', () => {
    const both: Matcher[] = [
      { name: 'a', op: '=', value: '1' },
      { name: 'b', op: '!=', value: '2' },
    ];
    expect(matches({ a: '1', b: '3' }, ...both)).toBe(true);
    expect(matches({ a: '1', b: '2' }, ...both)).toBe(false);
    expect(matches({})).toBe(true);
  });

  it('tell what is wrong with a regex, in the user’s own words', () => {
    const result = compileRegex('a(b');
    expect(result).toMatchObject({ ok: false, problems: [{ code: 'SRN1401', found: 'a(b' }] });
    expect(!result.ok && result.problems[0]?.message).toBe(
      'regular expression is not valid: error parsing regexp: missing closing ): `a(b`',
    );
    expect(compileRegex('(?=a)').ok).toBe(false);
  });
});
