import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ask, given, rounded } from '../../../test/support/series-notation.ts';
import { typeOf } from '../check.ts';
import { parse } from '../parse.ts';
import { functions } from './table.ts';

const Inf = Number.POSITIVE_INFINITY;

describe('mathematics', () => {
  it.each([
    ['abs', -3, 3],
    ['ceil', 1.2, 2],
    ['ceil', -1.2, -1],
    ['floor', -1.2, -2],
    ['exp', 0, 1],
    ['ln', Math.E, 1],
    ['ln', 0, -Inf],
    ['ln', -1, Number.NaN],
    ['log2', 8, 3],
    ['log10', 1000, 3],
    ['sqrt', 9, 3],
    ['sqrt', -1, Number.NaN],
    ['sgn', -7, -1],
    ['sgn', 0, 0],
    ['sgn', Number.NaN, Number.NaN],
    ['round', 2.5, 3],
    ['round', -2.5, -2],
    ['cosh', 710, Inf],
    ['sinh', -710, -Inf],
    ['sinh', 1, Math.sinh(1)],
  ])('%s of %d is %d', (name, value, wanted) => {
    const reader = given('1m', { 'g{x="1"}': String(value).replace('Infinity', 'Inf') });
    expect(ask(reader, `${name}(g)`)).toEqual({ '{x="1"}': wanted });
  });

  const reader = given('1m', { 'g{x="a"}': '-5', 'g{x="b"}': '5', 'g{x="c"}': 'NaN', 'g{x="d"}': 'Inf' });

  it.each([
    ['round(g, 2)', [-4, 6, Number.NaN, Inf]],
    ['round(g, 0.3)', [-5.1, 5.1, Number.NaN, Inf]],
    ['clamp(g, -1, 1)', [-1, 1, Number.NaN, 1]],
    ['clamp_min(g, 0)', [0, 5, Number.NaN, Inf]],
    ['clamp_max(g, 0)', [-5, 0, Number.NaN, 0]],
    ['clamp_max(g, NaN)', [Number.NaN, Number.NaN, Number.NaN, Number.NaN]],
    ['clamp_min(g, NaN)', [Number.NaN, Number.NaN, Number.NaN, Inf]],
  ])('%s works on each sample', (query, wanted) => {
    const answer = ask(reader, query);
    expect(Object.keys(answer)).toEqual(['{x="a"}', '{x="b"}', '{x="c"}', '{x="d"}']);
    expect(Object.values(answer).map(rounded)).toEqual(wanted);
  });

  it('clamps to nothing between bounds that have changed places', () => {
    expect(ask(reader, 'clamp(g, 1, -1)')).toEqual({});
  });
});

describe('absent', () => {
  const reader = given('1m', { 'up{job="api"}': '1x5' });

  it.each([
    ['absent(up)', {}],
    ['absent(up{job="api"})', {}],
    ['absent(up{job="web"})', { '{job="web"}': 1 }],
    ['absent((up{job="web", code=~"5..", zone!="a"}))', { '{job="web"}': 1 }],
    ['absent(up{job="web", job="db"})', { '{}': 1 }],
    ['absent(up{job!="api", job="web"})', { '{}': 1 }],
    ['absent(up{job=~"w.*", job="web"})', { '{job="web"}': 1 }],
    ['absent(up{job="web", job=~"w.*"})', { '{}': 1 }],
    ['absent(up{job="web", code=""})', { '{job="web"}': 1 }],
    ['absent({__name__="nothing", job="api"})', { '{job="api"}': 1 }],
    ['absent(sum(up{job="web"}))', { '{}': 1 }],
    ['absent_over_time(up[5m])', {}],
    ['absent_over_time(up{job="web"}[5m])', { '{job="web"}': 1 }],
  ])('%s', (query, wanted) => {
    expect(ask(reader, query, '5m')).toEqual(wanted);
  });
});

