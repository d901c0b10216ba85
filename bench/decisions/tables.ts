// The Markdown of one scenario: a line for each case, a column for each rule.
// Never measures. Called by the benchmark.
import { boundOf } from './bound.ts';
import { type Figures, figuresOf, type Outcome, type Share } from './figures.ts';
import type { Verdict } from './rule.ts';
import type { Case, Scenario } from './scenarios/scenario.ts';

/** A case with the outcomes of each rule, in the order of the scenario's. */
export interface PlayedCase {
  readonly of: Case;
  readonly outcomes: readonly (readonly Outcome[])[];
}

/** The verdict whose price the tables tell. */
export const wantedOf = ({ kind }: Scenario): Verdict =>
  kind === 'equalToPromote' || kind === 'equal' ? 'promote' : 'rollBack';

export function sectionOf(scenario: Scenario, played: readonly PlayedCase[]): string {
  const runs = played[0]?.outcomes[0]?.length ?? 0;
  const figures = played.map(({ of, outcomes }) => ({
    of,
    rules: outcomes.map((own) => figuresOf(own, wantedOf(scenario))),
  }));
  const head = `### ${scenario.id} · ${scenario.title}\n\n${scenario.says} ${grouped(runs)} runs of each line.`;
  return [head, ...tablesOf(scenario, figures)].join('\n\n');
}

interface Row {
  readonly of: Case;
  readonly rules: readonly Figures[];
}

function tablesOf(scenario: Scenario, rows: readonly Row[]): readonly string[] {
  switch (scenario.kind) {
    case 'equal':
      return [
        'False roll backs, with Wilson’s 95 % interval:',
        table(scenario, rows, ({ rolledBack }) => interval(rolledBack)),
      ];
    case 'tooBad':
      return [
        'Promoted, with Wilson’s 95 % interval, and rolled back:',
        table(scenario, rows, ({ promoted, rolledBack }) => `${interval(promoted)}; ${share(rolledBack.share)}`),
      ];
    case 'equalToPromote':
      return [
        'Pairs until promoted: median (mean; p95), time at the median, median by the bound:',
        table(scenario, rows, (own, bound) => price(own, bound, 'promote'), 'bound'),
      ];
    case 'worse':
      return [
        `${unitOf(rows)} until rolled back: median (mean; p95), time at the median, median by Wald’s bound:`,
        table(scenario, rows, (own, bound) => price(own, bound, 'rollBack'), 'bound'),
        ...harm(scenario, rows),
      ];
  }
}

/** A canary that is only slow fails nothing. */
function harm(scenario: Scenario, rows: readonly Row[]): readonly string[] {
  if (rows.every(({ of }) => of.truth.canary === 0)) return [];
  return [
    'Canary requests until then, and failed ones among them (medians; a mirror’s are copies that no user sees):',
    table(scenario, rows, ({ canary, bad }) => `${count(canary.median)} / ${count(bad.median)}`),
  ];
}

const unitOf = (rows: readonly Row[]): string =>
  rows.some(({ of }) => of.truth.traffic.arms === 'split')
    ? 'Pairs of a mirror, or requests of both versions,'
    : 'Pairs';

type Cell = (figures: Figures, bound: number | undefined) => string;

function table({ rules }: Scenario, rows: readonly Row[], cell: Cell, withBound?: 'bound'): string {
  const lines = rows.map(({ of, rules: figures }) => {
    const bound = boundOf(of);
    const first = withBound === undefined ? [of.name] : [of.name, bound === undefined ? '–' : count(bound)];
    return [...first, ...figures.map((own) => cell(own, bound))];
  });
  const head = [...(withBound === undefined ? [''] : ['', 'bound']), ...rules];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Where fewer than half of the runs ended so there is no median; the share says why. */
function price(own: Figures, bound: number | undefined, wanted: Verdict): string {
  const { requests, seconds, right, early } = own;
  const other = wanted === 'promote' ? own.rolledBack : own.promoted;
  const parts: string[] = [];
  if (Number.isFinite(requests.median)) {
    const ratio = bound === undefined ? '' : `, ${ratioOf(requests.median / bound)} ×`;
    parts.push(
      `${count(requests.median)} (${count(requests.mean)}; ${count(requests.p95)}), ${time(seconds.median)}${ratio}`,
    );
  }
  if (right.share < 1) parts.push(`found ${share(right.share)}`);
  if (early.count > 0) parts.push(`too early ${share(early.share)}`);
  if (other.count > 0) parts.push(`${wanted === 'promote' ? 'rolled back' : 'promoted'} ${share(other.share)}`);
  return parts.join('; ');
}

const ratioOf = (value: number): string => (value < 10 ? value.toFixed(2) : grouped(value));

const interval = (of: Share): string => `${share(of.share)} (${share(of.low)}–${share(of.high)})`;

export const share = (value: number): string => {
  const percent = 100 * value;
  if (value === 0 || value === 1) return `${percent} %`;
  // What is not all must not look like all.
  return `${percent < 10 || percent >= 99.95 ? Math.min(99.99, percent).toFixed(2) : percent.toFixed(1)} %`;
};

export const grouped = (value: number): string => Math.round(value).toLocaleString('en-US');

export const count = (value: number): string => {
  if (!Number.isFinite(value)) return '–';
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : grouped(value);
};

export function time(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 120) return `${Number(seconds.toPrecision(3))} s`;
  return `${Number((seconds / 60).toPrecision(3))} min`;
}
