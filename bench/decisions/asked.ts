// What is asked of our own rules, held against the figures.
// Never measures. Called by the benchmark and by the test, which fail where something is missed.
import { boundOf } from './bound.ts';
import { type Tally, wilson } from './figures.ts';
import { type Ask, type Case, runsOf, type Scenario } from './scenarios/scenario.ts';
import { type MeasuredCase, share } from './tables.ts';

/** With few runs the median of a skewed price is a tenth off now and then. */
const FEW_RUNS = 1000;
const LEEWAY = 1.2;

/** One sentence for each figure that misses what is asked; what was not measured misses nothing. */
export function missed(scenario: Scenario, measured: readonly MeasuredCase[]): readonly string[] {
  const { id, asks: ofAll = [] } = scenario;
  return measured.flatMap(({ of, tallies }) =>
    [...ofAll, ...(of.asks ?? [])].flatMap((ask) => {
      const tally = tallies[ask.rule];
      if (tally === undefined || tally.runs === 0) return [];
      const found =
        ask.figure.includes('edian') || ask.figure.includes('By')
          ? price(ask, of, tally, measured)
          : chance(ask, tally, tally.runs >= runsOf(scenario, of, ask.rule));
      return found === undefined ? [] : [`${id}, ${of.name}, ${ask.rule}: ${found}`];
    }),
  );
}

/** With fewer runs than wanted nothing can be shown. */
function chance({ figure, atMost, isShown = false }: Ask, tally: Tally, isWhole: boolean): string | undefined {
  const { count, of } =
    figure === 'differs'
      ? (tally.differs ?? { count: 0, of: 0 })
      : { count: figure === 'promoted' ? tally.promoted : tally.rolledBack, of: tally.runs };
  const { share: found, low, high } = wilson(count, of);
  const limit = isShown && isWhole ? high : low;
  if (limit <= atMost) return undefined;
  const name = { rolledBack: 'rolled back', promoted: 'promoted', differs: 'ended otherwise' }[figure as 'differs'];
  return `${name} ${share(found)} (limit ${share(limit)}), asked at most ${share(atMost)}`;
}

function price(ask: Ask, of: Case, tally: Tally, measured: readonly MeasuredCase[]): string | undefined {
  const { figure, atMost, besideCase, rule } = ask;
  const { median, mean, p95 } = tally.requests;
  const value = figure === 'p95ByBound' ? p95 : figure === 'meanByBound' ? mean : median;
  const beside =
    besideCase === undefined
      ? undefined
      : measured.find((one) => one.of.name === besideCase)?.tallies[rule]?.requests.median;
  if (besideCase !== undefined && beside === undefined) return undefined;
  const unit = figure.endsWith('ByBound') ? (boundOf(of) ?? Number.NaN) : (beside ?? 1);
  const most = atMost * (tally.runs < FEW_RUNS ? LEEWAY : 1);
  if (value / unit <= most) return undefined;
  return `${figure} ${Number((value / unit).toPrecision(3))}, asked at most ${atMost}`;
}
