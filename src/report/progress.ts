// The line that moves while a release runs, or two of them: where it is, what users feel, what it waits for.
// Never draws: cli/ redraws it several times a second. The most important comes first, since a narrow terminal cuts the end.
import { formatCount, formatSpan } from './format.ts';
import type { Progress } from './input.ts';
import { joinLine, type LineStyle, type Piece, piece, unpainted } from './line.ts';
import { elapsed } from './terminal.ts';

/**
 * `  12.3s  mirror 100% 3/6  4.2 of 10.0 s  stable 118/s, canary 119/s  users 1,204, 0 failed  waiting for …`; where that is too
 * wide, what it waits for stands on a line of its own, and then the rates are left out.
 */
export function progressLine(progress: Progress, style: LineStyle): string {
  const { width = Number.POSITIVE_INFINITY } = style;
  const fits = (pieces: readonly Piece[]) => joinLine(pieces, { paint: unpainted }).length <= width;
  const present = [
    piece(`${elapsed(progress.at)}  `, 'quiet'),
    piece(progress.step, 'strong'),
    piece(` ${progress.number}/${progress.of}`, 'quiet'),
    piece(`  ${clock(progress)}`),
  ];
  const seen = [...present, piece(rates(progress)), ...felt(progress)];
  const waiting = progress.waitingFor === undefined ? [] : [piece(progress.waitingFor, 'quiet')];
  const whole = [...seen, ...waiting.flatMap((text) => [piece('  '), text])];
  if (fits(whole)) return joinLine(whole, style);
  const lines = [fits(seen) ? seen : [...present, ...felt(progress)], ...waiting.map((text) => [piece(BELOW), text])];
  return lines.map((line) => joinLine(line, style)).join('\n');
}

/** Under the step. */
const BELOW = ' '.repeat(9);

function clock({ stepMs, atLeastMs }: Progress): string {
  if (stepMs === undefined) return 'confirming';
  if (atLeastMs === undefined || stepMs >= atLeastMs) return formatSpan(stepMs);
  return `${(stepMs / 1000).toFixed(1)} of ${formatSpan(atLeastMs)}`;
}

const rates = ({ stableRate, canaryRate }: Progress): string =>
  stableRate === undefined || canaryRate === undefined
    ? ''
    : `  stable ${perSecond(stableRate)}, canary ${perSecond(canaryRate)}`;

function felt({ users }: Progress): readonly Piece[] {
  if (users === undefined) return [];
  const failed = `${formatCount(users.failed)} failed`;
  return [piece(`  users ${formatCount(users.requests)}, `), piece(failed, users.failed === 0 ? 'good' : 'bad')];
}

const perSecond = (rate: number): string => `${Math.round(rate)}/s`;
