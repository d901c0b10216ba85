// The few shapes that pictures of the documents are made of, as SVG text.
// Never knows what a picture shows. Called by the drawings beside it.

export type Anchor = 'start' | 'middle' | 'end';

export interface TextStyle {
  readonly anchor?: Anchor;
  readonly fill?: string;
  readonly size?: number;
  readonly bold?: boolean;
}

export function text(x: number, y: number, words: string, style: TextStyle = {}): string {
  const { anchor = 'start', fill = '#444', size = 12, bold = false } = style;
  const weight = bold ? ' font-weight="bold"' : '';
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" fill="${fill}" font-size="${size}"${weight}>${safe(words)}</text>`;
}

export type Point = readonly [x: number, y: number];

export function line(from: Point, to: Point, stroke: string, dash?: string): string {
  const dashes = dash === undefined ? '' : ` stroke-dasharray="${dash}"`;
  return `<line x1="${round(from[0])}" y1="${round(from[1])}" x2="${round(to[0])}" y2="${round(to[1])}" stroke="${stroke}"${dashes}/>`;
}

export function path(points: readonly Point[], stroke: string): string {
  const shown = points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ');
  return `<polyline points="${shown}" fill="none" stroke="${stroke}" stroke-width="2"/>`;
}

export const dot = ([x, y]: Point, fill: string, radius: number): string =>
  `<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" fill="${fill}"/>`;

export const safe = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export const round = (value: number): string => String(Number(value.toFixed(1)));

export interface Paper {
  readonly width: number;
  readonly height: number;
  /** Behind everything: a page may be light or dark. */
  readonly fill: string;
  readonly font: string;
  /** For those who do not see it. */
  readonly title: string;
}

export function svg({ width, height, fill, font, title }: Paper, parts: readonly string[]): string {
  const opening = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${font}">`;
  const background = `<rect width="100%" height="100%" rx="6" fill="${fill}"/>`;
  return `${[opening, `<title>${safe(title)}</title>`, background, ...parts, '</svg>'].join('\n')}\n`;
}