describe('between scalars and vectors', () => {
  const reader = given('1m', { 'g{x="a"}': '3 4', 'g{x="b"}': '1', late: '_ 5' });

  it.each([
    ['scalar(g{x="a"})', 4],
    ['scalar(g)', Number.NaN],
    ['scalar(nothing)', Number.NaN],
    ['vector(7)', { '{}': 7 }],
    ['time()', 90.5],
    ['vector(time() - 90)', { '{}': 0.5 }],
    ['timestamp(g)', { '{x="a"}': 60, '{x="b"}': 0 }],
    ['timestamp((g offset 1m))', { '{x="a"}': 0, '{x="b"}': 0 }],
    ['timestamp(-g)', { '{x="a"}': 90.5, '{x="b"}': 90.5 }],
    ['"text"', 'text'],
  ])('%s', (query, wanted) => {
    expect(ask(reader, query, '90.5s')).toEqual(wanted);
  });
});

describe('sort and sort_desc', () => {
  const reader = given('1m', { 'g{x="a"}': 'NaN', 'g{x="b"}': '2', 'g{x="c"}': '-Inf', 'g{x="d"}': '9' });

  it('put NaN last either way, and keep names', () => {
    expect(Object.keys(ask(reader, 'sort(g)'))).toEqual(['g{x="c"}', 'g{x="b"}', 'g{x="d"}', 'g{x="a"}']);
    expect(Object.keys(ask(reader, 'sort_desc(g)'))).toEqual(['g{x="d"}', 'g{x="b"}', 'g{x="c"}', 'g{x="a"}']);
  });
});

describe('label_replace and label_join', () => {
  const reader = given('1m', { 'up{pod="web-7c-1", zone="eu"}': '1' });

  it.each([
    ['label_replace(up, "app", "$1", "pod", "(.*)-.*-.*")', 'up{app="web",pod="web-7c-1",zone="eu"}'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Go's template, not ours
    ['label_replace(up, "app", "${1}x$1x", "pod", "(.*)-.*-.*")', 'up{app="webx",pod="web-7c-1",zone="eu"}'],
    [
      'label_replace(up, "app", "$name-$$1-$2-$", "pod", "(?P<name>[a-z]+).*")',
      'up{app="web-$1--$",pod="web-7c-1",zone="eu"}',
    ],
    ['label_replace(up, "app", "x", "pod", "web")', 'up{pod="web-7c-1",zone="eu"}'],
    ['label_replace(up, "app", "none", "nope", "")', 'up{app="none",pod="web-7c-1",zone="eu"}'],
    ['label_replace(up, "zone", "", "pod", ".*")', 'up{pod="web-7c-1"}'],
    ['label_replace(up, "__name__", "down", "zone", "eu")', 'down{pod="web-7c-1",zone="eu"}'],
    ['label_join(up, "both", "/", "zone", "nope", "pod")', 'up{both="eu//web-7c-1",pod="web-7c-1",zone="eu"}'],
    ['label_join(up, "zone", "/")', 'up{pod="web-7c-1"}'],
  ])('%s', (query, wanted) => {
    expect(ask(reader, query)).toEqual({ [wanted]: 1 });
  });

  it('match over lines', () => {
    const lines = given('1m', { 'up{text="a\\nb"}': '1' });
    expect(ask(lines, 'label_replace(up, "text", "$1", "text", "a(.*)b")')).toEqual({ 'up{text="\n"}': 1 });
  });

  it('refuse to make one series of two', () => {
    const two = given('1m', { 'up{x="1"}': '1', 'up{x="2"}': '1' });
    expect(() => ask(two, 'label_replace(up, "x", "same", "x", ".*")')).toThrow('same labelset');
    expect(() => ask(two, 'label_join(up, "x", "")')).toThrow('same labelset');
  });
});

describe('the table', () => {
  it('is what the reference page says', () => {
    const page = readFileSync(new URL('../../../docs/reference/promql.md', import.meta.url), 'utf8');
    const supported = page.slice(page.indexOf('## What is supported'), page.indexOf('## Semantics'));
    for (const name of functions.keys()) expect(supported).toContain(`\`${name}\``);
  });

  it('holds functions that can be called as their signature says', () => {
    const argument = { scalar: '0.5', vector: 'a', matrix: 'a[5m]', string: '"x"' };
    for (const [name, { args, returns }] of functions) {
      const query = `${name}(${args.map((type) => argument[type]).join(', ')})`;
      const parsed = parse(query);
      expect(parsed, query).toMatchObject({ ok: true });
      if (parsed.ok) expect(typeOf(parsed.value)).toBe(returns);
      expect(() => ask(given('1m', { a: '1x5' }), query, '5m')).not.toThrow();
    }
  });
});
