// One line of a terminal, made of toned pieces: cut to the width by what is seen, painted last.
// Never knows escape codes or the terminal: `paint` is given, and without colour it is `unpainted`. Called by terminal.ts, progress.ts.

export type Tone = 'plain' | 'strong' | 'quiet' | 'good' | 'bad' | 'warn';

export type Paint = (tone: Tone, text: string) => string;

/** For pipes, files and NO_COLOR. */
export const unpainted: Paint = (_tone, text) => text;

export interface Piece {
  readonly tone: Tone;
  readonly text: string;
}

export const piece = (text: string, tone: Tone = 'plain'): Piece => ({ tone, text });

export interface LineStyle {
  readonly paint: Paint;
  /** Columns; without it a line is as long as it is. */
  readonly width?: number;
}

/** The pieces one after the other, cut with `…` where they would not fit. Line breaks and control characters become spaces. */
export function joinLine(pieces: readonly Piece[], { paint, width = Number.POSITIVE_INFINITY }: LineStyle): string {
  const clean = pieces.map(({ tone, text }) => ({ tone, text: [...printable(text)] }));
  const total = clean.reduce((sum, { text }) => sum + text.length, 0);
  let room = total <= width ? total : Math.max(0, width - 1);
  const painted = clean.map(({ tone, text }) => {
    const shown = text.slice(0, room).join('');
    room -= Math.min(room, text.length);
    return shown === '' ? '' : paint(tone, shown);
  });
  return `${painted.join('')}${total > width && width > 0 ? '…' : ''}`;
}

// A service's error message must not move the cursor or ring the bell.
export const printable = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');
