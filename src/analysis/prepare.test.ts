import { describe, expect, it } from 'vitest';
import { prepareGate } from './prepare.ts';

const problemsOf = (text: string) => {
  const prepared = prepareGate('mine', text);
  return prepared.ok ? [] : prepared.problems;
};

describe('prepareGate', () => {
  it('reads a query with its window: the widest range with its offset', () => {
    const prepared = prepareGate('mine', 'sum(rate(a{$canary}[30s] offset 1m)) > sum(rate(b[1m]))');
    expect(prepared).toMatchObject({ ok: true, value: { name: 'mine', windowMs: 90_000, oneSided: true } });
    expect(prepareGate('mine', 'a{$canary} > 1')).toMatchObject({ value: { windowMs: 0 } });
    expect(prepareGate('mine', 'a{$canary} > 2 * a{$stable}')).toMatchObject({ value: { oneSided: false } });
  });

  it('counts a subquery as far back as its first step looks', () => {
    const windowOf = (text: string) => prepareGate('mine', text);
    expect(windowOf('max_over_time(rate(a{$canary}[1m])[5m:]) > 1')).toMatchObject({ value: { windowMs: 360_000 } });
    expect(windowOf('max_over_time(rate(a{$canary}[1m] offset 30s)[5m:10s] offset 2m) > 1')).toMatchObject({
      value: { windowMs: 510_000 },
    });
    expect(windowOf('max_over_time(a{$canary}[5m:]) > 1')).toMatchObject({ value: { windowMs: 300_000 } });
  });

  it('refuses to look at one time for ever, and names each such part', () => {
    expect(problemsOf('a{$canary} @ 1700000000 > 2 * sum(rate(b{$canary}[5m] @ 0)) + c{$canary}')).toMatchObject([
      { code: 'SRN1404', place: { line: 1, column: 1 }, found: 'a{$canary} @ 1700000000' },
      { code: 'SRN1404', place: { line: 1, column: 40 }, found: 'b{$canary}[5m] @ 0' },
    ]);
    expect(problemsOf('max_over_time(a{$canary}[5m:] @ 5) > 1')).toMatchObject([
      { code: 'SRN1404', found: 'a{$canary}[5m:] @ 5', message: expect.stringContaining('happening now') },
    ]);
    expect(prepareGate('mine', 'a{$canary} @ end() > 1')).toMatchObject({ ok: true });
  });

  it("refuses ranges of the query's own step, which a gate has none of", () => {
    expect(problemsOf('sum(rate(a{$canary}[2 * step()])) > 1')).toMatchObject([
      { code: 'SRN1404', message: expect.stringContaining('duration must be greater than 0') },
    ]);
    expect(prepareGate('mine', 'sum(rate(a{$canary}[max_of(step(), 30s) * 2])) > 1')).toMatchObject({
      value: { windowMs: 60_000 },
    });
  });

  it("tells a syntax error at its place in the user's own text, in the user's own words", () => {
    expect(problemsOf('sum(rate(a{$canary}[5m])) >\n  > 1')).toMatchObject([
      { code: 'SRN1401', place: { line: 2, column: 3 } },
    ]);
    expect(problemsOf('a{code=$canary}')).toMatchObject([{ code: 'SRN1401', place: { line: 1, column: 8 } }]);
    expect(JSON.stringify(problemsOf('a{code=$canary} + b{code=$stable}'))).not.toMatch(/_=|"can"|"sta"/);
  });

  it('tells what is not supported, and what has the wrong type', () => {
    expect(problemsOf('limitk(1, a{$canary}) > 1').map(({ code }) => code)).toContain('SRN1402');
    expect(problemsOf('rate(a{$canary}) > 1')).toMatchObject([{ code: 'SRN1403', place: { line: 1, column: 6 } }]);
  });

  it.each([
    ['a number', '1 > bool 0', 'a scalar always has a value'],
    ['a text', '"fine"', 'a string always has a value'],
    ['a range', 'a{$canary}[5m]', 'a range vector always has a value'],
    ['a comparison with bool', '(a{$canary} > bool 1)', 'with `bool`'],
    ['no series at all', 'vector(1) > 2', 'reads no series'],
  ])('refuses %s, which could never pass or says nothing', (_, text, message) => {
    expect(problemsOf(text)).toMatchObject([{ code: 'SRN1404', message: expect.stringContaining(message) }]);
  });

  it('takes bool where it does not decide', () => {
    expect(prepareGate('mine', 'sum(a{$canary} > bool 1) > 3')).toMatchObject({ ok: true });
  });

  it('refuses placeholders that are unknown or out of place before it parses', () => {
    expect(problemsOf('a{$primary} > $canary')).toMatchObject([
      { code: 'SRN1404', found: '$primary', place: { line: 1, column: 3 } },
      { code: 'SRN1404', found: '$canary', place: { line: 1, column: 15 } },
    ]);
  });
});
