// absent and absent_over_time: a series of value 1 when a selector finds nothing, labelled with what was looked for.
// Semantics: Prometheus 3, createLabelsForAbsentFunction. Called through functions/table.ts.
import { NAME } from '../../series/labels.ts';
import type { Labels, Matcher } from '../../series/series.ts';
import { type Expr, unwrapped } from '../ast.ts';
import type { Value } from '../value.ts';
import type { Evaluation, PromqlFunction } from './function.ts';
import { argument, rangeArgument, vector } from './shapes.ts';

const presence = (found: number, args: readonly Expr[], evaluation: Evaluation): Value =>
  vector(found > 0 ? [] : [{ labels: evaluation.kept(args, () => soughtLabels(argument(args, 0))), value: 1 }]);

/**
 * The labels a selector demands exactly; not one that it demands twice, also excludes values of, or matches by a regex
 * after that. (In Prometheus the order matters as well, with exclusions last, for the store sorts the matchers in place.)
 */
function soughtLabels(expr: Expr): Labels {
  const inner = unwrapped(expr);
  const selector = inner.kind === 'matrixSelector' ? inner.selector : inner;
  if (selector.kind !== 'vectorSelector') return {};
  const sought = new Map<string, string>();
  const demanded = new Set<string>();
  for (const { name, op, value } of selector.matchers.toSorted((a, b) => excludes(a) - excludes(b))) {
    if (op !== '=' || demanded.has(name)) sought.delete(name);
    else sought.set(name, value);
    if (op === '=') demanded.add(name);
  }
  return Object.fromEntries([...sought].filter(([name, value]) => name !== NAME && value !== ''));
}

const excludes = ({ op, value }: Matcher): number => Number((op === '!=' || op === '!~') && value !== '');

export const absent: PromqlFunction = {
  args: ['vector'],
  returns: 'vector',
  compute: (args, evaluation) => presence(evaluation.vector(argument(args, 0)).length, args, evaluation),
};

export const absentOverTime: PromqlFunction = {
  args: ['matrix'],
  returns: 'vector',
  compute: (args, evaluation) => presence(evaluation.windows(rangeArgument(args, 0)).length, args, evaluation),
};
