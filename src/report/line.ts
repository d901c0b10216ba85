// One line of a terminal, made of toned pieces: cut or broken to the width by what is seen, painted last.
// Never knows escape codes or the terminal: `paint` is given, and without colour it is `unpainted`. Called by terminal.ts, progress.ts, cli/.

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

/** As many lines as it takes, those after the first under the column `indent`, broken at spaces. */
export function wrapLine(pieces: readonly Piece[], style: LineStyle, indent: number): string {
  const { paint, width = Number.POSITIVE_INFINITY } = style;
  const glyphs = pieces.flatMap(({ tone, text }) => [...printable(text)].map((glyph) => ({ tone, glyph })));
  if (glyphs.length <= width) return joinLine(pieces, { paint });
  // What is cut into slivers is read by nobody.
  const hanging = width - indent >= LEAST_ROOM ? indent : 0;
  const breaks = breaksOf(
    glyphs.map(({ glyph }) => glyph),
    width,
    width - hanging,
  );
  return breaks
    .map(({ from, to }, line) => ' '.repeat(line === 0 ? 0 : hanging) + painted(glyphs.slice(from, to), paint))
    .join('\n');
}

const LEAST_ROOM = 20;

/** Neighbours of one tone are painted together. */
function painted(glyphs: readonly { readonly tone: Tone; readonly glyph: string }[], paint: Paint): string {
  const runs: { readonly tone: Tone; text: string }[] = [];
  for (const { tone, glyph } of glyphs) {
    const last = runs.at(-1);
    if (last?.tone === tone) last.text += glyph;
    else runs.push({ tone, text: glyph });
  }
  return runs.map(({ tone, text }) => paint(tone, text)).join('');
}

/** The text in lines of at most `width`, broken at spaces. */
export function wrapText(text: string, width: number): readonly string[] {
  const glyphs = [...printable(text)];
  return breaksOf(glyphs, width, width).map(({ from, to }) => glyphs.slice(from, to).join(''));
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where lines begin and end: at the last space that fits, or within a word that is wider than a line. */
function breaksOf(glyphs: readonly string[], first: number, others: number): readonly Span[] {
  const spans: Span[] = [];
  let from = 0;
  while (glyphs.length - from > (from === 0 ? first : others)) {
    const end = from + Math.max(1, from === 0 ? first : others);
    const space = lastBreak(glyphs, from, end);
    const to = space ?? end;
    spans.push({ from, to: endOfWords(glyphs, from, to) });
    from = to;
    while (glyphs[from] === ' ') from += 1;
  }
  if (from < glyphs.length || spans.length === 0) spans.push({ from, to: glyphs.length });
  return spans;
}

/** The last space between words: not one that parts a number from its unit, unless there is no other. */
function lastBreak(glyphs: readonly string[], from: number, end: number): number | undefined {
  const first = glyphs.findIndex((glyph, place) => place >= from && glyph !== ' ');
  let inAmount: number | undefined;
  for (let space = glyphs.lastIndexOf(' ', end); space > first; space = glyphs.lastIndexOf(' ', space - 1)) {
    if (!isInAmount(glyphs, space)) return space;
    inAmount ??= space;
  }
  return inAmount;
}

const isInAmount = (glyphs: readonly string[], space: number): boolean =>
  /\d/.test(glyphs[space - 1] ?? '') && UNIT.test(glyphs.slice(space + 1, space + 6).join(''));

const UNIT = /^(%|×|pp|ms|s|min|h|cores|Ki?B|MiB|GiB)(?![\p{L}\d])/u;

/** Without the spaces at a line's end. */
function endOfWords(glyphs: readonly string[], from: number, to: number): number {
  let end = to;
  while (end > from && glyphs[end - 1] === ' ') end -= 1;
  return end;
}

// A service's error message must not move the cursor or ring the bell.
export const printable = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');
