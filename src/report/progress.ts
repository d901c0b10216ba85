// The one line that moves while a release runs: where it is, what it waits for, what users feel.
// Never draws: cli/ redraws it several times a second. The most important comes first, since a narrow terminal cuts the end.
import { formatCount, formatSpan } from './format.ts';
import type { Progress } from './input.ts';
import { joinLine, type LineStyle, type Piece, piece } from './line.ts';
import { elapsed } from './terminal.ts';

/** `  12.3s  mirror 100% 3/6  4.2 of 10.0 s  118/s + 119/s canary  1,204 users, 0 failed  waiting for …` */
export function progressLine(progress: Progress, style: LineStyle): string {
  const { waitingFor } = progress;
  return joinLine(
    [
      piece(`${elapsed(progress.at)}  `, 'quiet'),
      piece(progress.step, 'strong'),
      piece(` ${progress.number}/${progress.of}`, 'quiet'),
      piece(`  ${clock(progress)}`),
      piece(rates(progress)),
      ...felt(progress),
      piece(waitingFor === undefined ? '' : `  ${waitingFor}`, 'quiet'),
    ],
    style,
  );
}

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
