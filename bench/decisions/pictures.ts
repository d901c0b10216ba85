// Which plots the page shows, and of which figures.
// Never draws a line itself. Called by the benchmark.
import { boundOf } from './bound.ts';
import { wilson } from './figures.ts';
import { falseRollBacks, requestsToDecision } from './plots.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { MeasuredCase } from './tables.ts';

interface Picture {
  /** The scenario. */
  readonly of: string;
  /** In docs/reference. */
  readonly file: string;
  draw(scenario: Scenario, measured: readonly MeasuredCase[]): string;
}

const SHOWN = [
  'serin',
  'serin bare',
  'flagger',
  'argo limit 2',
  'kayenta',
  'mw95',
  'naive-z 100',
  'lm-betabin 2',
] as const;
const MINUTES = Array.from({ length: 61 }, (_, minute) => minute);

const falseByTime =
  (name: string, title: string): Picture['draw'] =>
  (scenario, measured) => {
    const shown = measured.find(({ of }) => of.name === name);
    if (shown === undefined) throw new Error(`${scenario.id} has no case ${name}`);
    const curves = SHOWN.flatMap((rule) => {
      const { byMinute, runs = 0 } = shown.tallies[rule] ?? {};
      return byMinute === undefined ? [] : [{ name: rule, shares: byMinute.map((count) => wilson(count, runs)) }];
    });
    return falseRollBacks(title, MINUTES, curves);
  };

export const PLOTS: readonly Picture[] = [
  {
    of: 'H1',
    file: 'decisions-false-roll-backs.svg',
    draw: falseByTime(
      '10 a second, 0.8 %',
      'Equal canaries rolled back: mirror of 10 a second, 0.8 % failures on both',
    ),
  },
  {
    of: 'H2',
    file: 'decisions-requests.svg',
    draw: (_, measured) =>
      requestsToDecision(
        'What it takes to roll back a worse canary',
        SHOWN,
        measured.map(({ of, tallies }) => ({
          name: of.name,
          bound: boundOf(of),
          prices: SHOWN.map((rule) => tallies[rule]?.requests),
        })),
      ),
  },
];
