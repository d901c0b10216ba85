// The line that each event of a run gets: when, about what, and what happened, in columns; a long one goes on below, under its column.
// Never writes. Called by cli/, which knows the terminal, and by whoever logs to a file.
import { fromTime } from '../lib/time.ts';
import { formatCount, formatSpan, outcomeName } from './format.ts';
import type { RunEvent, Verdict } from './input.ts';
import { type LineStyle, type Piece, piece, type Tone, wrapLine } from './line.ts';
import type { Outcome, ReleaseReport, UsersReport } from './release-report.ts';

const TIME_COLUMNS = 7;
const SUBJECT_COLUMNS = 16;
const TEXT_AT = TIME_COLUMNS + 2 + SUBJECT_COLUMNS + 2;

/** `  12.3s  mirror 100%       confirmed in 1.1 s (412 copies)` */
export const eventLine = (event: RunEvent, style: LineStyle): string =>
  wrapLine([...columns(elapsed(event.at), subjectOf(event)), ...tell(event)], style, TEXT_AT);

/** Seconds with one decimal, right-aligned: lines of one run stand under each other. */
export const elapsed = (ms: number): string => `${(Math.max(0, ms) / 1000).toFixed(1)}s`.padStart(TIME_COLUMNS);

const columns = (time: string, subject: string): Piece[] => [
  piece(`${time}  `, 'quiet'),
  piece(`${subject.padEnd(SUBJECT_COLUMNS)}  `, 'strong'),
];

function subjectOf(event: RunEvent): string {
  switch (event.kind) {
    case 'note':
    case 'trouble':
      return event.subject;
    case 'step':
    case 'confirmed':
      return event.step;
    case 'gate':
      return event.gate;
    case 'hold':
      return 'hold';
    case 'rollBack':
      return 'roll back';
  }
}

function tell(event: RunEvent): Piece[] {
  switch (event.kind) {
    case 'note':
      return [piece(event.text)];
    case 'trouble':
      return [piece(event.text, 'bad')];
    case 'step':
      return [piece(`step ${event.number} of ${event.of} begins`)];
    case 'confirmed':
      return [piece(`confirmed in ${formatSpan(event.tookMs)}`, 'good'), piece(seenText(event), 'quiet')];
    case 'gate':
      return [piece(event.verdict, verdictTone(event.verdict)), piece(`  ${event.message}`)];
    case 'hold':
      return [piece(event.message, 'warn'), piece(`  ${event.reason}`, 'quiet')];
    case 'rollBack':
      return [piece(event.message, 'bad'), piece(`  ${event.reason}`, 'quiet')];
  }
}

function seenText({ by, seen }: Extract<RunEvent, { kind: 'confirmed' }>): string {
  if (by === 'time') return ' (by time)';
  return seen === undefined ? '' : ` (${formatCount(seen.requests)} ${seen.what})`;
}

const verdictTone = (verdict: Verdict): Tone => (verdict === 'pass' ? 'good' : verdict === 'fail' ? 'bad' : 'warn');

const outcomeTone = (outcome: Outcome): Tone =>
  outcome === 'promoted' ? 'good' : outcome === 'rolledBack' || outcome === 'rejected' ? 'bad' : 'warn';

/** The last words of a run: how it ended, why, and what users felt. */
export function closingLines(
  { outcome, reason, release, users, startedAt, endedAt }: ReleaseReport,
  style: LineStyle,
): string[] {
  const took = formatSpan(fromTime(endedAt) - fromTime(startedAt));
  const line = (subject: string, ...pieces: Piece[]) =>
    wrapLine([...columns(' '.repeat(TIME_COLUMNS), subject), ...pieces], style, TEXT_AT);
  return [
    line(
      outcomeName(outcome),
      piece(`${release === undefined ? '' : `${release.canary} `}after ${took}: `),
      piece(reason, outcomeTone(outcome)),
    ),
    ...(users === undefined ? [] : [line('users', ...felt(users))]),
  ];
}

const felt = (users: UsersReport): Piece[] => [
  piece(`${formatCount(users.requests)} requests, `),
  piece(`${formatCount(users.failed)} failed`, users.failed === 0 ? 'good' : 'bad'),
  piece(users.failed === 0 ? '' : ` (${blame(users)})`),
];

function blame(users: UsersReport): string {
  const parts: [number, string][] = [
    [users.failedByStable, 'stable'],
    [users.failedByCanary, 'the canary'],
    [users.failedByRouting, 'routing'],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, by]) => `${formatCount(count)} by ${by}`)
    .join(', ');
}
