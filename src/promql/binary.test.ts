import { describe, expect, it } from 'vitest';
import { ask, given } from '../../test/support/series-notation.ts';
import { PromqlEvaluationError } from './value.ts';

const Inf = Number.POSITIVE_INFINITY;

describe('between scalars', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['7 / 2', 3.5],
    ['1 / 0', Inf],
    ['-1 / 0', -Inf],
    ['0 / 0', Number.NaN],
    ['7 % 3', 1],
    ['-7 % 3', -1],
    ['7 % -3', 1],
    ['5.5 % 2', 1.5],
    ['5 % 0', Number.NaN],
    ['5 % Inf', 5],
    ['2 ^ 10', 1024],
    ['2 ^ -1', 0.5],
    ['-2 ^ 2', -4],
    ['1 ^ NaN', 1],
    ['1 ^ Inf', 1],
    ['(-1) ^ Inf', 1],
    ['NaN ^ 0', 1],
    ['(-8) ^ 0.5', Number.NaN],
    ['1 atan2 1', Math.PI / 4],
    ['0 atan2 -1', Math.PI],
    ['Inf - Inf', Number.NaN],
    ['1 > bool 2', 0],
    ['2 >= bool 2', 1],
    ['1 == bool 1', 1],
    ['NaN == bool NaN', 0],
    ['NaN != bool NaN', 1],
    ['1 < bool 2 < bool 0', 0],
    ['5m + 30s', 330],
    ['-(3)', -3],
  ])('%s is %d', (query, wanted) => {
    expect(ask(given('1m', {}), query)).toBe(wanted);
  });
});

describe('between vector and scalar', () => {
  const reader = given('1m', { 'g{x="a"}': '1', 'g{x="b"}': '3', 'h{x="a"}': '1' });

  it.each([
    ['g + 1', { '{x="a"}': 2, '{x="b"}': 4 }],
    ['10 - g', { '{x="a"}': 9, '{x="b"}': 7 }],
    ['2 ^ g', { '{x="a"}': 2, '{x="b"}': 8 }],
    ['g > 2', { 'g{x="b"}': 3 }],
    // A filter keeps the vector's value and name on whichever side it stands.
    ['2 < g', { 'g{x="b"}': 3 }],
    ['2 > g', { 'g{x="a"}': 1 }],
    ['0 == g', {}],
    ['g > bool 2', { '{x="a"}': 0, '{x="b"}': 1 }],
    ['2 > bool g', { '{x="a"}': 1, '{x="b"}': 0 }],
    ['-g', { '{x="a"}': -1, '{x="b"}': -3 }],
    ['+g', { 'g{x="a"}': 1, 'g{x="b"}': 3 }],
    ['g > 0 < 2', { 'g{x="a"}': 1 }],
  ])('%s', (query, wanted) => {
    expect(ask(reader, query)).toEqual(wanted);
  });

  it('refuses series that only their names told apart', () => {
    const both = '{__name__=~"g|h", x="a"}';
    for (const query of [`${both} + 1`, `-${both}`, `${both} > bool 0`, `abs(${both})`])
      expect(() => ask(reader, query)).toThrow('vector cannot contain metrics with the same labelset');
    expect(ask(reader, `${both} > 0`)).toEqual({ 'g{x="a"}': 1, 'h{x="a"}': 1 });
  });
});

