// What the protocol asks of our own rule, held against the figures.
// Never measures. Called by the benchmark, which fails where something is missed.
import { boundOf } from './bound.ts';
import { figuresOf } from './figures.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { type PlayedCase, share, wantedOf } from './tables.ts';

/** One sentence for each figure that misses what is asked. */
export function missed(scenario: Scenario, played: readonly PlayedCase[]): readonly string[] {
  const { asked, rules, runs, id, kind } = scenario;
  if (asked === undefined) return [];
  const index = rules.indexOf(asked.rule);
  if (index < 0) throw new Error(`${id} asks something of ${asked.rule}, which it does not play`);
  return played.flatMap(({ of, outcomes }) => {
    const figures = figuresOf(outcomes[index]!, wantedOf(scenario));
    const wrong = kind === 'tooBad' ? figures.promoted : figures.rolledBack;
    const isPrecise = figures.runs >= runs;
    const limit = isPrecise ? wrong.high : wrong.low;
    const found: string[] = [];
    if (asked.falseAtMost !== undefined && limit > asked.falseAtMost)
      found.push(
        `${id}, ${of.name}: ${share(wrong.share)} wrong (limit ${share(limit)}), asked at most ${share(asked.falseAtMost)}`,
      );
    const ratio = figures.requests.median / (boundOf(of) ?? Number.NaN);
    // With few runs the median of a skewed price is a tenth off now and then.
    if (of.medianAtMost !== undefined && !(ratio <= of.medianAtMost * (isPrecise ? 1 : 1.2)))
      found.push(`${id}, ${of.name}: median ${ratio.toFixed(2)} × Wald’s bound, asked at most ${of.medianAtMost} ×`);
    return found;
  });
}
