// Two plots as SVG, drawn by hand: false roll backs by time, and what a roll back took.
// Never measures. Called by the benchmark.
import type { Share, Spread } from './figures.ts';

const WIDTH = 760;
/** Okabe and Ito's palette, told apart with any colour vision. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#444444', '#8c6d31', '#999999'];

export const colourOf = (index: number): string => COLOURS[index % COLOURS.length]!;

export interface Curve {
  readonly name: string;
  readonly shares: readonly Share[];
}

/** Shares by time, in per cent on a logarithmic scale: 1 % and 100 % are both to be seen. Zero lies on the floor. */
export function falseRollBacks(title: string, minutes: readonly number[], curves: readonly Curve[]): string {
  const [left, right, top, bottom] = [64, 190, 44, 330];
  const [low, high] = [0.001, 1];
  const x = (minute: number): number => left + ((WIDTH - left - right) * minute) / minutes.at(-1)!;
  const y = (share: number): number =>
    bottom - ((bottom - top) * Math.log(Math.max(low, share) / low)) / Math.log(high / low);
  const grid = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1].map((share) => {
    const label = share === low ? '≤ 0.1 %' : `${Number((100 * share).toPrecision(2))} %`;
    const stroke = share === 0.01 ? '#222' : '#ddd';
    return `${line(left, y(share), WIDTH - right, y(share), stroke)}${text(left - 8, y(share) + 4, label, 'end')}`;
  });
  const ticks = minutes
    .filter((minute) => minute % 10 === 0)
    .map((minute) => text(x(minute), bottom + 18, String(minute), minute === minutes.at(-1) ? 'end' : 'middle'));
  const paths = curves.map(({ shares }, index) => {
    const points = shares.map(({ share }, at) => `${x(minutes[at]!).toFixed(1)},${y(share).toFixed(1)}`);
    return `<polyline points="${points.join(' ')}" fill="none" stroke="${colourOf(index)}" stroke-width="2"/>`;
  });
  const ends = apart(curves.map(({ shares }) => y(shares.at(-1)!.share)));
  const names = curves.map(({ name }, index) =>
    text(WIDTH - right + 8, ends[index]! + 4, name, 'start', colourOf(index)),
  );
  const axis = text((left + WIDTH - right) / 2, bottom + 38, 'minutes, a look at least each minute', 'middle');
  return svg(title, bottom + 52, [heading(title), ...grid, ...ticks, ...paths, ...names, axis]);
}

export interface Group {
  readonly name: string;
  readonly bound: number | undefined;
  /** For each rule: undefined where it found nothing. */
  readonly prices: readonly (Spread | undefined)[];
}

/** For each case and rule a bar from the median to the 95th percentile, on a logarithmic scale; a line at Wald's bound. */
export function requestsToDecision(title: string, rules: readonly string[], groups: readonly Group[]): string {
  const [left, right, top, rowHeight] = [190, 40, 74, 13];
  const groupHeight = rules.length * rowHeight + 16;
  const bottom = top + groups.length * groupHeight;
  const values = groups.flatMap(({ prices, bound = 100 }) => [
    bound,
    ...prices.flatMap((price) => (price === undefined ? [] : [price.median, price.p95])),
  ]);
  const finite = values.filter((value) => Number.isFinite(value) && value > 0);
  const low = 10 ** Math.floor(Math.log10(Math.min(...finite)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...finite)));
  const x = (value: number): number =>
    left + ((WIDTH - left - right) * Math.log(Math.min(high, value) / low)) / Math.log(high / low);
  const decades = Array.from({ length: Math.round(Math.log10(high / low)) + 1 }, (_, power) => low * 10 ** power);
  const grid = decades.map(
    (value) =>
      `${line(x(value), top - 6, x(value), bottom, '#ddd')}${text(x(value), bottom + 16, value.toLocaleString('en-US'), 'middle')}`,
  );
  const rows = groups.flatMap(({ name, bound, prices }, at) => {
    const y0 = top + at * groupHeight;
    const mark =
      bound === undefined ? '' : line(x(bound), y0 - 4, x(bound), y0 + rules.length * rowHeight, '#222', '4 3');
    const bars = prices.map((price, index) => {
      const y = y0 + index * rowHeight + 5;
      if (price === undefined || !Number.isFinite(price.median))
        return text(left + 6, y + 4, 'not found by half', 'start', colourOf(index), 10);
      const tail = line(x(price.median), y, x(price.p95), y, colourOf(index), undefined, 3);
      return `${tail}<circle cx="${x(price.median).toFixed(1)}" cy="${y}" r="4.5" fill="${colourOf(index)}"/>`;
    });
    return [text(left - 10, y0 + (rules.length * rowHeight) / 2 + 4, name, 'end'), mark, ...bars];
  });
  const legend = rules.map((name, index) => {
    const [column, row] = [index % 5, Math.floor(index / 5)];
    return text(20 + column * 145, 40 + row * 16, `● ${name}`, 'start', colourOf(index));
  });
  const axis = text(
    (left + WIDTH - right) / 2,
    bottom + 36,
    'pairs: median to 95th percentile; dashed: Wald’s bound',
    'middle',
  );
  return svg(title, bottom + 50, [heading(title), ...legend, ...grid, ...rows, axis]);
}

/** Labels at least 15 pixels apart, in their order. */
function apart(wanted: readonly number[]): readonly number[] {
  const order = wanted.map((y, index) => ({ y, index })).sort((a, b) => a.y - b.y);
  let above = Number.NEGATIVE_INFINITY;
  for (const label of order) {
    label.y = Math.max(label.y, above + 15);
    above = label.y;
  }
  // Too many at the floor push the last ones below it: the whole column moves up again.
  const overflow = Math.max(0, above - (Math.max(...wanted) + 30));
  return wanted.map((_, index) => order.find((label) => label.index === index)!.y - overflow);
}

const heading = (title: string): string => text(20, 22, title, 'start', '#222', 15);

function line(x1: number, y1: number, x2: number, y2: number, stroke: string, dash?: string, width = 1): string {
  const dashes = dash === undefined ? '' : ` stroke-dasharray="${dash}"`;
  const [a, b, c, d] = [x1, y1, x2, y2].map((value) => value.toFixed(1));
  return `<line x1="${a}" y1="${b}" x2="${c}" y2="${d}" stroke="${stroke}" stroke-width="${width}"${dashes}/>`;
}

type Anchor = 'start' | 'middle' | 'end';

function text(x: number, y: number, words: string, anchor: Anchor, fill = '#444', size = 12): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${fill}" font-size="${size}">${safe(words)}</text>`;
}

const safe = (words: string): string => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** White behind it: pages may be dark. The title is for those who do not see it. */
function svg(title: string, height: number, parts: readonly string[]): string {
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`;
  const opening = `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="system-ui, sans-serif">`;
  const paper = '<rect width="100%" height="100%" fill="#fff"/>';
  return `${[opening, `<title>${safe(title)}</title>`, paper, ...parts.filter(Boolean), '</svg>'].join('\n')}\n`;
}