describe('between vectors, one to one', () => {
  const reader = given('1m', {
    'errors{job="a", code="500"}': '4',
    'errors{job="a", code="503"}': '2',
    'errors{job="b", code="500"}': '3',
    'requests{job="a"}': '20',
    'requests{job="b"}': '30',
    'requests{job="c"}': '40',
    'limit{job="a"}': '10',
    'limit{job="b"}': '40',
  });

  it.each([
    ['requests + limit', { '{job="a"}': 30, '{job="b"}': 70 }],
    ['requests > limit', { 'requests{job="a"}': 20 }],
    ['requests > bool limit', { '{job="a"}': 1, '{job="b"}': 0 }],
    ['requests - on(job) limit', { '{job="a"}': 10, '{job="b"}': -10 }],
    // A filter keeps the name, but `on` keeps only what is matched by.
    ['requests > on(job) limit', { '{job="a"}': 20 }],
    ['requests > ignoring(x) limit', { 'requests{job="a"}': 20 }],
    ['errors{code="500"} / ignoring(code) requests', { '{job="a"}': 0.2, '{job="b"}': 0.1 }],
    ['errors / requests', {}],
    ['sum(errors) / on() sum(requests)', { '{}': 0.1 }],
    ['requests / nothing', {}],
  ])('%s', (query, wanted) => {
    expect(ask(reader, query)).toEqual(wanted);
  });

  it.each([
    [
      'errors / ignoring(code) group_left requests',
      { '{code="500",job="a"}': 0.2, '{code="503",job="a"}': 0.1, '{code="500",job="b"}': 0.1 },
    ],
    [
      'requests * on(job) group_right errors',
      { '{code="500",job="a"}': 80, '{code="503",job="a"}': 40, '{code="500",job="b"}': 90 },
    ],
    ['requests - on(job) group_right errors{job="b"}', { '{code="500",job="b"}': 27 }],
    ['errors >= on(job) group_left bool requests', undefined],
  ])('many to one: %s', (query, wanted) => {
    if (wanted === undefined) expect(() => ask(reader, query)).toThrow();
    else expect(ask(reader, query)).toEqual(wanted);
  });

  it('takes included labels from the one side, and removes those it lacks', () => {
    const info = given('1m', {
      'requests{pod="p", version="x"}': '5',
      'requests{pod="q", version="y"}': '6',
      'pod_info{pod="p", version="v1", node="n1"}': '1',
      'pod_info{pod="q", node="n2"}': '1',
    });
    expect(ask(info, 'requests * on(pod) group_left(version, node) pod_info')).toEqual({
      '{node="n1",pod="p",version="v1"}': 5,
      '{node="n2",pod="q"}': 6,
    });
    expect(ask(info, 'requests > on(pod) group_left(node) pod_info')).toEqual({
      'requests{node="n1",pod="p",version="x"}': 5,
      'requests{node="n2",pod="q",version="y"}': 6,
    });
  });

  it.each([
    [
      'requests / on(job) errors',
      'found duplicate series for the match group {job="a"} on the right hand-side of the operation: [{__name__="errors", code="500", job="a"}, {__name__="errors", code="503", job="a"}];many-to-many matching not allowed: matching labels must be unique on one side',
    ],
    [
      'errors * on(job) group_right errors',
      'found duplicate series for the match group {job="a"} on the left hand-side of the operation: [{__name__="errors", code="500", job="a"}, {__name__="errors", code="503", job="a"}];many-to-many matching not allowed: matching labels must be unique on one side',
    ],
    [
      'errors / on(job) requests',
      'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
    ],
    [
      '{__name__=~"requests|limit"} * on(job) group_left() limit',
      'multiple matches for labels: grouping labels must ensure unique matches',
    ],
  ])('%s is refused in Prometheus’ words', (query, message) => {
    expect(() => ask(reader, query)).toThrow(new PromqlEvaluationError(message));
  });
});

describe('and, or, unless', () => {
  const reader = given('1m', {
    'a{x="1"}': '1',
    'a{x="2"}': '2',
    'b{x="2"}': '20',
    'b{x="3"}': '30',
    'b{x="2", y="1"}': '21',
  });

  it.each([
    ['a and b', { 'a{x="2"}': 2 }],
    ['a unless b', { 'a{x="1"}': 1 }],
    ['a or b', { 'a{x="1"}': 1, 'a{x="2"}': 2, 'b{x="3"}': 30, 'b{x="2",y="1"}': 21 }],
    ['a or on(x) b', { 'a{x="1"}': 1, 'a{x="2"}': 2, 'b{x="3"}': 30 }],
    ['b and on(x) a', { 'b{x="2"}': 20, 'b{x="2",y="1"}': 21 }],
    ['a and on() b', { 'a{x="1"}': 1, 'a{x="2"}': 2 }],
    ['a unless on() b', {}],
    ['b unless ignoring(y) a', { 'b{x="3"}': 30 }],
    ['a and nothing', {}],
    ['nothing or a', { 'a{x="1"}': 1, 'a{x="2"}': 2 }],
    ['a or vector(0)', { 'a{x="1"}': 1, 'a{x="2"}': 2, '{}': 0 }],
    ['sum(nothing) or vector(0)', { '{}': 0 }],
  ])('%s', (query, wanted) => {
    expect(ask(reader, query)).toEqual(wanted);
  });
});
