// label_replace and label_join: new labels from old ones; values are never touched.
// Semantics: Prometheus 3, evalLabelReplace and evalLabelJoin. Called through functions/table.ts.
import { RE2JS } from 're2js';
import { labelValue } from '../../series/labels.ts';
import { compileRegex } from '../../series/matchers.ts';
import type { Labels } from '../../series/series.ts';
import { type Expr, unwrapped } from '../ast.ts';
import { distinct, withLabel } from '../labels.ts';
import type { Report } from '../problems.ts';
import type { Sample } from '../value.ts';
import type { PromqlFunction } from './function.ts';
import { argument, stringArgument, vector } from './shapes.ts';

// A reference to a capture group in Go's template: $1, $name, ${name}; $$ is a dollar. What is no reference stays.
const REFERENCE = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;

export const labelReplace: PromqlFunction = {
  args: ['vector', 'string', 'string', 'string', 'string'],
  returns: 'vector',
  check(args, report) {
    checkLabelName(args[1], report, 'destination label name in label_replace()');
    const regex = args[4] === undefined ? undefined : unwrapped(args[4]);
    if (regex?.kind !== 'string') return;
    const compiled = compileRegex(regex.value);
    if (compiled.ok) return;
    for (const { message, accepted } of compiled.problems) report('SRN1401', regex, message, accepted);
  },
  compute(args, evaluation) {
    const relabelled = evaluation.kept(args, () => {
      const [destination = '', template = '', source = ''] = [1, 2, 3].map((index) => stringArgument(args, index));
      const regex = RE2JS.compile(stringArgument(args, 4), RE2JS.DOTALL);
      return evaluation.perSeries((labels) => {
        const replaced = expand(regex, labelValue(labels, source), template);
        return replaced === undefined ? labels : withLabel(labels, destination, replaced);
      });
    });
    return vector(distinct(withLabels(evaluation.vector(argument(args, 0)), relabelled), evaluation));
  },
};

const withLabels = (samples: readonly Sample[], change: (labels: Labels) => Labels): readonly Sample[] =>
  samples.map(({ labels, value }) => ({ labels: change(labels), value }));

/** The template filled from the match of the whole text; undefined when it does not match. */
function expand(regex: RE2JS, text: string, template: string): string | undefined {
  const matcher = regex.matcher(text);
  if (!matcher.matches()) return undefined;
  const names = regex.namedGroups();
  const group = (index: number): string => (index <= regex.groupCount() ? (matcher.group(index) ?? '') : '');
  return template.replace(REFERENCE, (_, dollar: string | undefined, braced?: string, bare?: string) => {
    if (dollar !== undefined) return '$';
    const name = braced ?? bare ?? '';
    if (/^\d+$/.test(name)) return group(Number(name));
    return Object.hasOwn(names, name) ? group(names[name] ?? 0) : '';
  });
}

export const labelJoin: PromqlFunction = {
  args: ['vector', 'string', 'string', 'string'],
  variadic: true,
  returns: 'vector',
  check(args, report) {
    checkLabelName(args[1], report, 'destination label name in label_join()');
    for (const arg of args.slice(3)) checkLabelName(arg, report, 'source label name in label_join()');
  },
  compute(args, evaluation) {
    const relabelled = evaluation.kept(args, () => {
      const [destination = '', separator = '', ...sources] = args
        .slice(1)
        .map((_, index) => stringArgument(args, index + 1));
      return evaluation.perSeries((labels) => {
        const joined = sources.map((source) => labelValue(labels, source)).join(separator);
        return withLabel(labels, destination, joined);
      });
    });
    return vector(distinct(withLabels(evaluation.vector(argument(args, 0)), relabelled), evaluation));
  },
};

// Any text is a label's name since Prometheus 3, but none is not.
function checkLabelName(arg: Expr | undefined, report: Report, what: string): void {
  const name = arg === undefined ? undefined : unwrapped(arg);
  if (name?.kind === 'string' && name.value === '')
    report('SRN1403', name, `invalid ${what}: `, 'a name that is not empty');
}
