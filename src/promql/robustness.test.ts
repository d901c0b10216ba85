import { describe, expect, it } from 'vitest';
import { given } from '../../test/support/series-notation.ts';
import { type Random, seededRandom } from '../lib/random.ts';
import type { Expr } from './ast.ts';
import { typeOf } from './check.ts';
import { evaluate } from './evaluate.ts';
import { parse } from './parse.ts';
import { print } from './print.ts';
import { evaluateRange } from './range.ts';
import { selectorsOf, widestWindow } from './selectors.ts';
import { PromqlEvaluationError, type Value } from './value.ts';

// A hundred thousand texts in all, the same each time; others by SERIN_SEED, more by SERIN_TIMES.
const SEED = Number(process.env['SERIN_SEED'] ?? 1);
const TIMES = Number(process.env['SERIN_TIMES'] ?? 1);

const reader = given('30s', {
  'a{x="1", le="0.5"}': '0+3x20 stale 5x10',
  'a{x="2", le="+Inf"}': '1 NaN Inf -Inf 5 _ 7 stale 3x20',
  'b_total{x="1"}': '0+10x15 0+7x20',
  'b_total{x="2"}': '1e308x20',
  'sum{x="1"}': '1x40',
});
const AT = 9 * 60_000;
// Small, so that no text of these takes long.
const limits = { steps: 200, samples: 2000, reads: 20_000 };

const VALID = [
  'sum by (x) (rate(b_total{x=~"1|2", le!="0"}[5m] offset 1m)) / on (x) group_left (le) a @ end() > bool 0.5',
  'histogram_quantile(0.95, sum by (le) (rate(a[5m]))) and on () vector(1) or b_total unless {"sum", x="1"}',
  'max_over_time((a - a offset 1m)[5m:30s] @ 500 offset -30s) ^ -2 ^ 2',
  'topk by (x) (2, a) + ignoring (le) group_right () quantile without (x) (scalar(b_total{x="1"}), b_total)',
  'count_values("v", label_replace(a, "y", "$1-$2x", "x", "(.)(.*)")) == 1e-3',
  'predict_linear(b_total[5m], 3600) % 0x1f atan2 -Inf',
  'absent_over_time(nothing{x="1"}[5m:]) * hour() + minute(a) - time()',
  'double_exponential_smoothing(a[5m], 0.5, 0.5) or sort_by_label_desc(b_total, "x") # the end',
  'label_join(sum(a) without (x), "z", `,`, "x", \'le\') < 5m',
  'quantile_over_time(0.5, {__name__=~"a|b_total", x!~"3.*"}[2m30s]) or -(+(a))',
  'sum_over_time(a[max_of(step(), 2m) * 2:30s]) + count_over_time(b_total[range() + 1m]) or a offset (5m - 1m)',
  'avg_over_time(stddev by ("x") (timestamp(a))[3m:1m]) >= bool clamp(scalar(a), 0, 1)',
  'bottomk(1, mad_over_time(a[5m])) * ts_of_max_over_time(b_total[10m]) / NaN',
];
const TOKENS = [
  ...VALID.flatMap((query) => query.match(/[\w:]+|\s+|[^\w\s]/g) ?? []),
  ...['offset', 'bool', '@', 'start()', 'fill', '</', 'inf', '0x', '1_0', '5m5', '1e999', '"\\xff"', '"\\u0041"', '\\'],
  ...['constructor', '__proto__', 'é', '😀', '\ud800', '\0', '"', "'", '`', '#', '\n', '[5m:', ':]', '[', ']]', '((('],
];

const below = (random: Random, bound: number): number => Math.floor(random() * bound);
const pick = <T>(random: Random, from: readonly T[]): T => from[below(random, from.length)] as T;
const many = <T>(random: Random, most: number, make: () => T): T[] => Array.from({ length: below(random, most) }, make);

/** Bytes as somebody may send them, read as UTF-8 or as one character each. */
function bytes(random: Random): string {
  // Half of them from the letters of queries, for other bytes are refused at once.
  const printable = random() < 0.5;
  const raw = Uint8Array.from(many(random, 60, () => (printable ? 32 + below(random, 95) : below(random, 256))));
  return new TextDecoder(random() < 0.5 ? 'utf-8' : 'latin1').decode(raw);
}

const tokens = (random: Random): string => many(random, 25, () => pick(random, TOKENS)).join(random() < 0.5 ? ' ' : '');

