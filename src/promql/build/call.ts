// Function calls and aggregations, from the grammar's nodes; unknown ones are refused by name.
// Never checks argument types (check.ts does). Called by build/expression.ts.
import type { SyntaxNode } from '@lezer/common';
import type { AggregateExpr, AggregateOp, CallExpr, Expr, Grouping } from '../ast.ts';
import { functions } from '../functions/table.ts';
import { buildLabelName } from './selector.ts';
import { partsOf, type Source, spanOf, textOf } from './source.ts';

const AGGREGATIONS: ReadonlySet<string> = new Set<AggregateOp>([
  'sum',
  'avg',
  'min',
  'max',
  'count',
  'group',
  'stddev',
  'stdvar',
  'quantile',
  'topk',
  'bottomk',
  'count_values',
]);
const WITH_PARAMETER: ReadonlySet<AggregateOp> = new Set(['quantile', 'topk', 'bottomk', 'count_values']);

const isAggregateOp = (op: string): op is AggregateOp => AGGREGATIONS.has(op);

export function buildCall(source: Source, node: SyntaxNode): CallExpr | undefined {
  const [identifier, body] = partsOf(node);
  if (identifier === undefined || body === undefined) throw new Error('the PromQL grammar has changed: a call');
  const args = buildArgs(source, body);
  const name = textOf(source, identifier);
  if (!functions.has(name)) {
    const message = `function ${JSON.stringify(name)} is not supported`;
    source.report('SRN1402', spanOf(identifier), message, 'the functions listed in docs/reference/promql.md');
    return undefined;
  }
  return args === undefined ? undefined : { kind: 'call', ...spanOf(node), name, args };
}

export function buildAggregate(source: Source, node: SyntaxNode): AggregateExpr | undefined {
  const parts = partsOf(node);
  const operator = parts[0];
  const body = parts.find(({ name }) => name === 'FunctionCallBody');
  const modifier = parts.find(({ name }) => name === 'AggregateModifier');
  if (operator === undefined || body === undefined) throw new Error('the PromQL grammar has changed: an aggregation');
  const grouping = modifier === undefined ? { mode: 'by' as const, labels: [] } : buildGrouping(source, modifier);
  const args = buildArgs(source, body);
  const op = textOf(source, operator).toLowerCase();
  if (!isAggregateOp(op)) {
    const accepted = `one of ${[...AGGREGATIONS].join(', ')}`;
    source.report('SRN1402', spanOf(operator), `aggregation ${JSON.stringify(op)} is not supported`, accepted);
    return undefined;
  }
  if (grouping === undefined || args === undefined) return undefined;
  const wanted = WITH_PARAMETER.has(op) ? 2 : 1;
  const expr = args.at(-1);
  if (args.length !== wanted || expr === undefined) {
    source.report('SRN1403', spanOf(node), argumentCount(wanted, args.length));
    return undefined;
  }
  const param = wanted === 2 ? args[0] : undefined;
  return { kind: 'aggregate', ...spanOf(node), op, ...(param === undefined ? {} : { param }), expr, grouping };
}

const argumentCount = (wanted: number, found: number): string =>
  found === 0
    ? 'no arguments for aggregate expression provided'
    : `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${found}`;

function buildArgs(source: Source, body: SyntaxNode): readonly Expr[] | undefined {
  const built = partsOf(body).map((part) => source.build(part));
  const args = built.filter((arg) => arg !== undefined);
  return args.length === built.length ? args : undefined;
}

function buildGrouping(source: Source, modifier: SyntaxNode): Grouping | undefined {
  const [word, list] = partsOf(modifier);
  if (word === undefined || list === undefined) throw new Error('the PromQL grammar has changed: a grouping');
  const labels = buildLabelList(source, list);
  return labels === undefined ? undefined : { mode: word.name === 'Without' ? 'without' : 'by', labels };
}

export function buildLabelList(source: Source, list: SyntaxNode): readonly string[] | undefined {
  const names = partsOf(list).map((part) => buildLabelName(source, part));
  const labels = names.filter((name) => name !== undefined);
  return labels.length === names.length ? labels : undefined;
}
