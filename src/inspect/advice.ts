// What to do where a metric has no series of a version: which common mistake it is, as far as the other series tell.
// Asks the source only which labels there are, in few numbers however many series. Called by signals.ts and gates.ts.
import type { Expr } from '../promql/ast.ts';
import { labelValue, NAME } from '../series/labels.ts';
import { compileMatcher } from '../series/matchers.ts';
import type { Labels, Matcher } from '../series/series.ts';
import type { Look } from './look.ts';

export interface Wanted {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

const BUCKET = /_bucket$/;
const MOST_VALUES = 4;

/** Any of `wanted` would do. `hint`: where such a metric comes from, for when nobody exports it. */
export async function advise(wanted: readonly Wanted[], hint: string, look: Look): Promise<string> {
  for (const { metric, matchers } of wanted) {
    if (!BUCKET.test(metric)) continue;
    const whole = metric.replace(BUCKET, '');
    const same = matchers.filter(({ name }) => name !== NAME && name !== 'le');
    if ((await labelSets([{ name: NAME, op: '=', value: `${whole}_count` }, ...same], [], look)).length > 0)
      return `${whole} has no buckets: it is a summary; export it as a classic histogram`;
  }
  for (const { metric, matchers } of wanted) {
    const named = matchers.filter(({ name }) => name !== NAME);
    const names = [...new Set(named.map(({ name }) => name))];
    const others = await labelSets([{ name: NAME, op: '=', value: metric }], names, look);
    if (others.length > 0) return whyNot(metric, named, others, look);
  }
  return `no series of ${[...new Set(wanted.map(({ metric }) => metric))].join(' or ')} at all: ${hint}`;
}

/** The different values of these labels; one empty set where there are series and no label is asked for. */
async function labelSets(
  matchers: readonly Matcher[],
  labels: readonly string[],
  { metrics, at }: Look,
): Promise<readonly Labels[]> {
  const nowhere = { from: 0, to: 0 };
  const query: Expr = {
    kind: 'aggregate',
    op: 'count',
    expr: { kind: 'vectorSelector', matchers, offsetMs: 0, ...nowhere },
    grouping: { mode: 'by', labels },
    ...nowhere,
  };
  const value = await metrics.instant(query, at);
  return value.kind === 'vector' ? value.samples.map((sample) => sample.labels) : [];
}

/** The one label that keeps all series out; where it takes more than one, the first that would alone, or all of them. */
function whyNot(
  metric: string,
  matchers: readonly Matcher[],
  others: readonly Labels[],
  { unlabelled }: Pick<Look, 'unlabelled'>,
): string {
  const passes = matchers.map((matcher) => ({ matcher, test: compileMatcher(matcher) }));
  const admits = (labels: Labels, { matcher, test }: (typeof passes)[number]) => test(labelValue(labels, matcher.name));
  const unknown = passes.filter(({ matcher: { name } }) => others.every((labels) => labelValue(labels, name) === ''));
  const lacking = unknown.filter((pass) => !admits({}, pass)).map(({ matcher }) => `\`${matcher.name}\``);
  if (lacking.length > 0) return `${metric} has no label ${[...new Set(lacking)].join(', ')}: ${unlabelled}`;
  for (const pass of passes) {
    const almost = others.filter((labels) => passes.every((other) => other === pass || admits(labels, other)));
    if (almost.length > 0) return instead(metric, pass.matcher, almost, unlabelled);
  }
  for (const pass of passes)
    if (!others.some((labels) => admits(labels, pass))) return instead(metric, pass.matcher, others, unlabelled);
  return `${metric} is there, but no series has all of ${matchers.map(textOf).join(', ')}`;
}

function instead(metric: string, matcher: Matcher, others: readonly Labels[], unlabelled: string): string {
  const values = [...new Set(others.map((labels) => labelValue(labels, matcher.name)))].filter(Boolean).sort();
  if (values.length === 0) return `${metric} has no label \`${matcher.name}\` there: ${unlabelled}`;
  const shown = values.slice(0, MOST_VALUES).join(', ') + (values.length > MOST_VALUES ? ', …' : '');
  if (matcher.name === 'reporter')
    return `${metric} is there with reporter ${shown} only, and copies are counted at the destination alone: scrape the proxies of the version's own pods too`;
  return `${metric} is there, but never with ${textOf(matcher)}; found ${matcher.name}: ${shown}`;
}

const textOf = ({ name, op, value }: Matcher): string => `${name}${op}${JSON.stringify(value)}`;
