// What a terminal showed, as a picture: the command, and below it each line in its colours.
// Never runs anything. Called by draw-evidence.ts.
import { stripVTControlCharacters } from 'node:util';
import { round, safe, svg } from './svg.ts';

export interface Shown {
  readonly command: string;
  /** With escape codes for colours, and no others. */
  readonly output: string;
  readonly columns: number;
}

const [COLUMN, ROW, MARGIN, SIZE] = [7.3, 17, 16, 12];
const PLAIN = '#d4d4d4';
const BOLD = '1';
/** By the codes that `styleText` writes. */
const COLOURS: Readonly<Record<string, string>> = {
  31: '#f48771',
  32: '#89d185',
  33: '#e5c07b',
  36: '#56b6c2',
  2: '#8a8a8a',
};

export function terminalPicture({ command, output, columns }: Shown): string {
  const lines = [`\u001b[2m$\u001b[22m ${command}`, '', ...output.trimEnd().split('\n')];
  const paper = {
    width: Math.ceil(columns * COLUMN + 2 * MARGIN),
    height: lines.length * ROW + 2 * MARGIN,
    fill: '#1e1e1e',
    font: 'ui-monospace, Menlo, Consolas, monospace',
    title: stripVTControlCharacters(lines.join('\n')),
  };
  return svg(
    paper,
    lines.flatMap((line, row) => drawn(line, MARGIN + row * ROW + SIZE)),
  );
}

/** Each piece at its own column: fonts differ in how wide they are. */
function drawn(line: string, y: number): readonly string[] {
  let column = 0;
  const [first = '', ...toned] = line.split('\u001b[');
  const pieces = [['', first] as const, ...toned.map(codeAndText)];
  return pieces.flatMap(([code, text]) => {
    const x = MARGIN + column * COLUMN;
    column += text.length;
    if (text.trim() === '') return [];
    const weight = code === BOLD ? ' font-weight="bold"' : '';
    const place = `x="${round(x)}" y="${y}" textLength="${round(text.length * COLUMN)}" xml:space="preserve"`;
    return [`<text ${place} fill="${COLOURS[code] ?? PLAIN}" font-size="${SIZE}"${weight}>${safe(text)}</text>`];
  });
}

/** `31mfail` */
const codeAndText = (piece: string): readonly [string, string] => {
  const end = piece.indexOf('m');
  return [piece.slice(0, end), piece.slice(end + 1)];
};