const pieces = (query: string): readonly string[] => query.match(/[\w:.]+|\s+|[^\w\s]/g) ?? [];
const WORDS = VALID.flatMap(pieces).filter((piece) => /\w/.test(piece));

/** A valid query with some of its words and numbers exchanged for others: many of these still mean something. */
function exchanged(random: Random): string {
  const parts = [...pieces(pick(random, VALID))];
  for (let times = below(random, 3); times >= 0; times -= 1) {
    const at = below(random, parts.length);
    if (/\w/.test(parts[at] ?? '')) parts[at] = pick(random, WORDS);
  }
  return parts.join('');
}

/** A valid query, cut and patched a few times. */
function mutated(random: Random): string {
  if (random() < 0.4) return exchanged(random);
  let text = pick(random, VALID);
  for (let times = below(random, 4); times >= 0; times -= 1) {
    const at = below(random, text.length + 1);
    const to = at + below(random, random() < 0.2 ? 40 : 4);
    const patches = ['', text.slice(at, to).repeat(2), pick(random, TOKENS), bytes(random).slice(0, 3)];
    const other = pick(random, VALID);
    const from = below(random, other.length);
    patches.push(other.slice(from, from + below(random, 30)));
    text = text.slice(0, at) + pick(random, patches) + text.slice(to);
  }
  return text;
}

/** Whatever a text is, there is an answer: problems in it, a value, or an evaluation error. */
function survives(text: string): 'refused' | 'failed' | 'answered' {
  const parsed = parse(text);
  if (!parsed.ok) {
    expect(parsed.problems.length).toBeGreaterThan(0);
    for (const { from, to, message } of parsed.problems) {
      if (!(from >= 0 && from <= to && to <= text.length && message !== ''))
        throw new Error(`a problem beside the text`);
    }
    return 'refused';
  }
  const expr = parsed.value;
  const printed = print(expr);
  const again = parse(printed);
  if (!again.ok || print(again.value) !== printed) throw new Error(`printed as ${printed}`);
  if (!(widestWindow(expr) >= 0) || selectorsOf(expr).length !== selectorsOf(again.value).length)
    throw new Error('selectors');
  return evaluates(expr, again.value) ? 'answered' : 'failed';
}

function evaluates(expr: Expr, same: Expr): boolean {
  const [first, second] = [expr, same].map((one) =>
    outcome(() => evaluate(one, reader, AT, { limits, note: () => {} })),
  );
  // A copy printed and read again means the same.
  if (JSON.stringify(first) !== JSON.stringify(second)) throw new Error(`the copy answers ${JSON.stringify(second)}`);
  const type = typeOf(expr);
  if (typeof first !== 'string' && first?.kind !== type) throw new Error(`a ${first?.kind}, not a ${type}`);
  if (type !== 'vector' && type !== 'scalar') return typeof first !== 'string';
  const steps = { startMs: AT - 120_000, endMs: AT, stepMs: 45_000 };
  return typeof outcome(() => evaluateRange(expr, reader, steps, { limits })) !== 'string' && typeof first !== 'string';
}

function outcome(ask: () => Value): Value | string {
  try {
    return ask();
  } catch (error) {
    // Some begin with their place, which is another in a copy.
    if (error instanceof PromqlEvaluationError) return error.message.replace(/^\d+:\d+: /, '');
    throw error;
  }
}

describe('an error or a result, never a crash or a hang', () => {
  it.each([
    ['random bytes', 30_000, bytes],
    ['tokens in any order', 30_000, tokens],
    ['mutated queries', 40_000, mutated],
  ] as const)('%s', { timeout: 60_000 * TIMES }, (name, count, make) => {
    const random = seededRandom(SEED + count + name.length);
    const seen = { refused: 0, failed: 0, answered: 0 };
    let [slowest, slowestText] = [0, ''];
    for (let index = 0; index < count * TIMES; index += 1) {
      const text = make(random);
      const began = performance.now();
      try {
        seen[survives(text)] += 1;
      } catch (error) {
        throw new Error(`SERIN_SEED=${SEED}: ${JSON.stringify(text)}`, { cause: error });
      }
      const took = performance.now() - began;
      if (took > slowest) [slowest, slowestText] = [took, text];
    }
    expect(seen.refused).toBeGreaterThan(0);
    expect(seen.answered).toBeGreaterThan(0);
    // Generous, for machines that do other things meanwhile; most take less than a tenth of a millisecond.
    expect(slowest, `SERIN_SEED=${SEED}: ${JSON.stringify(slowestText)}`).toBeLessThan(2000);
  });
});
