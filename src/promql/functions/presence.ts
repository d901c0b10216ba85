// absent and absent_over_time: a series of value 1 when a selector finds nothing, labelled with what was looked for.
// Semantics: Prometheus 3, createLabelsForAbsentFunction. Called through functions/table.ts.
import { NAME } from '../../series/labels.ts';
import type { Labels } from '../../series/series.ts';
import { type Expr, unwrapped } from '../ast.ts';
import type { Value } from '../value.ts';
import type { PromqlFunction } from './function.ts';
import { argument, matrixArgument, vector } from './shapes.ts';

const presence = (found: number, expr: Expr): Value =>
  vector(found > 0 ? [] : [{ labels: soughtLabels(expr), value: 1 }]);

/** The labels a selector demands exactly; none of a label it mentions twice. */
function soughtLabels(expr: Expr): Labels {
  const inner = unwrapped(expr);
  const selector = inner.kind === 'matrixSelector' ? inner.selector : inner;
  if (selector.kind !== 'vectorSelector') return {};
  const { matchers } = selector;
  const exact = matchers.filter(
    ({ name, op, value }) =>
      name !== NAME && op === '=' && value !== '' && matchers.filter((other) => other.name === name).length === 1,
  );
  return Object.fromEntries(exact.map(({ name, value }) => [name, value]));
}

export const absent: PromqlFunction = {
  args: ['vector'],
  returns: 'vector',
  compute: (args, evaluation) => presence(evaluation.vector(argument(args, 0)).length, argument(args, 0)),
};

export const absentOverTime: PromqlFunction = {
  args: ['matrix'],
  returns: 'vector',
  compute: (args, evaluation) => presence(evaluation.windows(matrixArgument(args, 0)).length, argument(args, 0)),
};
