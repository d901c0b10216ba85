// Runs of scenarios as a Markdown table: median and worst of each figure, and how busy the machine was.
// Never measures. Called by main.ts.
import type { Outcome } from './scenarios.ts';

export interface Run extends Outcome {
  readonly scenario: string;
  /** Share of the processors' time that nobody used, while it and those beside it ran. */
  readonly idle: number;
}

export function tableOf(runs: readonly Run[], leastIdle: number): string {
  const head = ['| scenario | runs | figure | median | worst | idle |', '|---|---|---|---|---|---|'];
  const rows = [...new Set(runs.map(({ scenario }) => scenario))].flatMap((scenario) =>
    [true, false].flatMap((valid) => {
      const those = runs.filter((run) => run.scenario === scenario && run.idle >= leastIdle === valid);
      return rowsOf(valid ? scenario : `${scenario} (void)`, those);
    }),
  );
  const wrong = runs.flatMap((run) => run.wrong.map((what) => `${run.scenario}: ${what}`));
  return [...head, ...rows, ...wrong].join('\n');
}

function rowsOf(scenario: string, runs: readonly Run[]): readonly string[] {
  const names = [...new Set(runs.flatMap(({ figures }) => Object.keys(figures)))];
  const idle = runs.map((run) => run.idle * 100).sort((a, b) => a - b);
  return names.map((name) => {
    const sorted = runs.flatMap(({ figures }) => figures[name] ?? []).sort((a, b) => a - b);
    const cells = [scenario, runs.length, name, medianOf(sorted), sorted.at(-1), `${range(idle)} %`];
    return `| ${cells.join(' | ')} |`;
  });
}

/** Of two middle ones the worse. */
const medianOf = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;

const range = (sorted: readonly number[]): string => `${sorted[0]?.toFixed(0)}–${sorted.at(-1)?.toFixed(0)}`;
