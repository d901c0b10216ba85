import { describe, expect, it } from 'vitest';
import { ask, given } from '../../test/support/series-notation.ts';

describe('an instant selector', () => {
  const reader = given('1m', {
    'up{job="api", code="200"}': '1 2 3',
    'up{job="api", code="503"}': '4 5 6',
    'up{job="web"}': '7 8 9',
    'down{job="web"}': '0 0 0',
  });

  it.each([
    ['up{job="web"}', { 'up{job="web"}': 9 }],
    ['up{job!="api"}', { 'up{job="web"}': 9 }],
    ['up{code=~"5.."}', { 'up{code="503",job="api"}': 6 }],
    ['up{code=~"5."}', {}],
    ['up{code!~"2.."}', { 'up{code="503",job="api"}': 6, 'up{job="web"}': 9 }],
    ['up{code=""}', { 'up{job="web"}': 9 }],
    ['up{code!=""}', { 'up{code="200",job="api"}': 3, 'up{code="503",job="api"}': 6 }],
    ['up{code=~"|503"}', { 'up{code="503",job="api"}': 6, 'up{job="web"}': 9 }],
    ['{__name__=~"down|x", job="web"}', { 'down{job="web"}': 0 }],
    ['up{constructor=""}', { 'up{code="200",job="api"}': 3, 'up{code="503",job="api"}': 6, 'up{job="web"}': 9 }],
    ['nothing', {}],
  ])('%s selects by its matchers', (query, wanted) => {
    expect(ask(reader, query, '2m')).toEqual(wanted);
  });

  it.each([
    ['119s', 8],
    ['2m', 9],
    ['6m59s', 9],
    ['7m', undefined],
  ])('at %s sees the newest sample that is less than five minutes old', (at, wanted) => {
    const seen = wanted === undefined ? {} : { 'up{job="web"}': wanted };
    expect(ask(reader, 'up{job="web"}', at)).toEqual(seen);
  });

  it('looks back as far as it is told', () => {
    expect(ask(reader, 'up{job="web"}', '3m', { lookbackMs: 60_000 })).toEqual({});
    expect(ask(reader, 'up{job="web"}', '3m', { lookbackMs: 60_001 })).toEqual({ 'up{job="web"}': 9 });
  });

  it('is moved by an offset, back or ahead', () => {
    expect(ask(reader, 'up{job="web"} offset 1m', '2m')).toEqual({ 'up{job="web"}': 8 });
    expect(ask(reader, 'up{job="web"} offset -1m', '0s')).toEqual({ 'up{job="web"}': 8 });
    expect(ask(reader, 'up{job="web"} offset 60.001', '2m')).toEqual({ 'up{job="web"}': 7 });
  });
});

describe('staleness', () => {
  const reader = given('1m', { a: '1 2 stale _ 5', b: '1 NaN NaN' });

  it.each([
    ['1m59s', { 'a{}': 2 }],
    ['2m', {}],
    ['3m', {}],
    ['4m', { 'a{}': 5 }],
  ])('at %s a marker ends a series until it has a sample again', (at, wanted) => {
    expect(ask(reader, 'a', at)).toEqual(wanted);
  });

  it('never takes a marker for a sample of a window', () => {
    expect(ask(reader, 'a[10m]', '4m')).toEqual({ 'a{}': [1, 2, 5] });
    expect(ask(reader, 'count_over_time(a[10m])', '4m')).toEqual({ '{}': 3 });
    expect(ask(reader, 'count_over_time(a[1m])', '2m')).toEqual({});
  });

  it('leaves an ordinary NaN what it is', () => {
    expect(ask(reader, 'b', '2m')).toEqual({ 'b{}': Number.NaN });
    expect(ask(reader, 'count_over_time(b[10m])', '2m')).toEqual({ '{}': 3 });
  });
});

describe('a range selector', () => {
  const reader = given('10s', { 'c{x="1"}': '0+1x10', d: '1 _x8 2' });

  it.each([
    ['c[30s]', '50s', [3, 4, 5]],
    ['c[30s]', '59.999s', [3, 4, 5]],
    ['c[30.001]', '50s', [2, 3, 4, 5]],
    ['c[20s] offset 30s', '50s', [1, 2]],
    ['c[20s] offset -20s', '50s', [6, 7]],
    ['c[1h]', '20s', [0, 1, 2]],
  ])('%s at %s is open on the left and closed on the right', (query, at, wanted) => {
    expect(ask(reader, query, at)).toEqual({ 'c{x="1"}': wanted });
  });

  it('leaves out series without a sample in the window', () => {
    expect(ask(reader, '{__name__=~"c|d"}[30s]', '50s')).toEqual({ 'c{x="1"}': [3, 4, 5] });
  });
});
