// and, or, unless: vectors as sets of series; values are never touched, names kept.
// Called by binary.ts.
import type { BinaryExpr, SetOp } from './ast.ts';
import type { Evaluation } from './functions/function.ts';
import { distinct } from './labels.ts';
import { matchKey } from './matching.ts';
import type { Sample } from './value.ts';

export function combineSets(
  op: SetOp,
  expr: BinaryExpr,
  left: readonly Sample[],
  right: readonly Sample[],
  evaluation: Evaluation,
): readonly Sample[] {
  const key = evaluation.kept(expr, () => evaluation.perSeries(matchKey(expr.matching)));
  const keysOf = (samples: readonly Sample[]) => new Set(samples.map(({ labels }) => key(labels)));
  if (op === 'or') {
    const present = keysOf(left);
    return distinct([...left, ...right.filter(({ labels }) => !present.has(key(labels)))], evaluation);
  }
  const present = keysOf(right);
  return left.filter(({ labels }) => present.has(key(labels)) === (op === 'and'));
}
