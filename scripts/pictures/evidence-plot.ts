// How the evidence of one gate grew in two rehearsals, side by side: that the canary is worse, and that it is no worse.
// Never reads a release (recording.ts does). Called by draw-evidence.ts.
import { grouped, percent } from '../../src/lib/amounts.ts';
import { ALPHA } from '../../src/lib/error-levels.ts';
import type { Look } from './looks.ts';
import type { Decided } from './recording.ts';
import { dot, line, type Point, path, svg, text } from './svg.ts';

export interface Panel {
  readonly title: string;
  readonly looks: readonly Look[];
  readonly decided: Decided;
}

/** Okabe and Ito's palette, told apart with any colour vision. */
const WORSE = '#d55e00';
const NO_WORSE = '#0072b2';

const WIDTH = 840;
const [LEFT, GAP, RIGHT, TOP, BOTTOM] = [92, 40, 24, 130, 340];
const PANEL = (WIDTH - LEFT - GAP - RIGHT) / 2;
/** More is not drawn. */
const MOST = 10_000;
const TICK = 250;

export function evidencePlot(panels: readonly [Panel, Panel]): string {
  const title = 'Evidence of the gate errors in two rehearsals of examples/checkout';
  const last = 1.2 * Math.max(...panels.map(({ decided }) => decided.evidence.requests.canary));
  const most = Math.ceil(last / TICK) * TICK;
  const parts = panels.map((panel, index) => panelOf(panel, LEFT + index * (PANEL + GAP), most));
  const labels = [1, 10, 100, 1000, MOST].map((value) => {
    const label = value === 1 ? 'none' : `1 of ${grouped(value)}`;
    return text(LEFT - 8, height(value) + 4, label, { anchor: 'end' });
  });
  const legend = [
    text(20, 26, title, { fill: '#222', size: 15, bold: true }),
    text(20, 48, '● evidence that the canary is worse than tolerated', { fill: WORSE }),
    text(350, 48, '● evidence that it is no worse than tolerated', { fill: NO_WORSE }),
    text(640, 48, '(the higher, the stronger)'),
  ];
  const paper = { width: WIDTH, height: 404, fill: '#fff', font: 'system-ui, sans-serif', title };
  const axis = text(LEFT + PANEL + GAP / 2, BOTTOM + 40, 'copies that the canary has answered; each dot is a look', {
    anchor: 'middle',
  });
  const unit = text(20, TOP - 12, 'by chance in fewer than');
  return svg(paper, [...legend, ...labels, ...parts.flat(), unit, axis]);
}

const height = (evidence: number): number =>
  BOTTOM - ((BOTTOM - TOP) * Math.log(Math.min(MOST, Math.max(1, evidence)))) / Math.log(MOST);

function panelOf({ title, looks, decided }: Panel, left: number, most: number): readonly string[] {
  const x = (requests: number) => left + (PANEL * requests) / most;
  const across = (value: number, stroke: string, dash?: string) =>
    line([left, height(value)], [left + PANEL, height(value)], stroke, dash);
  const ticks = Array.from({ length: Math.floor(most / TICK) + 1 }, (_, index) =>
    text(x(index * TICK), BOTTOM + 18, grouped(index * TICK), { anchor: 'middle' }),
  );
  const asked = [
    [1 / ALPHA.rollBack, WORSE, 'roll back from here'],
    [1 / ALPHA.promote, NO_WORSE, 'pass from here'],
  ] as const;
  const thresholds = asked.flatMap(([value, colour, words]) => [
    across(value, colour, '5 4'),
    text(left + PANEL - 4, height(value) + (value > 50 ? -5 : 14), words, { anchor: 'end', fill: colour, size: 11 }),
  ]);
  const shown = looks.filter(({ requests, inFavour }) => requests <= most && inFavour <= MOST);
  const curve = (evidenceOf: (look: Look) => number, colour: string) => {
    const points = shown.map((look): Point => [x(look.requests), height(evidenceOf(look))]);
    return [path(points, colour), ...points.map((point) => dot(point, colour, 3))];
  };
  return [
    text(left + 6, 80, title, { fill: '#222', size: 13, bold: true }),
    endOf(decided, left),
    ...[1, 10, 100, 1000, MOST].map((value) => across(value, '#ddd')),
    ...ticks,
    ...thresholds,
    ...curve(({ inFavour }) => inFavour, NO_WORSE),
    ...curve(({ against }) => against, WORSE),
  ];
}

/** What the gate said first, and after how much. */
function endOf({ verdict, evidence }: Decided, left: number): string {
  const [what, fill] = verdict === 'fail' ? ['rolled back', WORSE] : ['passes', NO_WORSE];
  const failed = `${percent(evidence.canary ?? 0)} of them failed`;
  return text(left + 6, 98, `${what} after ${grouped(evidence.requests.canary)} copies: ${failed}`, { fill });
}
