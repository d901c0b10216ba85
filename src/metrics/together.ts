// Instant queries of one moment asked as one: each answer marked with a label of its own, joined by `or`, and parted again by it.
// Never joins what is no vector; where they fail together each is asked alone, so that errors are each one's own. Called by operator/.
import type { Clock, Millis } from '../lib/clock.ts';
import { SerinError } from '../lib/problem.ts';
import type { BinaryExpr, CallExpr, Expr, StringLiteral } from '../promql/ast.ts';
import { typeOf } from '../promql/check.ts';
import type { Sample, Value } from '../promql/value.ts';
import { isOutage } from './batch.ts';
import type { MetricsSource } from './source.ts';

export interface TogetherOptions {
  readonly source: MetricsSource;
  readonly clock: Clock;
  /** In one query. */
  readonly most?: number;
}

/** A release's gates ask some eight questions each; more than a few gates make a query that nobody can read in a log. */
const MOST = 32;

const MARK = 'serin_query';
const NOBODY = Symbol('nobody answers');

interface Asked {
  readonly expr: Expr;
  readonly resolve: (value: Value) => void;
  readonly reject: (error: unknown) => void;
}

export function togetherSource({ source, clock, most = MOST }: TogetherOptions): MetricsSource {
  const waiting = new Map<Millis, Asked[]>();

  async function flush(at: Millis): Promise<void> {
    await clock.sleep(0);
    const all = waiting.get(at) ?? [];
    waiting.delete(at);
    for (let from = 0; from < all.length; from += most) void ask(all.slice(from, from + most), at);
  }

  async function ask(asked: readonly Asked[], at: Millis): Promise<void> {
    const [first] = asked;
    if (first !== undefined && asked.length === 1)
      return void source.instant(first.expr, at).then(first.resolve, first.reject);
    const answer = await source.instant(joined(asked.map(({ expr }) => expr)), at).catch((error: unknown) => {
      // What an evaluation says, in whatever words, is about one of them: which one, is asked.
      if (!(error instanceof SerinError) || !isOutage(error)) return undefined;
      for (const { reject } of asked) reject(error);
      return NOBODY;
    });
    if (answer === NOBODY) return;
    const parts = answer === undefined ? undefined : partedOf(answer, asked.length);
    for (const [index, one] of asked.entries())
      if (parts === undefined) void ask([one], at);
      else one.resolve({ kind: 'vector', samples: parts[index] ?? [] });
  }

  return {
    ...source,
    instant: (expr, at) =>
      typeOf(expr) !== 'vector'
        ? source.instant(expr, at)
        : new Promise((resolve, reject) => {
            const asked: Asked = { expr, resolve, reject };
            const others = waiting.get(at);
            if (others !== undefined) return void others.push(asked);
            waiting.set(at, [asked]);
            flush(at).catch(reject);
          }),
  };
}

const NOWHERE = { from: 0, to: 0 };

/** `label_replace(a, "serin_query", "0", "", "") or label_replace(b, "serin_query", "1", "", "")` */
function joined(exprs: readonly Expr[]): Expr {
  const all: readonly Expr[] = exprs.map(marked);
  return all.reduce(either);
}

const text = (value: string): StringLiteral => ({ kind: 'string', value, ...NOWHERE });

const marked = (expr: Expr, index: number): CallExpr => ({
  kind: 'call',
  name: 'label_replace',
  args: [expr, text(MARK), text(String(index)), text(''), text('')],
  ...NOWHERE,
});

const either = (left: Expr, right: Expr): BinaryExpr => ({
  kind: 'binary',
  op: 'or',
  opSpan: NOWHERE,
  bool: false,
  matching: { mode: 'ignoring', labels: [] },
  left,
  right,
  ...NOWHERE,
});

/** Undefined: whoever answered does not know marks. */
function partedOf(answer: Value, count: number): readonly (readonly Sample[])[] | undefined {
  if (answer.kind !== 'vector') return undefined;
  const parts: Sample[][] = Array.from({ length: count }, () => []);
  for (const { labels, value } of answer.samples) {
    const { [MARK]: mark, ...own } = labels;
    const part = parts[Number(mark)];
    if (part === undefined) return undefined;
    part.push({ labels: own, value });
  }
  return parts;
}
