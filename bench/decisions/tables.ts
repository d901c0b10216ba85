// The Markdown of one scenario: a line for each case, a column for each rule.
// Never measures. Called by the benchmark.
import { boundOf } from './bound.ts';
import { type Share, type Tally, wilson } from './figures.ts';
import type { Verdict } from './rule.ts';
import { type Case, isOwn, type Scenario } from './scenarios/scenario.ts';

/** A case with what was measured of each rule, by its name; a rule that was not measured is not there. */
export interface MeasuredCase {
  readonly of: Case;
  readonly tallies: Readonly<Record<string, Tally>>;
}

/** The verdict whose price the tables tell. */
export const wantedOf = ({ kind }: Pick<Scenario, 'kind'>): Verdict =>
  kind === 'worse' || kind === 'tooBad' ? 'rollBack' : 'promote';

export function sectionOf(scenario: Scenario, rows: readonly MeasuredCase[]): string {
  const head = `### ${scenario.id} · ${scenario.title}\n\n${scenario.says} ${runsText(scenario)}`;
  return [head, ...tablesOf(scenario, rows)].join('\n\n');
}

function runsText({ rules, runs, rivalRuns = runs }: Scenario): string {
  const all = rules.map((rule) => (isOwn(rule) ? runs : rivalRuns));
  const [least, most] = [Math.min(...all), Math.max(...all)];
  return least === most
    ? `${grouped(most)} runs of each line.`
    : `${grouped(most)} runs of each line, ${grouped(least)} for other rules than ours.`;
}

function tablesOf(scenario: Scenario, rows: readonly MeasuredCase[]): readonly string[] {
  switch (scenario.kind) {
    case 'equal':
      return [
        'False roll backs, with Wilson’s 95 % interval:',
        table(scenario, rows, ({ rolledBack, runs }) => interval(wilson(rolledBack, runs))),
        ...sameness(scenario, rows),
      ];
    case 'tooBad':
      return [
        'Promoted, with Wilson’s 95 % interval, and rolled back:',
        table(scenario, rows, ({ promoted, rolledBack, runs }) => {
          const first = interval(wilson(promoted, runs));
          return `${first}; ${share(rolledBack / runs)}`;
        }),
      ];
    case 'odd':
      return [
        'Promoted and rolled back, with Wilson’s 95 % intervals, and what was said most often:',
        table(scenario, rows, ({ promoted, rolledBack, runs, said }) => {
          const both = `${interval(wilson(promoted, runs))}; ${interval(wilson(rolledBack, runs))}`;
          return [both, ...said.slice(0, 1).map(([reason, count]) => `${reason} (${share(count / runs)})`)].join('; ');
        }),
        ...sameness(scenario, rows),
      ];
    case 'equalToPromote':
      return [
        'Pairs until promoted: median (mean; p95), time at the median, median and p95 by the bound:',
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

/** Runs with the same requests that ended otherwise than those they are compared with. */
function sameness(scenario: Scenario, rows: readonly MeasuredCase[]): readonly string[] {
  const compared = rows.filter(({ tallies }) => Object.values(tallies).some(({ differs }) => differs !== undefined));
  if (compared.length === 0) return [];
  const cell = ({ differs }: Tally) => (differs === undefined ? '–' : interval(wilson(differs.count, differs.of)));
  return ['Another verdict than with the same requests, all of them scraped:', table(scenario, compared, cell)];
}

/** A canary that is only slow fails nothing. */
function harm(scenario: Scenario, rows: readonly MeasuredCase[]): readonly string[] {
  if (rows.every(({ of }) => of.truth.canary === 0)) return [];
  return [
    'Canary requests until then, and failed ones among them (medians; a mirror’s are copies that no user sees):',
    table(scenario, rows, ({ canary, bad }) => `${count(canary.median)} / ${count(bad.median)}`),
  ];
}

const unitOf = (rows: readonly MeasuredCase[]): string =>
  rows.some(({ of }) => of.truth.traffic.arms === 'split')
    ? 'Pairs of a mirror, or requests of both versions,'
    : 'Pairs';

type Cell = (tally: Tally, bound: number | undefined) => string;

function table(scenario: Scenario, rows: readonly MeasuredCase[], cell: Cell, withBound?: 'bound'): string {
  const { rules, runs, rivalRuns = runs } = scenario;
  const standard = (rule: string): number => (isOwn(rule) ? runs : rivalRuns);
  const lines = rows.map(({ of, tallies }) => {
    const bound = boundOf(of);
    const first = withBound === undefined ? [of.name] : [of.name, bound === undefined ? '–' : count(bound)];
    const cells = rules.map((rule) => {
      const tally = tallies[rule];
      if (tally === undefined || tally.runs === 0) return 'not measured';
      const some = tally.runs < standard(rule) ? ` [${grouped(tally.runs)} runs]` : '';
      return `${cell(tally, bound)}${some}`;
    });
    return [...first, ...cells];
  });
  const head = [...(withBound === undefined ? [''] : ['', 'bound']), ...rules];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Where fewer than half of the runs ended so there is no median; the share says why. */
function price({ runs, right, early, ...own }: Tally, bound: number | undefined, wanted: Verdict): string {
  const { requests, seconds } = own;
  const other = wanted === 'promote' ? own.rolledBack : own.promoted;
  const parts: string[] = [];
  if (Number.isFinite(requests.median)) {
    const tail = wanted === 'promote' && bound !== undefined ? ` (${ratioOf(requests.p95 / bound)} ×)` : '';
    const ratio = bound === undefined ? '' : `, ${ratioOf(requests.median / bound)} ×${tail}`;
    parts.push(
      `${count(requests.median)} (${count(requests.mean)}; ${count(requests.p95)}), ${time(seconds.median)}${ratio}`,
    );
  }
  if (right < runs) parts.push(`found ${share(right / runs)}`);
  if (early > 0) parts.push(`too early ${share(early / runs)}`);
  if (other > 0) parts.push(`${wanted === 'promote' ? 'rolled back' : 'promoted'} ${share(other / runs)}`);
  return parts.join('; ');
}

const ratioOf = (value: number): string => {
  if (!Number.isFinite(value)) return '–';
  return value < 10 ? value.toFixed(2) : grouped(value);
};

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
