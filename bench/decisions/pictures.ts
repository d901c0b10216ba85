// Which plots the page shows, and of which figures.
// Never draws a line itself. Called by the benchmark.
import { boundOf } from './bound.ts';
import { figuresOf, rolledBackBy } from './figures.ts';
import { falseRollBacks, requestsToDecision } from './plots.ts';
import type { Scenario } from './scenarios/scenario.ts';
import type { PlayedCase } from './tables.ts';

interface Picture {
  /** The scenario. */
  readonly of: string;
  /** In docs/reference. */
  readonly file: string;
  draw(scenario: Scenario, played: readonly PlayedCase[]): string;
}

const SHOWN = ['serin-bare', 'flagger', 'argo limit 2', 'kayenta', 'mw95', 'naive-z 100', 'lm-betabin 2'] as const;
const MINUTES = Array.from({ length: 61 }, (_, minute) => minute);

function outcomesOf(scenario: Scenario, { outcomes }: PlayedCase, rule: string) {
  const index = scenario.rules.indexOf(rule);
  if (index < 0) throw new Error(`${scenario.id} does not play ${rule}`);
  return outcomes[index]!;
}

const falseByTime =
  (name: string, title: string): Picture['draw'] =>
  (scenario, played) => {
    const shown = played.find(({ of }) => of.name === name);
    if (shown === undefined) throw new Error(`${scenario.id} has no case ${name}`);
    const times = MINUTES.map((minute) => minute * 60);
    const curves = SHOWN.map((rule) => ({
      name: rule,
      shares: rolledBackBy(outcomesOf(scenario, shown, rule), times),
    }));
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
    draw: (scenario, played) =>
      requestsToDecision(
        'What it takes to roll back a worse canary',
        SHOWN,
        played.map((own) => ({
          name: own.of.name,
          bound: boundOf(own.of),
          prices: SHOWN.map((rule) => figuresOf(outcomesOf(scenario, own, rule), 'rollBack').requests),
        })),
      ),
  },
];
