// The one line that moves while a release runs: where it is, what it waits for, what users feel.
// Never draws: cli/ redraws it several times a second. The most important comes first, since a narrow terminal cuts the end.
import { formatCount, formatSpan } from './format.ts';
import type { Progress } from './input.ts';
import { joinLine, type LineStyle, piece } from './line.ts';
import { elapsed } from './terminal.ts';

/** `  12.3s  mirror 100% 3/6  4.2 of 10.0 s  118/s + 119/s canary  1,204 users, 0 failed  waiting for …` */
export function progressLine(progress: Progress, style: LineStyle): string {
  const { users, stableRate, canaryRate, waitingFor } = progress;
  const failed = `${formatCount(users.failed)} failed`;
  return joinLine(
    [
      piece(`${elapsed(progress.at)}  `, 'quiet'),
      piece(progress.step, 'strong'),
      piece(` ${progress.number}/${progress.of}`, 'quiet'),
      piece(`  ${clock(progress)}`),
      piece(`  stable ${perSecond(stableRate)}, canary ${perSecond(canaryRate)}`),
      piece(`  users ${formatCount(users.requests)}, `),
      piece(failed, users.failed === 0 ? 'good' : 'bad'),
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

const perSecond = (rate: number): string => `${Math.round(rate)}/s`;
