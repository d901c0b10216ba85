// Asks both sides many questions, many at once, and tells where they differ, each difference made as small as it gets.
// Never makes up a question. Called by the differential test.
import { children, type Expr } from '../../src/promql/ast.ts';
import { typeOf } from '../../src/promql/check.ts';
import { parse } from '../../src/promql/parse.ts';
import { print } from '../../src/promql/print.ts';
import type { SeriesReader } from '../../src/series/series.ts';
import { type Answer, askSerin, type Question, type Series, type When } from './answer.ts';
import { difference } from './compare.ts';
import { excuse } from './deviations.ts';
import { askPrometheus } from './reference.ts';

export interface Sides {
  readonly reader: SeriesReader;
  readonly url: string;
}

export interface Outcome {
  readonly asked: number;
  /** Answers of both sides with something in them. */
  readonly telling: number;
  readonly failed: number;
  readonly excused: readonly string[];
  /** In words, for people. */
  readonly differences: readonly string[];
}

const AT_ONCE = 32;
/** Beyond these a difference is only counted. */
const TOLD = 60;

export async function differ(sides: Sides, questions: readonly Question[]): Promise<Outcome> {
  const outcome = { asked: questions.length, telling: 0, failed: 0 };
  const excused: string[] = [];
  const wrong: Compared[] = [];
  await inTurns(questions, async (question) => {
    const compared = await compare(sides, question);
    const { serin, prometheus, how } = compared;
    if (serin.kind === 'error' || prometheus.kind === 'error') outcome.failed += 1;
    else if (serin.kind === 'string' || serin.series.length > 0) outcome.telling += 1;
    if (how === undefined) return;
    const smallest = await smaller(sides, compared);
    const why = await excuseOf(sides, smallest ?? compared);
    if (why !== undefined) excused.push(why);
    else wrong.push(compared);
  });
  const differences = await Promise.all(wrong.slice(0, TOLD).map((one) => told(sides, one)));
  if (wrong.length > TOLD) differences.push(`and ${wrong.length - TOLD} more of ${questions.length}`);
  return { ...outcome, excused, differences };
}

interface Compared {
  readonly question: Question;
  readonly serin: Answer;
  readonly prometheus: Answer;
  /** Undefined when they are the same. */
  readonly how: string | undefined;
}

async function compare(sides: Sides, question: Question): Promise<Compared> {
  const prometheus = await askPrometheus(sides.url, question);
  const serin = askSerin(sides.reader, question);
  return { question, serin, prometheus, how: difference(question.query, serin, prometheus) };
}

async function inTurns<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const rest = all.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const one of rest) await work(one);
    }),
  );
}

async function excuseOf(sides: Sides, compared: Compared): Promise<string | undefined> {
  const { question, serin, prometheus } = compared;
  const known = excuse({ question, serin, prometheus, reader: sides.reader, expr: parsed(question.query) });
  return (
    known ?? (await lastBits(sides, compared)) ?? (await otherMistake(sides, compared)) ?? unsteady(sides, compared)
  );
}

const LAST_BITS =
  'the last bits of sin, exp, ^ and their like are those of the platform, and what is built on them magnifies them';

/** The parts of the query agree to 1e-9, and yet not to the last bit. */
async function lastBits(sides: Sides, { question }: Compared): Promise<string | undefined> {
  for (const query of parts(question.query)) {
    const { serin, prometheus, how } = await compare(sides, { query, when: whenOf(query, question.when) });
    if (how === undefined && !isIdentical(serin, prometheus)) return LAST_BITS;
  }
  return undefined;
}

/** A window has no value at every step of a range of time: its last one stands for all. */
function whenOf(query: string, when: When): When {
  const expr = parsed(query);
  return expr !== undefined && typeOf(expr) === 'matrix' && !('at' in when) ? { at: when.endMs } : when;
}

function isIdentical(serin: Answer, prometheus: Answer): boolean {
  if (!('series' in serin) || !('series' in prometheus)) return true;
  const bits = (answer: { readonly series: readonly Series[] }) =>
    answer.series.map(({ labels, values }) => `${Object.entries(labels).sort()} ${values.map((v) => v + 0)}`).sort();
  return bits(serin).join() === bits(prometheus).join();
}

const OTHER_MISTAKE =
  'of two things that are wrong with a query over a range, each side names the one that it meets first';

/** What Prometheus says is wrong with a part of the query; Serin has found something else before it came there. */
async function otherMistake(sides: Sides, { question, serin, prometheus }: Compared): Promise<string | undefined> {
  if (serin.kind !== 'error' || prometheus.kind !== 'error' || 'at' in question.when) return undefined;
  for (const query of parts(question.query)) {
    const part = await askPrometheus(sides.url, { query, when: question.when });
    if (part.kind === 'error' && part.messages.join() === prometheus.messages.join()) return OTHER_MISTAKE;
  }
  return undefined;
}

const UNSTEADY = 'Prometheus gives now this answer, now that: the order of series is open, and decides between equals';
const AGAIN = 60;

/** The same question, asked of Prometheus again and again, gets other answers. */
async function unsteady(sides: Sides, { question, prometheus }: Compared): Promise<string | undefined> {
  for (let time = 0; time < AGAIN; time += 1) {
    const again = await askPrometheus(sides.url, question);
    if (difference(question.query, again, prometheus) !== undefined) return UNSTEADY;
  }
  return undefined;
}

function parsed(query: string): Expr | undefined {
  const result = parse(query);
  return result.ok ? within(result.value) : undefined;
}

const within = (expr: Expr): Expr => (expr.kind === 'paren' ? within(expr.expr) : expr);

/** The parts of a query, as queries; a range of time has no value at every step, its selector or subquery has. */
function parts(query: string): readonly string[] {
  const expr = parsed(query);
  return expr === undefined ? [] : children(expr).map((part) => print(within(part)));
}

/** The smallest part of the query that still differs by itself. */
async function smaller(sides: Sides, { question }: Compared): Promise<Compared | undefined> {
  for (const query of parts(question.query)) {
    const compared = await compare(sides, { query, when: question.when });
    if (compared.how !== undefined) return (await smaller(sides, compared)) ?? compared;
  }
  return undefined;
}

async function told(sides: Sides, one: Compared): Promise<string> {
  const smallest = await smaller(sides, one);
  const whole = `${one.question.query}  at ${shown(one.question.when)}: ${one.how}`;
  return smallest === undefined ? whole : `${smallest.question.query}: ${smallest.how}  (a part of ${whole})`;
}

const shown = (when: When): string =>
  'at' in when ? `${when.at}` : `${when.startMs} to ${when.endMs} by ${when.stepMs}`;
